/**
 * Packs both packages, as they are published: `npm run packages -- [folder]` builds and writes `effect-llm-<version>.tgz` and
 * `effect-llm-gateway-<version>.tgz` to the folder (default: this one). `npm publish <file>` takes either as it is.
 */
import { execFileSync } from "node:child_process"
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { prune } from "./declarations.ts"
import { gateway, publishedTable, root, sdk } from "./packages.ts"

export interface Packed {
  readonly tarball: string
  /** Bytes of the download. */
  readonly size: number
  readonly unpackedSize: number
  readonly files: ReadonlyArray<{ readonly path: string; readonly size: number }>
}

/** A temporary folder, gone when the process ends. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "effect-llm-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const npmPack = (source: string, folder: string): Packed => {
  const output = execFileSync("npm", ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: source,
    encoding: "utf8",
    shell: process.platform === "win32"
  })
  // An array before npm 12, an object keyed by package name since.
  const parsed = JSON.parse(output) as
    | Array<Packed & { filename: string }>
    | Record<string, Packed & { filename: string }>
  const [packed] = Object.values(parsed)
  if (packed === undefined) throw new Error("npm pack made nothing")
  return { ...packed, tarball: join(folder, packed.filename) }
}

/** Packs the SDK as `npm run build` left it. */
export const packSdk = (folder: string): Packed => {
  const stage = temporaryFolder()
  for (const path of ["package.json", "README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "data", "dist"]) {
    cpSync(join(root, path), join(stage, path), { recursive: true })
  }
  for (const table of globSync("*.json", { cwd: join(stage, "data") })) {
    const path = join(stage, "data", table)
    writeFileSync(path, publishedTable(path))
  }
  return npmPack(stage, folder)
}

/** Packs the gateway as `npm run build` left it: its code, its manifest, and the pages that go with it. */
export const packGateway = (folder: string): Packed => {
  const stage = temporaryFolder()
  cpSync(join(root, "dist-gateway"), join(stage, "dist"), { recursive: true })
  const types = Object.values(gateway.exports).flatMap((target) => (typeof target === "string" ? [] : [target.types]))
  const entries = new Set(types)
  prune(join(stage, "dist"), (file) => entries.has(`./dist/${file}`))
  // Types that are inferred name the SDK by where it was built.
  for (const name of globSync("dist/**/*.d.ts", { cwd: stage })) {
    const file = join(stage, name)
    writeFileSync(file, readFileSync(file, "utf8").replace(/(["'])(?:\.\.\/)+dist\/([^"']+)\.js\1/g, '"effect-llm/$2"'))
  }
  for (const page of ["LICENSE", "CHANGELOG.md"]) cpSync(join(root, page), join(stage, page))
  writeFileSync(
    join(stage, "README.md"),
    readFileSync(join(root, "docs", "cli.md"), "utf8").replace(/\]\((?!http)[^)]*\)/g, "]")
  )
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(gateway, null, 2)}\n`)
  return npmPack(stage, folder)
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? ".")
  mkdirSync(folder, { recursive: true })
  execFileSync("npm", ["run", "--silent", "build"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32"
  })
  for (const [{ name }, { files, size, tarball, unpackedSize }] of [
    [sdk, packSdk(folder)],
    [gateway, packGateway(folder)]
  ] as const) {
    const kB = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`
    console.log(`${name}: ${tarball}, ${kB(size)}, unpacked ${kB(unpackedSize)} in ${files.length} files`)
  }
}
