/**
 * Makes few files of the many that `tsc` builds, because finding and compiling a small module takes a program longer
 * than running it:
 *
 * - `core.js` holds every module that importing the root loads. Their public modules become façades that name its parts.
 * - Every other public module keeps its place, with what only it needs inside it; what several need is in `chunks`.
 * - JSON is inlined, and what is large of it is compressed.
 */
import { build, type Plugin } from "esbuild"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { deflateRawSync } from "node:zlib"

/** JSON from this size on is compressed: in one module of its own, which is loaded when it is needed. */
const largeJson = 40_000

const options = {
  bundle: true,
  format: "esm",
  platform: "neutral",
  target: "node22",
  minify: true,
  legalComments: "none",
  metafile: true
} as const

/** A module whose default export is the JSON, compressed for the package. It works in browsers as well. */
const compressedModule = (file: string): string => `
const bytes = Uint8Array.from(atob("${deflateRawSync(JSON.stringify(JSON.parse(readFileSync(file, "utf8")))).toString("base64")}"), (c) => c.charCodeAt(0))
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))
export default JSON.parse(await new Response(stream).text())
`

const json: Plugin = {
  name: "json",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.json$/ }, ({ path }) =>
      readFileSync(path).length < largeJson ? undefined : { contents: compressedModule(path), loader: "js" }
    )
  }
}

/** Other packages, and node itself, stay imports. */
const packages: Plugin = {
  name: "packages",
  setup: ({ onResolve }) => onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, external: true }))
}

/** The exported names of each module, and the modules that it imports when it is loaded itself. */
const read = async (files: ReadonlyArray<string>) => {
  const names = new Map<string, ReadonlyArray<string>>()
  const imports = new Map<string, ReadonlyArray<string>>()
  const { metafile } = await build({ ...options, bundle: false, entryPoints: [...files], outdir: "/", write: false })
  for (const { entryPoint, exports } of Object.values(metafile.outputs)) {
    if (entryPoint !== undefined) names.set(resolve(entryPoint), exports)
  }
  const graph = await build({
    ...options,
    entryPoints: [...files],
    outdir: "/",
    write: false,
    splitting: true,
    plugins: [packages]
  })
  for (const [file, { imports: found }] of Object.entries(graph.metafile.inputs)) {
    const loaded = found.filter(({ external, kind }) => external !== true && kind === "import-statement")
    imports.set(
      resolve(file),
      loaded.map(({ path }) => resolve(path))
    )
  }
  return { names, imports }
}

const reachedFrom = (file: string, imports: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlySet<string> => {
  const reached = new Set([file])
  for (const one of reached) for (const next of imports.get(one) ?? []) reached.add(next)
  return reached
}

/** Rewrites the JavaScript of `dist`; `isHidden` tells the modules that nobody can import. Returns how many files are left. */
export const bundle = async (dist: string, isHidden: (file: string) => boolean): Promise<number> => {
  const files = globSync("**/*.js", { cwd: dist }).map((file) => join(dist, file))
  const coreFile = join(dist, "core.js")
  const { imports, names } = await read(files)
  const core = new Set([...reachedFrom(join(dist, "index.js"), imports)].filter((file) => file.endsWith(".js")))
  const pathTo = (file: string, from: string) => {
    const path = relative(dirname(from), file).replaceAll("\\", "/")
    return path.startsWith(".") ? path : `./${path}`
  }
  const idOf = (file: string) =>
    relative(dist, file)
      .replace(/\.js$/, "")
      .replace(/[^A-Za-z0-9]/g, "_")
  const inCore = (file: string) => (names.get(file) ?? []).map((name) => [name, `${idOf(file)}_${name}`] as const)
  const facade = (file: string, from: string) =>
    `export{${inCore(file).map(([name, id]) => `${id} as ${name}`)}}from${JSON.stringify(from)}\n`

  const beyondCore: Plugin = {
    name: "beyond core",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ importer, kind, path }) => {
        const file = resolve(dirname(importer), path)
        const stays = kind !== "dynamic-import" || core.has(file) || file.endsWith(".json")
        return stays ? undefined : { path: pathTo(file, coreFile), external: true }
      })
  }
  const contents = [...core].map(
    (file) => `export{${inCore(file).map(([name, id]) => `${name} as ${id}`)}}from${JSON.stringify(file)}`
  )
  const whole = await build({
    ...options,
    stdin: { contents: contents.join("\n"), resolveDir: dist },
    outfile: coreFile,
    write: false,
    plugins: [beyondCore, packages, json]
  })
  const loadedByCore = Object.values(whole.metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ kind, path }) => kind === "dynamic-import" && path.startsWith("."))
  )

  const throughCore: Plugin = {
    name: "through core",
    setup: ({ onLoad, onResolve }) => {
      // Whatever lies beside the core is one folder deep.
      onResolve({ filter: /^core$/ }, () => ({ path: "../core.js", external: true, sideEffects: false }))
      onLoad({ filter: /\.js$/ }, ({ path }) => (core.has(path) ? { contents: facade(path, "core") } : undefined))
    }
  }
  const program = join(dist, "cli", "main.js")
  const beside = files.filter((file) => !core.has(file) && (!isHidden(file) || file === program))
  const rest = await build({
    ...options,
    entryPoints: [...new Set([...beside, ...loadedByCore.map(({ path }) => join(dist, path))])],
    outbase: dist,
    outdir: dist,
    splitting: true,
    chunkNames: "chunks/[hash]",
    write: false,
    plugins: [throughCore, packages, json]
  })

  for (const file of files) rmSync(file)
  for (const { contents, path } of [...whole.outputFiles, ...rest.outputFiles]) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
  }
  const facades = [...core].filter((file) => !isHidden(file))
  for (const file of facades) writeFileSync(file, facade(file, pathTo(coreFile, file)))
  return whole.outputFiles.length + rest.outputFiles.length + facades.length
}
