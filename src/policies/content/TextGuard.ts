import * as Effect from "effect/Effect"
import type { GuardrailError } from "../../domain/ChatResponse.ts"
import { record } from "../Decision.ts"
import type { Gates } from "./GatedEvents.ts"
import { decide, type Judging, type Rejection, rejectionOf, type Rewriting } from "./Judging.ts"
import { mapTexts, textsOf } from "./Texts.ts"
import { type Edit, edited, type View, Windows } from "./Windows.ts"

/** Where the text that a guard sees comes from. */
export interface TextView extends View {
  readonly at: "request" | "response"
}

export type TextVerdict = undefined | Rejection | Rewriting<string> | ReadonlyArray<Edit>

export interface TextCheck<out R = never> {
  (text: string, view: TextView): TextVerdict | Effect.Effect<TextVerdict, unknown, R>
}

/** The edits that a guard wants in a text; fails where it rejects it. */
const inspect = Effect.fnUntraced(function* <R>(
  judging: Judging,
  check: TextCheck<R>,
  text: string,
  view: View
): Effect.fn.Return<ReadonlyArray<Edit>, GuardrailError, R> {
  const { at, guard } = judging
  const verdict = yield* decide(judging, () => check(text, { ...view, at }))
  if (verdict === undefined) return noEdits
  if (!("_tag" in verdict)) {
    const isRewriting = verdict.some((edit) => edit.text !== text.slice(edit.start, edit.end))
    if (isRewriting) yield* record({ type: "guard-rewrote", guard, at })
    return verdict
  }
  if (verdict._tag === "Reject") return yield* rejectionOf(judging, verdict.reason)
  if (verdict.value === text) return noEdits
  yield* record({ type: "guard-rewrote", guard, at })
  return [{ start: 0, end: text.length, text: verdict.value }]
})

const noEdits: ReadonlyArray<Edit> = []

/** How many texts of a conversation are judged at a time, possibly by a model. */
const mostAtOnce = 8

const wholeText: View = { before: "", isLast: true }

/** A request, response or part whose every text has passed; the same object where none was rewritten. */
export const guardTexts = Effect.fnUntraced(function* <A extends object, R>(
  judging: Judging,
  check: TextCheck<R>,
  value: A
): Effect.fn.Return<A, GuardrailError, R> {
  const rewritten = new Map<string, string>()
  const inspectOne = (text: string) =>
    Effect.map(inspect(judging, check, text, wholeText), (edits) => {
      if (edits.length > 0) rewritten.set(text, edited(text, edits))
    })
  yield* Effect.forEach(new Set(textsOf(value)), inspectOne, { concurrency: mostAtOnce, discard: true })
  return rewritten.size === 0 ? value : mapTexts(value, (text) => rewritten.get(text) ?? text)
})

/** Gates through which the texts of a stream pass in windows of twice `size` characters. */
export const gatesOf = <R>(judging: Judging, check: TextCheck<R>, size: number): Gates<GuardrailError, R> => ({
  open: () => new Windows(size, (text, view) => inspect(judging, check, text, view)),
  whole: (value) => guardTexts(judging, check, value)
})
