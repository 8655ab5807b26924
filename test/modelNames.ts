/** Finds models in text whose maker has announced an end that is near. */
import type { CatalogModel } from "../src/catalog/CatalogModel.ts"

/** A bare name in a page means the maker's model; at anyone else a model is written `provider/model`. */
const makers = new Set(["openai", "anthropic", "google", "mistral", "cohere", "xai", "deepseek", "voyageai"])

/** Whether the model is gone, or will be within `days` of `date` (`YYYY-MM-DD`). */
const endsSoon = ({ deprecated }: Pick<CatalogModel, "deprecated">, date: string, days: number): boolean => {
  const limit = new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10)
  return typeof deprecated === "string" ? deprecated <= limit : deprecated === true
}

/** The parts of a text that name models for use: code, and what stands in quotes or backticks. */
const named = (text: string): string => {
  const code = text.match(/^```[^]*?^```/gm) ?? []
  const quoted = text.replace(/^```[^]*?^```/gm, "").match(/"[^"\n]+"|`[^`\n]+`/g) ?? []
  return [...code, ...quoted].join("\n")
}

/** The names of the models that end within `days` of `date`, in lower case. */
export const endingNames = (
  models: ReadonlyArray<Pick<CatalogModel, "provider" | "id" | "aliases" | "deprecated">>,
  { date, days }: { readonly date: string; readonly days: number }
): ReadonlySet<string> =>
  new Set(
    models
      .filter((model) => endsSoon(model, date, days))
      .flatMap(({ aliases, id, provider }) =>
        [id, ...aliases].flatMap((name) =>
          // A name without a digit may be a word of the language.
          /\d/.test(name) && makers.has(provider) ? [name, `${provider}/${name}`] : [`${provider}/${name}`]
        )
      )
      .map((name) => name.toLowerCase())
  )

/** Which of the names are in `text`. Code is read whole, of prose what is quoted. */
export const namesIn = (
  text: string,
  names: ReadonlySet<string>,
  { isCode }: { readonly isCode: boolean }
): ReadonlyArray<string> => {
  const read = isCode ? text : named(text)
  // Words as models are named, also `provider/model`, without the full stop or colon that ends a phrase.
  const words = read.match(/[\w.:@/-]+/g) ?? []
  return [...new Set(words.map((word) => word.replace(/[.:/-]+$/, "").toLowerCase()))].filter((word) => names.has(word))
}
