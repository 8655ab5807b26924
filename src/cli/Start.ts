import { existsSync, readFileSync } from "node:fs"
import * as Module from "node:module"
import { stripVTControlCharacters, styleText } from "node:util"
import { gunzipSync } from "node:zlib"

/** The help of each command as the build wrote it; a source tree has none. */
const written = (args: ReadonlyArray<string>): string | undefined => {
  const asks = args.length === 0 || args.at(-1) === "--help" || args.at(-1) === "-h"
  const file = new URL("./help.json.gz", import.meta.url)
  if (!asks || !existsSync(file)) return undefined
  const pages = new Map(
    Object.entries(JSON.parse(gunzipSync(readFileSync(file)).toString()) as { readonly [path: string]: string })
  )
  return pages.get(args.slice(0, -1).join(" "))
}

const isColoured = (): boolean => styleText("bold", "x", { stream: process.stdout }) !== "x"

const page = written(process.argv.slice(2))
if (page !== undefined) process.stdout.write(isColoured() ? page : stripVTControlCharacters(page))
else {
  // What is imported before the cache is on is compiled anew each time.
  Module.enableCompileCache?.()
  void import("./Program.ts").then(({ main }) => main())
}
