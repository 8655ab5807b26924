import media from "../../data/tokens-media.json" with { type: "json" }
import table from "../../data/tokens.json" with { type: "json" }
import type { ChatRule } from "./chat/ChatRule.ts"
import type { EncodingName } from "./Encoding.ts"
import type { ImageRule } from "./media/ImageRule.ts"
import type { MediaRule } from "./media/MediaRule.ts"

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
