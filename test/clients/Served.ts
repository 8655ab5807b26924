import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Effect } from "effect"

/** The address of a gateway in a process of its own, which an installed `effect-llm` is: `SERVE=node_modules/.bin/effect-llm`. */
export const served = ([command = "", ...flags]: ReadonlyArray<string>, settings: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = mkdtempSync(join(tmpdir(), "served-"))
      const file = join(folder, "settings.yaml")
      writeFileSync(file, settings)
      const running = spawn(command, ["serve", file, "--port", "0", ...flags], { stdio: ["ignore", "pipe", "inherit"] })
      for await (const line of createInterface({ input: running.stdout }))
        if (line.startsWith("at http")) return { running, folder, url: line.slice("at ".length) }
      throw new Error(`${command} serves nothing`)
    }),
    ({ folder, running }) =>
      Effect.promise(async () => {
        await new Promise((resolve) => {
          running.on("exit", resolve)
          if (running.exitCode !== null || !running.kill()) resolve(undefined)
        })
        rmSync(folder, { recursive: true, force: true })
      })
  ).pipe(Effect.map(({ url }) => url))
