import * as Cost from "effect-llm/catalog/Cost"
import * as Money from "effect-llm/catalog/Money"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import { ChatFold } from "effect-llm/domain/ChatFold"
import { ChatResponse } from "effect-llm/domain/ChatResponse"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Quantity from "../terminal/Quantity.ts"
import { plain } from "../terminal/Text.ts"

const textOf = (event: ChatEvent): string =>
  event.type === "text-delta" || event.type === "refusal-delta" ? event.delta : ""

/** Writes a response to stdout as it arrives, unless `silent`, and returns the whole response. */
export const showResponse = Effect.fnUntraced(function* <E, R>(
  events: Stream.Stream<ChatEvent, E, R>,
  silent: boolean
): Effect.fn.Return<ChatResponse, E | PlatformError, R | Stdio.Stdio> {
  const stdio = yield* Stdio.Stdio
  const clean = (yield* stdio.stdoutIsTerminal) ? plain : (text: string) => text
  const fold = new ChatFold()
  let lastText = ""
  const texts = events.pipe(
    Stream.map((event) => {
      fold.add(event)
      const text = silent ? "" : clean(textOf(event))
      lastText = text === "" ? lastText : text
      return text
    }),
    Stream.filter((text) => text !== "")
  )
  const endLine = Effect.suspend(() => (lastText === "" || lastText.endsWith("\n") ? Effect.void : Console.log("")))
  yield* Effect.ensuring(Stream.run(texts, stdio.stdout({ endOnDone: false })), endLine)
  return new ChatResponse(fold.fields())
})

/** Usage, cost and duration of a response, in one line. */
export const summaryLine = (model: string, { cost, finishReason, timings, usage }: ChatResponse): string => {
  const count = (tokens: number | undefined) => (tokens === undefined ? "?" : Quantity.format(tokens))
  const { cacheRead = 0 } = usage.inputTokens
  const cached = cacheRead === 0 ? "" : ` (${count(cacheRead)} cached)`
  const totalMillis = millisOf(timings?.total)
  return [
    model,
    `${count(usage.inputTokens.total)} tokens in${cached}, ${count(usage.outputTokens.total)} out`,
    cost === undefined
      ? undefined
      : cost._tag === "Priced"
        ? Money.format(cost.total)
        : `cost unknown: ${Cost.formatReason(cost.reason)}`,
    totalMillis === undefined ? undefined : `${(totalMillis / 1000).toFixed(1)} s`,
    finishReason === "stop" ? undefined : `finish reason: ${finishReason}`
  ]
    .filter((part) => part !== undefined)
    .join(" · ")
}

const millisOf = (duration: Duration.Duration | undefined): number | undefined =>
  duration === undefined ? undefined : Duration.toMillis(duration)

const costOf = (cost: Cost.Cost | undefined): unknown => (cost === undefined ? undefined : encode(cost))

const encode = Schema.encodeSync(Schema.toCodecJson(Cost.Cost))

/** A response as JSON. Amounts are decimal strings in US dollars, durations are in milliseconds. */
export const responseJson = (response: ChatResponse): unknown => {
  const { attempts, content, cost, finishReason, id, model, provider, requestId, timings, usage, warnings } = response
  const { raw: _, ...counts } = usage
  return {
    text: response.text,
    model,
    provider,
    id,
    requestId,
    finishReason,
    content,
    usage: counts,
    cost: costOf(cost),
    firstTokenMillis: millisOf(timings?.firstToken),
    totalMillis: millisOf(timings?.total),
    attempts: attempts.map(({ cost, duration, error, model }) => ({
      model,
      error: error?._tag,
      millis: millisOf(duration),
      cost: costOf(cost)
    })),
    warnings
  }
}
