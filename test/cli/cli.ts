/** Runs the command line: as a process, and, where nothing of the process is in question, within this one. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Console, Effect, Layer, Sink, Stdio, Stream, Terminal } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { run } from "../../src/cli/Program.ts"
import { Sources } from "../../src/cli/Services.ts"
import * as fixture from "./fixture.ts"

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  /** What is piped in; without it, stdin is a terminal (within this process) or empty. */
  readonly stdin?: string | Uint8Array | undefined
  readonly env?: { readonly [name: string]: string } | undefined
  readonly stderrIsTerminal?: boolean | undefined
  readonly stdoutIsTerminal?: boolean | undefined
  /** Models and prices as users have them, in place of those of the fixture. */
  readonly live?: boolean | undefined
  /** What is typed at the terminal. */
  readonly terminal?: Terminal.Terminal | undefined
}

/** A directory that is gone with the test. */
export const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-llm-cli-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Nothing of the machine's settings, and a home of its own. */
const environment = (home: string, env: RunOptions["env"]) => ({
  HOME: home,
  XDG_CACHE_HOME: join(home, "cache"),
  XDG_DATA_HOME: join(home, "data"),
  ...env
})

/** Runs it within this process. */
export const cli = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  options: RunOptions & { readonly home: string }
) {
  let out = ""
  let err = ""
  const { env, home, live = false, stderrIsTerminal = false, stdin, stdoutIsTerminal = false, terminal } = options
  const write = (to: (text: string) => void) => () =>
    Sink.forEach((text: string | Uint8Array) =>
      Effect.sync(() => to(typeof text === "string" ? text : new TextDecoder().decode(text)))
    )
  const stdio = Stdio.layerTest({
    stdin:
      stdin === undefined
        ? Stream.never
        : Stream.succeed(typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin),
    stdinIsTerminal: Effect.succeed(stdin === undefined),
    stderrIsTerminal: Effect.succeed(stderrIsTerminal),
    stdoutIsTerminal: Effect.succeed(stdoutIsTerminal),
    stdout: write((text) => (out += text)),
    stderr: write((text) => (err += text))
  })
  const console = {
    ...globalThis.console,
    log: (line: string) => (out += `${line}\n`),
    error: (line: string) => (err += `${line}\n`)
  }
  const running = live ? run(args) : Effect.provideService(run(args), Sources, fixture.layer)
  const code = yield* (
    terminal === undefined ? running : Effect.provideService(running, Terminal.Terminal, terminal)
  ).pipe(
    Effect.provideService(Console.Console, console),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: environment(home, env) })),
    Effect.provide(Layer.merge(NodeServices.layer, stdio))
  )
  return { code, out, err }
})

const main = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts")

const fromSource = pathToFileURL(join(import.meta.dirname, "fromSource.ts")).href

/** Runs it as a process, from source. `readBytes` closes stdout after that many; `flags` are Node's own. */
export const spawned = (
  args: ReadonlyArray<string>,
  options: RunOptions & { readonly home: string; readonly flags?: ReadonlyArray<string>; readonly readBytes?: number }
): Promise<Ran> =>
  new Promise((resolve) => {
    const { env, flags = [], home, readBytes, stdin = "" } = options
    const child = spawn(process.execPath, ["--import", fromSource, ...flags, main, ...args], {
      env: { PATH: process.env.PATH, ...environment(home, env) }
    })
    let out = ""
    let err = ""
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString()
      if (readBytes !== undefined && out.length >= readBytes) child.stdout.destroy()
    })
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
    child.on("close", (code) => resolve({ code, out, err }))
    child.stdin.end(stdin)
  })
