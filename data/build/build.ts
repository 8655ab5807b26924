import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import { compact } from "./compact.ts"
import { names } from "./facts.ts"
import { fill } from "./fill.ts"
import { readGenai } from "./genai.ts"
import { readLiteLlm } from "./litellm.ts"
import { merge } from "./merge.ts"
import { readPi } from "./pi.ts"
import { pinned } from "./pinned.ts"
import { report } from "./review.ts"
import { unpack } from "./unpack.ts"

const data = join(import.meta.dirname, "..")
const limit = 290_000

/** Gateways: they list what others make, so a name of its own says nothing that the id does not. */
const resellers = new Set(["openrouter", "bedrock", "huggingface", "cloudflare-ai-gateway", "opencode", "novita"])

const keys: { readonly [source: string]: string } = { "genai-prices": "g", "pi-ai": "p", both: "b" }

/** Left out, so that the package stays small: gateways that sell what their makers are listed with. A refresh brings them. */
const leftOut = new Set(["vercel"])

const merged = merge(await readGenai(unpack(pinned.genai)), readPi(unpack(pinned.pi)))
const { added, disagreements, models } = fill(
  merged.models.filter(({ provider }) => !leftOut.has(provider)),
  readLiteLlm()
)

/** The key of the price's source, and one more where LiteLLM added to it. */
const keyOf = ({ id, provider, source }: CatalogModel): string =>
  `${keys[source] ?? "g"}${added.has(`${provider}/${id}`) ? "l" : ""}`

const byProvider = new Map<string, Array<CatalogModel>>()
for (const model of models) byProvider.set(model.provider, [...(byProvider.get(model.provider) ?? []), model])

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const providers = [...byProvider]
  .toSorted(([a], [b]) => compareText(a, b))
  .map(([provider, models]) => {
    const rows = models
      .toSorted((a, b) => compareText(a.id, b.id))
      .map((model) => JSON.stringify(compact(model, keyOf(model), !resellers.has(provider))))
    return `${JSON.stringify(provider)}:{"name":${JSON.stringify(names[provider] ?? provider)},"models":[\n${rows.join(",\n")}\n]}`
  })

const sources = {
  g: { name: pinned.genai.package, date: pinned.genai.date, url: pinned.genai.url },
  p: { name: pinned.pi.package, date: pinned.pi.date, url: pinned.pi.url },
  b: { name: `${pinned.genai.package}, limits of ${pinned.pi.package}`, date: pinned.genai.date, url: pinned.genai.url },
  l: { name: pinned.litellm.package, date: pinned.litellm.date, url: pinned.litellm.url }
}

const text = `{"checked":"${pinned.pi.date}","sources":${JSON.stringify(sources)},"providers":{\n${providers.join(",\n")}\n}}\n`
if (text.length > limit) throw new Error(`data/models.json has ${text.length} bytes, more than ${limit}`)
writeFileSync(join(data, "models.json"), text)
writeFileSync(
  join(data, "build/review.md"),
  report(merged.disagreements, disagreements, [...byProvider].map(([provider, models]) => [provider, models.length] as const).toSorted((a, b) => b[1] - a[1]))
)
console.log(`${models.length} models of ${byProvider.size} providers, ${text.length} bytes, ${merged.disagreements.length + disagreements.length} to review`)
