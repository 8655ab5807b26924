import { Result } from "effect"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import * as LiteLlm from "../../src/catalog/sources/LiteLlm.ts"
import { pinned } from "./pinned.ts"

/** The wheel is one of a platform; the file in it is the same in all of them. */
const platform = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.12", "--implementation", "cp", "--abi", "abi3"]

/** The wheel of LiteLLM that is at hand in `LITELLM_WHEEL`, or that pip downloads. */
const wheel = (folder: string): string => {
  const given = process.env["LITELLM_WHEEL"]
  if (given !== undefined && given !== "") return given
  const options = ["--no-deps", "--only-binary=:all:", ...platform, "--quiet", "--disable-pip-version-check", "--dest", folder]
  execFileSync("pip", ["download", ...options, pinned.litellm.package])
  const file = readdirSync(folder).find((name) => name.endsWith(".whl"))
  if (file === undefined) throw new Error(`pip downloaded no ${pinned.litellm.package}`)
  return join(folder, file)
}

/** The models of the file that LiteLLM's Python package carries. */
export const readLiteLlm = (): ReadonlyArray<CatalogModel> => {
  const { file, integrity, package: name } = pinned.litellm
  const folder = mkdtempSync(join(tmpdir(), "effect-llm-data-"))
  execFileSync("unzip", ["-q", "-o", wheel(folder), file, "-d", folder])
  const text = readFileSync(join(folder, file))
  const actual = `sha512-${createHash("sha512").update(text).digest("base64")}`
  if (actual !== integrity) throw new Error(`${file} of ${name} is ${actual}, pinned is ${integrity}`)
  return Result.getOrThrow(LiteLlm.decode(JSON.parse(text.toString("utf8")))).models
}
