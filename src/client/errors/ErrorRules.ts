import table from "../../../data/errors.json" with { type: "json" }
import type { ProviderFailure } from "../../protocols/Protocol.ts"

/** The tags in the table. */
export type Tag = (typeof table)["otherwise"]["4xx"]

type Row = (typeof table)["providers"][string][number]
type TextRow = (typeof table)["text"][number]
type Refusal = (typeof table)["unsupported"][string][number]

/** The table's verdict on an error response. */
export interface Verdict {
  readonly tag: Tag
  /** Set if not even the status has a row. */
  readonly isGuess?: true
  readonly limit?: number | undefined
  readonly asked?: number | undefined
  readonly kind?: string | undefined
  readonly parameter?: string | undefined
}

/** An error response. `message` and `raw`, the whole body as text, are clipped to what a pattern may read. */
export interface Evidence {
  /** The provider whose rows apply. */
  readonly rows: string
  readonly model: string
  readonly status: number
  readonly failure: ProviderFailure
  readonly message: string
  readonly raw: () => string
}

/** Judges by the provider's rows, the rows of every provider and the status; where these are vague, by the text. */
export const judge = (evidence: Evidence): Verdict => {
  const { failure, message, rows, status } = evidence
  const row = rowOf(failure, status, rows)
  const isOpen = row === undefined || row.broad === true
  const text = textRowOf(evidence, row)
  if (text !== undefined && (isOpen || text.tag === row.tag)) {
    return {
      tag: text.tag,
      limit: tokensIn(text.limit, message),
      asked: tokensIn(text.asked, message),
      kind: capture(text.kind, message)?.toLowerCase().replace(" ", "-")
    }
  }
  const matching = isOpen ? refusals.filter((rule) => isRefusal(rule, message, status)) : []
  if (matching.length > 0 || row?.tag === "UnsupportedParameterError") {
    return { tag: "UnsupportedParameterError", parameter: parameterOf(failure, message, matching) }
  }
  if (status === 404 && isOpen && !namesModel(message, evidence.model)) return { tag: "EndpointNotFoundError" }
  return row === undefined ? byStatus(status) : { tag: row.tag }
}

const rowOf = (failure: ProviderFailure, status: number, provider: string): Row | undefined => {
  const holds = (row: Row) =>
    (row.status === undefined || row.status === status) &&
    (row.code === undefined || row.code === failure.code) &&
    (row.type === undefined || row.type === failure.type) &&
    (row.param === undefined || row.param === failure.param)
  return rowsOf(provider).find(holds) ?? rowsOf("openai-compatible").find(holds)
}

const rowsOf = (provider: string): ReadonlyArray<Row> =>
  Object.hasOwn(table.providers, provider) ? (table.providers[provider] ?? []) : []

const byStatus = (status: number): Verdict => {
  const row = table.status.find((row) => row.status === status)
  if (row !== undefined) return { tag: row.tag }
  return { tag: table.otherwise[status >= 500 ? "5xx" : status >= 400 ? "4xx" : "none"], isGuess: true }
}

/** The text refines a broad row, and adds numbers to a row of the same tag. */
const textRowOf = ({ message, raw, rows, status }: Evidence, row: Row | undefined): TextRow | undefined =>
  table.text.find(
    (text) =>
      (text.provider === undefined || text.provider === rows) &&
      isAmong(status, text.status) &&
      (row === undefined || row.broad === true || row.tag === text.tag) &&
      expression(text.pattern).test(text.in === "body" ? raw() : message)
  )

const isAmong = (status: number, statuses: ReadonlyArray<number> | undefined): boolean =>
  statuses === undefined || status === 200 || statuses.includes(status)

/** The statuses of a rejected parameter, unless a rule says otherwise. */
const refusalStatuses = [400, 422, 501]

/** Providers pass on each other's messages, so every rule applies to all. */
const refusals: ReadonlyArray<Refusal> = Object.values(table.unsupported).flat()

const isRefusal = ({ pattern, status: statuses = refusalStatuses }: Refusal, message: string, status: number) =>
  isAmong(status, statuses) && expression(pattern).test(message)

/** The rejected parameter, by our name for it if there is one. */
const parameterOf = (
  { param }: ProviderFailure,
  message: string,
  matching: ReadonlyArray<Refusal>
): string | undefined => {
  const [first, ...others] = matching.map((rule) => rule.parameter ?? capture(rule.param, message))
  const wireName = first ?? param ?? others.find((name) => name !== undefined) ?? capture(anyParameter, message)
  if (wireName === undefined) return undefined
  const name = wireName.replace(/^(?:body|generationConfig|inferenceConfig|additionalModelRequestFields)\./, "")
  const ownName = [name, name.replace(/[.[].*$/s, "")].find((name) => Object.hasOwn(table.parameters, name))
  return ownName === undefined ? name : table.parameters[ownName]
}

/** A quoted name with an underscore or camel case, or one after the word "parameter". */
const anyParameter =
  "(?:parameters?|argument|field|property|value)s?:? ['\"`]?([a-z]\\w*(?:[._]\\w+)*)|['\"`]([a-z]+(?:[._A-Z]\\w*)+)['\"`]"

/** A 404 is about the model if it says so, else about the URL. */
const namesModel = (message: string, model: string): boolean =>
  /\b(?:models?|deployments?|engines?)\b/i.test(message) || (model.length > 3 && message.includes(model))

const expressions = new Map<string, RegExp>()

const expression = (pattern: string): RegExp => {
  const cached = expressions.get(pattern)
  if (cached !== undefined) return cached
  const compiled = new RegExp(pattern, "i")
  expressions.set(pattern, compiled)
  return compiled
}

/** The text of the first group that matched. */
export const capture = (pattern: string | undefined, text: string): string | undefined =>
  pattern === undefined
    ? undefined
    : expression(pattern)
        .exec(text)
        ?.slice(1)
        .find((group) => group !== undefined)

const tokensIn = (pattern: string | undefined, text: string): number | undefined => {
  const found = capture(pattern, text)
  if (found === undefined) return undefined
  const sum = found.split("+").reduce((total, part) => total + Number(part.replaceAll(/[,\s]/g, "")), 0)
  return Number.isSafeInteger(sum) ? sum : undefined
}
