/** Packs the built package into a folder of its own, for the checks of what users get. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export const root = join(import.meta.dirname, "..")

export interface PackageJson {
  readonly name: string
  /** `null` hides the modules of a folder. */
  readonly exports: Record<string, string | Record<string, string> | null>
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>
}

export interface Packed {
  readonly tarball: string
  readonly unpackedSize: number
  readonly files: ReadonlyArray<{ readonly path: string; readonly size: number }>
}

export const packageJson = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PackageJson

/** A temporary folder, gone when the process ends. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "effect-llm-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Packs what `npm run build` made, compacted. */
export const pack = (folder: string): Packed => {
  execFileSync(process.execPath, [join(import.meta.dirname, "compact.ts")], { stdio: "inherit" })
  const output = execFileSync("npm", ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32"
  })
  // An array before npm 12, an object keyed by package name since.
  const parsed = JSON.parse(output) as
    | Array<Packed & { filename: string }>
    | Record<string, Packed & { filename: string }>
  const [packed] = Object.values(parsed)
  if (packed === undefined) throw new Error("npm pack made nothing")
  return { tarball: join(folder, packed.filename), unpackedSize: packed.unpackedSize, files: packed.files }
}

/** Lays the package out as npm would: unpacked in `node_modules`, its packages beside it. */
export const install = (tarball: string, folder: string, options: { readonly optionalPeers: boolean }): string => {
  const modules = join(folder, "node_modules")
  const target = join(modules, packageJson.name)
  mkdirSync(target, { recursive: true })
  execFileSync("tar", ["-xzf", tarball, "-C", target, "--strip-components", "1"])
  const peers = Object.keys(packageJson.peerDependencies ?? {}).filter(
    (name) => options.optionalPeers || packageJson.peerDependenciesMeta?.[name]?.optional !== true
  )
  for (const name of [...Object.keys(packageJson.dependencies ?? {}), ...peers]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction")
  }
  return target
}

/** Whether a module of `dist` can be imported, found as Node does: by its name, else by its folder, else by the one above. */
export const isPublic = (file: string): boolean => {
  const { exports } = packageJson
  const name = file.replace(/\.d\.ts$|\.js$/, "")
  if (name === "index") return true
  for (let path = name; path !== "."; path = dirname(path)) {
    const target = exports[path === name ? `./${path}` : `./${path}/*`]
    if (target !== undefined) return target !== null
  }
  return false
}

/** Every name the package can be imported by, patterns spelled out against the files that were packed. */
export const entryPoints = (files: Packed["files"]): ReadonlyArray<string> => {
  return Object.entries(packageJson.exports).flatMap(([name, target]) => {
    if (target === null) return []
    const path = (typeof target === "string" ? target : (target["default"] ?? "")).replace(/^\.\//, "")
    const [before, after] = path.split("*")
    if (before === undefined || after === undefined) return path.endsWith(".js") ? [name.replace(/^\.\/?/, "")] : []
    return files
      .map((file) => file.path)
      .filter((file) => file.startsWith(before) && file.endsWith(after))
      .filter((file) => isPublic(file.slice("dist/".length)))
      .map((file) => name.replace(/^\.\//, "").replace("*", file.slice(before.length, -after.length)))
  })
}
