// To `import` them would load all that their exports may need, before anything is cached.
const { existsSync, readFileSync } = process.getBuiltinModule("node:fs")
const { enableCompileCache } = process.getBuiltinModule("node:module")
const { setFlagsFromString } = process.getBuiltinModule("node:v8")
const { stripVTControlCharacters, styleText } = process.getBuiltinModule("node:util")

/** For the start of a server: V8's compilers and what they make of code that runs at the start take 10 MB. */
const serveFlags = [
  // Until `serve/Optimized.ts` turns them on.
  "--no-sparkplug",
  "--no-opt",
  // None: after `--no-maglev` no function would ever be.
  "--maglev-filter=-*",
  // The parser of HTTP responses is WebAssembly. To optimize it takes 12 MB, which stay with the process: not for a first few calls.
  "--wasm-tiering-budget=130000000"
]

/** What holds the shape of Node's ticks. */
let tick: object | undefined

/**
 * Keeps a tick of Node's for good. A collection of garbage that finds none alive has V8 forget their shape, and from then on it makes
 * each without knowing it, which takes five times as long: a call has ten of them.
 */
const keepTick = (): void => {
  const { executionAsyncResource } = process.getBuiltinModule("node:async_hooks")
  process.nextTick(() => (tick ??= executionAsyncResource()))
}

/** The prebuilt help page for these arguments; a source tree has none. */
const prebuiltHelp = (args: ReadonlyArray<string>): string | undefined => {
  const isHelp = args.length === 0 || args.at(-1) === "--help" || args.at(-1) === "-h"
  const file = new URL("./help.json.gz", import.meta.url)
  if (!isHelp || !existsSync(file)) return undefined
  const { gunzipSync } = process.getBuiltinModule("node:zlib")
  const pages = new Map(
    Object.entries(JSON.parse(gunzipSync(readFileSync(file)).toString()) as { readonly [path: string]: string })
  )
  return pages.get(args.slice(0, -1).join(" "))
}

const isColoured = (): boolean => styleText("bold", "x", { stream: process.stdout }) !== "x"

const page = prebuiltHelp(process.argv.slice(2))
if (page !== undefined) process.stdout.write(isColoured() ? page : stripVTControlCharacters(page))
else {
  if (process.argv[2] === "serve") {
    keepTick()
    for (const flag of serveFlags) setFlagsFromString(flag)
  }
  // Modules imported before this are not cached.
  enableCompileCache?.()
  void import("./Program.ts").then(({ main }) => main())
}
