/**
 * Makes few files of the many that `tsc` builds, because finding and compiling a small module takes a program longer
 * than running it. Every public module keeps its place and names parts of the chunks:
 *
 * - one chunk holds every module that importing the root loads, one what the first layer of a provider loads besides;
 * - each protocol and each lower folder has its own;
 * - JSON is part of the code, and compressed where it is large.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { deflateRawSync } from "node:zlib"
import { type Plugin, rolldown } from "rolldown"

/** JSON from this size on is compressed. What the root loads is not: it would have to wait. */
const largeJson = 8000

/** The modules that are loaded with one, by itself: not those that it imports later. */
const loadedWith = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(file)) return seen
  seen.add(file)
  if (!file.endsWith(".js")) return seen
  const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "")
  for (const [, path = ""] of code.matchAll(/^(?:import|export)\b[^"'`;=()]*"(\.[^"]+)"/gm)) {
    loadedWith(join(file, "..", path), seen)
  }
  return seen
}

/** A module whose default export is the JSON. It works in browsers as well. */
const compressedModule = (text: string): string => `
const bytes = Uint8Array.from(atob("${deflateRawSync(JSON.stringify(JSON.parse(text))).toString("base64")}"), (c) => c.charCodeAt(0))
export default JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text())
`

const compressed = (isAtOnce: (file: string) => boolean): Plugin => ({
  name: "compressed",
  load: {
    filter: { id: /\.json$/ },
    handler: (file) => {
      const text = readFileSync(file, "utf8")
      return text.length < largeJson || isAtOnce(file) ? null : { code: compressedModule(text), moduleType: "js" }
    }
  }
})

/** Rewrites the JavaScript of `dist`; `isHidden` tells the modules that nobody can import. Returns how many files are left. */
export const bundle = async (dist: string, isHidden: (file: string) => boolean): Promise<number> => {
  const files = globSync("**/*.js", { cwd: dist }).map((file) => join(dist, file))
  const root = loadedWith(join(dist, "index.js"))
  const calling = loadedWith(join(dist, "providers", "calling", "ProviderService.js"))
  const program = join(dist, "cli", "main.js")
  const entries = files.filter((file) => file === program || !isHidden(file))
  const chunkOf = (file: string): string | null => {
    if (root.has(file)) return "core"
    if (calling.has(file)) return "calling"
    const [folder = "", inner = "", ...deeper] = relative(dist, file).split(sep)
    // What belongs together here is loaded at different times.
    if (folder === ".." || folder === "cli" || folder === "providers") return null
    if (folder === "protocols") return deeper.length === 0 ? null : inner
    return folder === "catalog" && inner === "sources" ? inner : folder
  }
  const bundled = await rolldown({
    input: Object.fromEntries(entries.map((file) => [relative(dist, file).slice(0, -3), file])),
    external: /^[^./]/,
    platform: "neutral",
    preserveEntrySignatures: "allow-extension",
    treeshake: { moduleSideEffects: false },
    plugins: [compressed((file) => root.has(file))],
    checks: { ineffectiveDynamicImport: false, preferBuiltinFeature: false }
  })
  const { output } = await bundled.generate({
    format: "esm",
    minify: true,
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: chunkOf, debugName: "what is loaded together" }]
    }
  })
  await bundled.close()
  for (const file of files) rmSync(file)
  for (const made of output) {
    const file = join(dist, made.fileName)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, made.type === "chunk" ? made.code : made.source)
  }
  return output.length
}
