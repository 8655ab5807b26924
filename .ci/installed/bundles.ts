/** Bundles `bundled.ts` for browsers, as its users would, and holds the results to their sizes. */
import { build, type BuildOptions, type Metafile } from "esbuild"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"
import { gzipSync } from "node:zlib"

/** What one provider adds to Effect when a page starts, gzipped, in bytes. */
const maxStartBytes = 8_500

/** A single file of one provider with Effect, minified, in bytes: room to grow, and none for a table of tokens. */
const maxFileBytes = 750_000

const gzipped = (codes: ReadonlyArray<string | Uint8Array>): number =>
  codes.reduce((sum, code) => sum + gzipSync(code, { level: 9 }).length, 0)

/** The files that are loaded at once with an entry. */
const atStart = (entry: string, importsOf: (file: string) => ReadonlyArray<string>): ReadonlySet<string> => {
  const seen = new Set([entry])
  for (const file of seen) for (const next of importsOf(file)) seen.add(next)
  return seen
}

const startOfEsbuild = async (cwd: string, options: BuildOptions): Promise<number> => {
  const { metafile, outputFiles } = await build({
    ...options,
    splitting: true,
    format: "esm",
    write: false,
    metafile: true
  })
  const outputs = (metafile as Metafile).outputs
  const entry = Object.keys(outputs).find((file) => outputs[file]?.entryPoint === "bundled.ts") ?? ""
  const files = atStart(entry, (file) =>
    (outputs[file]?.imports ?? [])
      .filter(({ kind, external }) => kind === "import-statement" && external !== true)
      .map(({ path }) => path)
  )
  return gzipped(
    (outputFiles ?? [])
      .filter(({ path }) => [...files].some((file) => join(cwd, file) === path))
      .map(({ contents }) => contents)
  )
}

const startOfRolldown = async (cwd: string): Promise<number> => {
  const bundle = await rolldown({
    input: join(cwd, "bundled.ts"),
    external: /^(effect\/|@smithy\/)/,
    platform: "browser"
  })
  const { output } = await bundle.generate({ format: "esm", minify: true })
  await bundle.close()
  const chunks = new Map(output.flatMap((made) => (made.type === "chunk" ? [[made.fileName, made]] : [])))
  const files = atStart(output[0].fileName, (file) =>
    (chunks.get(file)?.imports ?? []).filter((name) => chunks.has(name))
  )
  return gzipped([...files].map((file) => chunks.get(file)?.code ?? ""))
}

/** Writes `file.mjs` and `split/` into the project; says what is wrong with the bundles. */
export const bundleChecks = async (cwd: string): Promise<ReadonlyArray<readonly [string, ReadonlyArray<string>]>> => {
  const options: BuildOptions = {
    absWorkingDir: cwd,
    entryPoints: ["bundled.ts"],
    bundle: true,
    minify: true,
    platform: "browser",
    logLevel: "silent"
  }
  const { metafile } = await build({
    ...options,
    format: "esm",
    outfile: "file.mjs",
    metafile: true
  })
  await build({ ...options, format: "esm", splitting: true, outdir: "split" })
  const code = readFileSync(join(cwd, "file.mjs"))
  const tables = Object.keys(metafile?.outputs["file.mjs"]?.inputs ?? {}).filter((file) =>
    /js-tiktoken|data\/(models|providers|tokens|service-tiers)/.test(file)
  )
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  const starts = {
    esbuild: await startOfEsbuild(cwd, { ...options, outdir: "sizes", external: ["effect/*"] }),
    Rolldown: await startOfRolldown(cwd)
  }
  return [
    [
      `a single file of one provider: ${kB(code.length)}, ${kB(gzipped([code]))} gzipped`,
      [
        ...tables.map((table) => `holds ${table}`),
        ...(code.length <= maxFileBytes ? [] : [`more than ${kB(maxFileBytes)}`])
      ]
    ],
    ...Object.entries(starts).map(
      ([name, bytes]) =>
        [
          `one provider adds ${kB(bytes)} to Effect at start, gzipped (${name})`,
          bytes <= maxStartBytes ? [] : [`more than ${kB(maxStartBytes)}`]
        ] as const
    )
  ]
}
