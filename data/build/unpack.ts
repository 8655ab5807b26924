import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Packs a pinned package into a folder of its own, checks that it is the one that was pinned, and unpacks it. */
export const unpack = ({ integrity, package: name }: { readonly package: string; readonly integrity: string }): string => {
  const folder = mkdtempSync(join(tmpdir(), "effect-llm-data-"))
  const file = execFileSync("npm", ["pack", name, "--silent", "--ignore-scripts"], { cwd: folder, encoding: "utf8" })
    .trim()
    .split("\n")
    .at(-1)
  if (file === undefined) throw new Error(`npm packed no ${name}`)
  const tarball = join(folder, file)
  const actual = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`
  if (actual !== integrity) throw new Error(`${name} is ${actual}, pinned is ${integrity}`)
  execFileSync("tar", ["xzf", tarball, "-C", folder])
  return join(folder, "package")
}
