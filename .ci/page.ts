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
  /** Bytes of everything that a browser loads, as gzip. */
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
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    entryNames: "[name]-[hash]",
    outdir: folder,
    metafile: true,
    logLevel: "warning"
  })
  const named = (extension: string): string => {
    const path = Object.keys(metafile.outputs).find((path) => path.endsWith(extension))
    if (path === undefined) throw new Error(`esbuild made no ${extension}`)
    return basename(path)
  }
  const svg = readFileSync(join(source, "icon.svg"))
  const icon = `icon-${createHash("sha256").update(svg).digest("hex").slice(0, 8).toUpperCase()}.svg`
  writeFileSync(join(folder, icon), svg)
  const html = readFileSync(join(source, "index.html"), "utf8")
  writeFileSync(
    join(folder, "index.html"),
    html.replace("{{icon}}", icon).replace("{{style}}", named(".css")).replace("{{script}}", named(".js"))
  )
  const licences = bundled.map((name) => {
    const text = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").trim()
    return `${name}\n\n${text}\n`
  })
  writeFileSync(join(folder, "licences.txt"), licences.join("\n\n"))
  let gzipBytes = 0
  for (const file of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, file))
    const gzip = gzipSync(bytes, { level: 9 })
    writeFileSync(join(folder, `${file}.gz`), gzip)
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
    writeFileSync(join(folder, `${file}.br`), brotli)
    if (extname(file) !== ".txt") gzipBytes += gzip.length
  }
  return { folder, gzipBytes }
}

if (import.meta.main) {
  const [folder = join(source, "built")] = process.argv.slice(2)
  const { gzipBytes } = await buildPage(folder)
  console.log(`the page: ${(gzipBytes / 1000).toFixed(1)} kB of gzip`)
}
