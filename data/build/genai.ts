import { Result } from "effect"
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import * as GenaiPrices from "../../src/catalog/sources/GenaiPrices.ts"
import { pinned } from "./pinned.ts"
import { readWheel } from "./wheel.ts"

/** What genai-prices has twice, by other ways to call a provider, and open models at their maker, who does not serve them. */
const isLeftOut = ({ id, provider }: CatalogModel): boolean =>
  provider.startsWith("huggingface_") || provider === "typesafe" || (provider === "openai" && id.startsWith("gpt-oss"))

/** `regional.` stands for the regions of Bedrock and for names without one, which are served in the caller's region. */
const inRegions = (model: CatalogModel): CatalogModel => {
  const [, name] = /^regional\.(.*)$/.exec(model.id) ?? []
  if (model.provider !== "bedrock") return model
  const plain = (id: string) => id.replace(/-v\d+:\d+$/, "").replace(/-v\d+$/, "")
  if (name === undefined) return { ...model, aliases: [...model.aliases, plain(model.id), `${plain(model.id)}-v1`] }
  const names = [name, plain(name), `${plain(name)}-v1`]
  const regions = ["us", "eu", "jp", "au", "apac"].flatMap((region) => names.map((id) => `${region}.${id}`))
  return { ...model, id: name, aliases: [...names, ...regions], matchers: [] }
}

/** What genai-prices lists as Google's and only Vertex AI serves. */
const onVertex = (model: CatalogModel): CatalogModel =>
  model.provider === "google" && /^claude|-maas$/.test(model.id) ? { ...model, provider: "vertex" } : model

/** The models of genai-prices' Python package, which is newer and knows more than the one of npm. */
export const readGenai = (): ReadonlyArray<CatalogModel> => {
  const json = execFileSync("python3", [join(import.meta.dirname, "genai.py")], {
    input: readWheel(pinned.genai),
    encoding: "utf8",
    maxBuffer: 2 ** 26
  })
  const feed = Result.getOrThrow(GenaiPrices.decode(JSON.parse(json), pinned.genai.date))
  if (feed.rejected.length > 0) throw new Error(`not understood: ${feed.rejected.join(", ")}`)
  return feed.models.filter((model) => !isLeftOut(model)).map((model) => inRegions(onVertex(model)))
}
