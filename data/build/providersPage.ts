import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { knownProviders, knownServices } from "../../src/providers/KnownProviders.ts"
import { compatibleQuirks, localQuirks } from "../../src/providers/OpenAiCompatible.ts"
import { definitionOf, ids } from "../../src/providers/ProviderTable.ts"
import { type ProviderDefinition, entriesOf, namesIn, namesOf } from "../../src/client/ProviderDefinition.ts"

type Definition = ProviderDefinition<string, object, string>

const root = join(import.meta.dirname, "..", "..")
const path = join(root, "docs", "providers.md")

/** The table as it is written; its type knows the ids. */
interface Row {
  readonly name: string
  readonly docs: string
  readonly note?: string
  readonly source: ReadonlyArray<string>
}
const table = JSON.parse(readFileSync(join(root, "data", "providers.json"), "utf8")) as {
  readonly checked: string
  readonly sources: { readonly [name: string]: { readonly name: string; readonly url: string } }
  readonly providers: { readonly [id: string]: Row }
}

/** The statics of a class that make models, and what they are for. */
const capabilities: ReadonlyArray<readonly [static_: string, capability: string]> = [
  ["model", "chat"],
  ["embeddingModel", "embeddings"],
  ["imageModel", "images"],
  ["speechModel", "speech"],
  ["transcriptionModel", "transcription"],
  ["rerankModel", "rerank"],
  ["moderationModel", "moderation"],
  ["tokenCounter", "token counting"],
  ["models", "model list"],
  ["files", "files"],
  ["batches", "batches"]
]

const code = (words: ReadonlyArray<string>): string => words.map((word) => `\`${word}\``).join(", ")

const settingsOf = (definition: Definition): string => {
  const names = namesOf(definition)
  const further = entriesOf(definition).map(([, setting]) => namesIn(setting)[0])
  return code([...names.keyNames, ...further])
}

/** Where a provider is, with `{name}` for each setting that the address is made of. */
const addressOf = ({ baseUrl, settings = {} }: Definition): string => {
  if (typeof baseUrl !== "function") return baseUrl ?? ""
  const names = Object.keys(settings)
  const addresses = names.map((_, last) =>
    baseUrl(Object.fromEntries(names.slice(0, last + 1).map((name) => [name, `{${name}}`])))
  )
  return (addresses.find((address) => address !== undefined) ?? "").replaceAll("%7B", "{").replaceAll("%7D", "}")
}

/** What differs from what most servers have in common; `compatible` and `local` stand for that. */
const quirksOf = ({ body, quirks = {} }: Definition): string => {
  const common: object = "stripTokens" in quirks ? localQuirks : "strictSchemas" in quirks ? compatibleQuirks : {}
  const own = Object.entries(quirks).filter(([name, value]) => (common as Partial<typeof quirks>)[name as never] !== value)
  const said = own.filter(([name]) => name !== "stripTokens").map(([name, value]) => `${name}: ${value}`)
  const base = common === localQuirks ? ["local"] : common === compatibleQuirks ? ["compatible"] : []
  const fields = Object.entries(body ?? {}).map(([name, value]) => `body.${name}: ${JSON.stringify(value)}`)
  return [...base, ...said, ...fields].join("; ")
}

const sourcesOf = ({ docs, source }: Row): string =>
  [`[docs](${docs})`, ...source.map((word) => (word.startsWith("https://") ? `[page](${word})` : word))].join(", ")

const line = (cells: ReadonlyArray<string>): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`

const tableOf = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [
  line(head),
  line(head.map(() => "---")).replaceAll(" ", ""),
  ...rows.map(line)
]

/** The page `docs/providers.md`, from `data/providers.json` and the classes. */
export const page = async (): Promise<string> => {
  const known = [...knownProviders, ...knownServices].toSorted((a, b) => (a.definition.id < b.definition.id ? -1 : 1))
  const classes = await Promise.all(
    known.map(async (provider) => {
      const definition = provider.definition as Definition
      const row = table.providers[definition.id]
      if (row === undefined) throw new Error(`data/providers.json has no row ${definition.id}`)
      const protocol = Effect.isEffect(definition.protocol)
        ? await Effect.runPromise(definition.protocol)
        : definition.protocol
      const can = capabilities.filter(([name]) => name in provider).map(([, capability]) => capability)
      return [
        `\`${definition.id}\``,
        `\`${(provider as unknown as { readonly name: string }).name}\``,
        protocol.id === "no-chat" ? "" : protocol.id,
        `\`${addressOf(definition)}\``,
        settingsOf(definition),
        can.join(", "),
        [quirksOf(definition), row.note ?? ""].filter(Boolean).join("; "),
        sourcesOf(row)
      ]
    })
  )
  const rows = ids.map((id) => {
    const definition = definitionOf(id) as unknown as Definition
    const row = table.providers[id]
    if (row === undefined) throw new Error(`data/providers.json has no row ${id}`)
    return [
      `\`${id}\``,
      row.name,
      definition.headers === undefined ? "openai-chat" : "anthropic-messages",
      `\`${addressOf(definition)}\``,
      settingsOf(definition),
      [quirksOf(definition), row.note ?? ""].filter(Boolean).join("; "),
      sourcesOf(row)
    ]
  })
  return [
    "# Providers",
    "",
    "Generated by `npm run docs:providers` from `data/providers.json` and the classes; do not edit it by hand.",
    "",
    `${classes.length + rows.length} providers, last checked ${table.checked}. Every key and base URL is a setting:`,
    "settings are read in the order listed, and `<ID>_BASE_URL` replaces the base URL. A `{name}` in a base URL is filled in from the",
    "setting of that name. Quirks are how a provider differs on the wire; `OpenAiChatQuirks` documents each one, and `compatible` and",
    "`local` stand for `OpenAiCompatible.compatibleQuirks` and `localQuirks`.",
    "",
    "## Classes",
    "",
    "Import a class from its own path (`effect-llm/providers/Groq`); a class that you do not import costs nothing. There is one more",
    "class, `ClaudeCli`, which runs the `claude` command and has no base URL.",
    "",
    ...tableOf(["id", "class", "protocol", "base URL", "settings", "capabilities", "quirks", "source"], classes),
    "",
    "## Rows",
    "",
    "`Registry` resolves `novita/model` for every row whose key is set. To make a row into a service of your own:",
    "",
    "```ts",
    'import * as ProviderTable from "effect-llm/providers/ProviderTable"',
    "",
    'class Novita extends ProviderTable.Service<Novita>()("novita") {}',
    "```",
    "",
    ...tableOf(["id", "name", "protocol", "base URL", "settings", "quirks", "source"], rows),
    "",
    "## Sources",
    "",
    ...Object.entries(table.sources).map(([key, { name, url }]) => `- ${key}: [${name}](${url})`),
    ""
  ].join("\n")
}

if (process.argv[1] === import.meta.filename) writeFileSync(path, await page())
