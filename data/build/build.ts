import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { changesPage } from "./changes.ts"
import { compact } from "./compact.ts"
import { gateways, names } from "./facts.ts"
import { readGenai } from "./genai.ts"
import { readLiteLlm } from "./litellm.ts"
import { merge, type Row } from "./merge.ts"
import { readPi } from "./pi.ts"
import { newest, pinned } from "./pinned.ts"
import { report } from "./review.ts"
import { isIncluded } from "./scope.ts"
import { unpack } from "./unpack.ts"

const data = join(import.meta.dirname, "..")
const limit = 520_000

const { conflicts, rows } = merge(
  [
    { key: "l", date: pinned.litellm.date, models: readLiteLlm().filter(isIncluded) },
    { key: "p", date: pinned.pi.date, models: readPi(unpack(pinned.pi)).filter(isIncluded) },
    { key: "g", date: pinned.genai.date, models: readGenai().filter(isIncluded) }
  ],
  newest
)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byProvider = [...Map.groupBy(rows, ({ model }) => model.provider)].toSorted(([a], [b]) => compareText(a, b))

const line = ({ model, sources }: Row): string =>
  JSON.stringify(compact(model, sources.join(""), !gateways.has(model.provider)))

const providers = byProvider.map(([provider, rows]) => {
  const lines = rows.toSorted((a, b) => compareText(a.model.id, b.model.id)).map(line)
  return `${JSON.stringify(provider)}:{"name":${JSON.stringify(names[provider] ?? provider)},"models":[\n${lines.join(",\n")}\n]}`
})

const sourceOf = ({ date, package: name, url }: { readonly package: string; readonly date: string; readonly url: string }) => ({ name, date, url })
const sources = { g: sourceOf(pinned.genai), p: sourceOf(pinned.pi), l: sourceOf(pinned.litellm) }

const text = `{"checked":"${newest}","sources":${JSON.stringify(sources)},"providers":{\n${providers.join(",\n")}\n}}\n`
const file = join(data, "models.json")
const before = existsSync(file) ? readFileSync(file, "utf8") : undefined
console.log(`${rows.length} models of ${byProvider.length} providers, ${text.length} bytes, ${conflicts.length} conflicts`)
if (text.length > limit) throw new Error(`data/models.json would have ${text.length} bytes, more than ${limit}`)
writeFileSync(file, text)
writeFileSync(join(data, "build/review.md"), report(conflicts, byProvider.map(([provider, rows]) => [provider, rows.length] as const)))
if (before !== undefined && before !== text) {
  const page = changesPage(before, text, conflicts.length)
  writeFileSync(join(data, "build/changes.md"), page)
  console.log(page.split("\n").filter((line) => line.startsWith("- ") || line.startsWith("#")).slice(0, 8).join("\n"))
}
