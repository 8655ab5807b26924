import { existsSync, readFileSync } from "node:fs"
import * as Module from "node:module"
import { stripVTControlCharacters, styleText } from "node:util"
import { gunzipSync } from "node:zlib"

/** The prebuilt help page for these arguments; a source tree has none. */
const prebuiltHelp = (args: ReadonlyArray<string>): string | undefined => {
  const isHelp = args.length === 0 || args.at(-1) === "--help" || args.at(-1) === "-h"
  const file = new URL("./help.json.gz", import.meta.url)
  if (!isHelp || !existsSync(file)) return undefined
  const pages = new Map(
    Object.entries(JSON.parse(gunzipSync(readFileSync(file)).toString()) as { readonly [path: string]: string })
  )
  return pages.get(args.slice(0, -1).join(" "))
}

const isColoured = (): boolean => styleText("bold", "x", { stream: process.stdout }) !== "x"

const page = prebuiltHelp(process.argv.slice(2))
if (page !== undefined) process.stdout.write(isColoured() ? page : stripVTControlCharacters(page))
else {
  // Modules imported before this are not cached.
  Module.enableCompileCache?.()
  void import("./Program.ts").then(({ main }) => main())
}
