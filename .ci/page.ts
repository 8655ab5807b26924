/**
 * Bundles the page of the gateway: `src/page` becomes an `index.html` and files whose names hold a hash of their bytes, each
 * also compressed, so that the gateway only has to send them. `npm run build:page` writes them beside their sources, where a
 * gateway that runs from source finds them; `npm run build` writes them into the build.
 */
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, extname, join } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { root } from "./packages.ts"

const source = join(root, "src", "page")

/** What is bundled, each under the MIT licence, whose text has to go with it. */
const bundled = ["preact", "@preact/signals", "@preact/signals-core", "uplot"]

export interface BuiltPage {
  readonly folder: string
  /** Bytes as gzip: of what a browser loads at once, and of all that it ever loads. */
  readonly startBytes: number
  readonly gzipBytes: number
}

/** Builds the page into a folder, from nothing. */
export const buildPage = async (folder: string): Promise<BuiltPage> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: join(source, "Main.tsx"), style: join(source, "style", "Page.css") },
    bundle: true,
    minify: true,
    format: "esm",
    splitting: true,
    chunkNames: "[name]-[hash]",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    entryNames: "[name]-[hash]",
    outdir: folder,
    metafile: true,
    logLevel: "warning"
  })
  const outputs = Object.entries(metafile.outputs).map(([path, { imports }]) => ({ imports, name: basename(path) }))
  const entry = (pattern: RegExp) => {
    const found = outputs.find(({ name }) => pattern.test(name))
    if (found === undefined) throw new Error(`esbuild made no ${pattern}`)
    return found
  }
  const script = entry(/^page-\w+\.js$/)
  // What the script imports is asked for together with it.
  const preloads = script.imports
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) => `<link rel="modulepreload" href="page/${basename(path)}" />`)
  const svg = readFileSync(join(source, "icon.svg"))
  const icon = `icon-${createHash("sha256").update(svg).digest("hex").slice(0, 8).toUpperCase()}.svg`
  writeFileSync(join(folder, icon), svg)
  const html = readFileSync(join(source, "index.html"), "utf8")
  const filled = html
    .replace("{{icon}}", icon)
    .replace("{{style}}", entry(/\.css$/).name)
    .replace("{{script}}", script.name)
    .replace("{{preloads}}", preloads.join("\n    "))
  writeFileSync(join(folder, "index.html"), filled)
  const licences = bundled.map((name) => {
    const text = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").trim()
    return `${name}\n\n${text}\n`
  })
  writeFileSync(join(folder, "licences.txt"), licences.join("\n\n"))
  let [startBytes, gzipBytes] = [0, 0]
  for (const file of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, file))
    const gzip = gzipSync(bytes, { level: 9 })
    writeFileSync(join(folder, `${file}.gz`), gzip)
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
    writeFileSync(join(folder, `${file}.br`), brotli)
    if (extname(file) === ".txt") continue
    gzipBytes += gzip.length
    if (file === "index.html" || filled.includes(file)) startBytes += gzip.length
  }
  return { folder, startBytes, gzipBytes }
}

if (import.meta.main) {
  const [folder = join(source, "built")] = process.argv.slice(2)
  const { gzipBytes, startBytes } = await buildPage(folder)
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  console.log(`the page: ${kB(startBytes)} of gzip at once, ${kB(gzipBytes)} in all`)
}
