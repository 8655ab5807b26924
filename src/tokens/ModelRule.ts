import media from "../../data/tokens-media.json" with { type: "json" }
import table from "../../data/tokens.json" with { type: "json" }
import type { Message } from "../domain/Message.ts"
import type { EncodingName } from "./Encoding.ts"
import type { ImageRule } from "./media/ImageRule.ts"

/**
 * How a model's tokens are counted: its text with which encoding, times `ratio`, with
 * `fragments` and `digits` (see `TextTokenizer.Estimate`), how far off that may be (`error`, a share; 0 is exact), and
 * the rules of all else. The rows, with their sources, are `data/tokens.json` and
 * `data/tokens-media.json`.
 */
export interface ModelRule {
  readonly id: string
  readonly encoding: EncodingName
  readonly ratio: number
  readonly fragments: number
  readonly digits: boolean
  readonly error: number
  readonly source: string
  readonly chat: ChatRule
  readonly image: ImageRule
  readonly audio: MediaRule<{ readonly input: number; readonly output: number }>
  readonly video: MediaRule<{ readonly perSecond: number }>
  readonly document: MediaRule<{ readonly perPage: number }>
}

/**
 * The rule of a model, by its id with or without a provider before it (`gpt-6-luna`, `openai/gpt-6-luna`,
 * `us.anthropic.claude-opus-4-7`, `openrouter/meta-llama/llama-4-scout`). An id that no row knows has the rule `any`.
 */
export const of = (model: string): ModelRule => {
  const name = model.toLowerCase().slice(model.lastIndexOf("/") + 1)
  rules ??= table.models.map(read)
  const found = rules.find(({ pattern }) => pattern.test(name))
  return (found ?? (rules.at(-1) as Read)).rule
}

interface Read {
  readonly pattern: RegExp
  readonly rule: ModelRule
}

let rules: ReadonlyArray<Read> | undefined

/**
 * The pattern of a row. Reseller prefixes may precede a name; a row that takes any beginning does without, or a long name
 * takes for ever.
 */
export const patternOf = (match: string): RegExp =>
  new RegExp(`^${/^(?:\(\?:)?\.\*/.test(match) ? "" : "(?:[a-z-]+[.:])*"}(?:${match})`)

const read = (row: (typeof table.models)[number]): Read => ({
  pattern: patternOf(row.match),
  rule: {
    id: row.id,
    encoding: row.encoding,
    ratio: row.ratio,
    fragments: row.fragments ?? 0,
    digits: row.digits === true,
    error: row.error,
    source: row.source,
    chat: byId(table.chats, row.chat),
    image: byId(media.images, row.image),
    audio: byId(media.audio, row.audio),
    video: byId(media.video, row.video),
    document: byId(media.documents, row.document)
  }
})

/** The row with this id, or the last one. */
const byId = <Row extends { readonly id: string }>(rows: ReadonlyArray<Row>, id: string | undefined): Row =>
  rows.find((row) => row.id === id) ?? (rows.at(-1) as Row)

/**
 * What a chat has beyond its texts, in tokens:
 * - `base` once, `preamble` where no message is of the system (a default system prompt), `roles` for each message by
 *   its role (the name of the role included), `name` for each named message;
 * - `call` for each tool call, `parallel` more for a message with several, `result` for each tool result;
 * - `reasoning`: whether the reasoning of the last turn is sent (that of earlier turns never is);
 * - `thinking` where reasoning is asked for, `json` in JSON mode, `citations` where a document is to be cited;
 * - `schema`: `base` and `share` of the JSON Schema that the response must follow;
 * - `images`: for each image beside its own tokens.
 *
 * Nine of ten requests lie within `spread` tokens, besides the errors of texts, tools and media. `serverTools` is how
 * many tokens the provider's own tools may add (instructions, and what they find).
 */
export interface ChatRule {
  readonly id: string
  readonly base: number
  readonly preamble: number
  readonly roles: { readonly [role in Message["role"]]: number }
  readonly name: number
  readonly call: number
  readonly parallel: number
  readonly result: number
  readonly reasoning: boolean
  readonly thinking: number
  readonly json: number
  readonly schema: { readonly base: number; readonly share: number }
  readonly citations: number
  readonly tools: ToolsRule
  readonly spread: number
  readonly serverTools: number
}

/**
 * How tools are written out for the model: as a TypeScript namespace (`typescript`), or as JSON, dense or with the
 * spaces that Python writes, `wrapped` in `{"type": "function", "function": ...}` or not. `base` is what comes with them
 * (instructions), `required` where a call is demanded, `alone` more where there is no system message to hold them;
 * `perTool` comes with each; `error` is a share of the whole. Where `omitsEmpty`, a tool without parameters has no schema.
 */
export interface ToolsRule {
  readonly style: "typescript" | "json" | "spaced-json"
  readonly wrapped?: boolean
  readonly omitsEmpty?: boolean
  readonly base: number
  readonly required?: number
  readonly alone?: number
  readonly perTool: number
  readonly error: number
}

/** The tokens of recordings, videos or documents, with the share by which they may be off. */
export type MediaRule<Rates> = Rates & {
  readonly id: string
  readonly error: number
  readonly source: string
}
