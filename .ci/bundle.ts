/**
 * Makes few files of the many that `tsc` builds, because finding and compiling a small module takes a program longer
 * than running it. Every public module keeps its place and names parts of the chunks:
 *
 * - one chunk holds every module that importing the root loads, one what the first layer of a provider loads besides;
 * - each protocol and each lower folder has its own;
 * - tables are part of the code (see `embed.ts`).
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join, relative, sep } from "node:path"
import { rolldown } from "rolldown"
import { embed } from "./embed.ts"
import { nameImports } from "./nameImports.ts"
import { shorten } from "./shorten.ts"

/** What commands have in common: how they print, and what those over models and prices need. */
const cliChunks: { readonly [inner: string]: string } = {
  terminal: "terminal",
  "Input.js": "terminal",
  "Services.js": "prices",
  cost: "prices",
  models: "prices",
  prices: "prices"
}

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

/** Rewrites the JavaScript of `dist`; `isHidden` tells the modules that nobody can import. Returns how many files are left. */
export const bundle = async (dist: string, isHidden: (file: string) => boolean): Promise<number> => {
  const files = globSync("**/*.js", { cwd: dist }).map((file) => join(dist, file))
  const root = loadedWith(join(dist, "index.js"))
  const calling = loadedWith(join(dist, "providers", "calling", "ProviderService.js"))
  const program = join(dist, "cli", "main.js")
  const commands = loadedWith(join(dist, "cli", "Program.js"))
  const protocols = globSync("protocols/*/", { cwd: dist }).map((folder) => basename(folder).toLowerCase())
  const entries = files.filter((file) => file === program || !isHidden(file))
  const chunkOf = (file: string): string | null => {
    if (root.has(file)) return "core"
    // Loaded by the catalog as well as with a provider.
    if (/ParameterRestriction.js$|restrictions.json$/.test(file)) return null
    if (calling.has(file)) return "calling"
    const [folder = "", inner = ""] = relative(dist, file).split(sep)
    // What belongs together here is loaded at different times.
    if (folder === ".." || folder === "providers") return null
    if (folder === "cli" && commands.has(file)) return "commands"
    if (folder === "cli") return cliChunks[inner] ?? null
    // A protocol is with its folder: `OpenAiChat.js` with `openaiChat`.
    if (folder === "protocols") return protocols.find((name) => name === basename(inner, ".js").toLowerCase()) ?? null
    return folder === "catalog" && inner === "sources" ? inner : folder
  }
  const codes = new Map(files.map((file) => [file, readFileSync(file, "utf8")]))
  const bundled = await rolldown({
    input: Object.fromEntries(entries.map((file) => [relative(dist, file).slice(0, -3), file])),
    // Of other packages only what unpacks our tables is taken in.
    external: (name) => /^[^./]/.test(name) && name !== "fflate",
    platform: "neutral",
    preserveEntrySignatures: "allow-extension",
    treeshake: { moduleSideEffects: false, propertyReadSideEffects: false, unknownGlobalSideEffects: false },
    plugins: [
      {
        // The list of providers names them where they are: else each would be a chunk beside its module.
        name: "known-providers",
        resolveId: (path, importer) =>
          importer?.endsWith("KnownProviders.js") === true
            ? { id: `../providers/${basename(path)}`, external: true }
            : null
      },
      embed((file) => root.has(file)),
      nameImports(codes, (file) => chunkOf(file) ?? file)
    ],
    checks: { ineffectiveDynamicImport: false, preferBuiltinFeature: false }
  })
  const { output } = await bundled.generate({
    format: "esm",
    minify: true,
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
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
    writeFileSync(file, made.type === "chunk" ? shorten(made.code) : made.source)
  }
  return output.length
}
