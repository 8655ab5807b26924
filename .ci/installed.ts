/** Lays packed packages out as npm would, from what is installed here: quick, and needs no network. */
import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import { isPublic, root, sdk } from "./packages.ts"
import type { Packed } from "./pack.ts"

/** Unpacks the SDK in `node_modules`, its packages beside it. */
export const install = (tarball: string, folder: string, options: { readonly optionalPeers: boolean }): string => {
  const modules = join(folder, "node_modules")
  const target = join(modules, sdk.name)
  mkdirSync(target, { recursive: true })
  execFileSync("tar", ["-xzf", tarball, "-C", target, "--strip-components", "1"])
  const peers = Object.keys(sdk.peerDependencies).filter(
    (name) => options.optionalPeers || sdk.peerDependenciesMeta[name]?.optional !== true
  )
  for (const name of [...Object.keys(sdk.dependencies), ...peers]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction")
  }
  return target
}

/** Every name the SDK can be imported by, patterns spelled out against the files that were packed. */
export const entryPoints = (files: Packed["files"]): ReadonlyArray<string> =>
  Object.entries(sdk.exports).flatMap(([name, target]) => {
    if (target === null) return []
    const path = (typeof target === "string" ? target : (target.default ?? "")).replace(/^\.\//, "")
    const [before, after] = path.split("*")
    if (before === undefined || after === undefined) return path.endsWith(".js") ? [name.replace(/^\.\/?/, "")] : []
    return files
      .map((file) => file.path)
      .filter((file) => file.startsWith(before) && file.endsWith(after))
      .filter((file) => isPublic(file.slice("dist/".length)))
      .map((file) => name.replace(/^\.\//, "").replace("*", file.slice(before.length, -after.length)))
  })
