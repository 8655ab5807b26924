import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Batch, BatchResult } from "../domain/Batch.ts"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import { ResponseParseError } from "../domain/errors/ResponseParseError.ts"
import { ServerError } from "../domain/errors/ServerError.ts"
import { TimeoutError } from "../domain/errors/TimeoutError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { BatchProtocol, ItemResult } from "../protocols/batches/BatchProtocol.ts"
import { failed } from "./Call.ts"
import type { Provider } from "./Provider.ts"

const model = "batches"

/** After this providers give up: none has a longer window. */
const window = Duration.hours(24)

/**
 * Reads the results of a batch that has ended, each failure as the error that it is by the rows of the provider.
 */
export const read = (
  provider: Provider,
  rows: string,
  protocol: BatchProtocol,
  batch: Batch,
  order: ReadonlyArray<string> | undefined
): Stream.Stream<BatchResult, ProviderError> => {
  const { id, rawState, state } = batch
  if (state === "running") {
    const detail = `the batch ${id} has not ended: ${rawState ?? "it is running"}`
    return Stream.fail(new InvalidRequestError({ provider: provider.id, model, detail }))
  }
  const clean = <A>(value: A): A => (provider.redact === undefined ? value : (provider.redact(value) as A))
  const typed = Stream.mapEffect(told(provider, protocol, batch), ({ customId, result }) =>
    Effect.map(Clock.currentTimeMillis, (now): BatchResult => {
      if (result === "expired" || result === "canceled") {
        return { customId, result: Result.fail(unanswered(provider.id, result)) }
      }
      const answer = Result.mapError(result, (failure): ProviderError => {
        if (failure._tag !== "ProviderFailure") {
          const { cause, detail, frame } = failure
          return new ResponseParseError({ provider: provider.id, model, ...clean({ cause, detail, frame }) })
        }
        const call = { provider: provider.id, rows, model, secrets: [], decodeError: () => clean(failure) }
        return failed(call, { status: failure.status ?? 200, headers: Headers.empty }, clean(failure), now)
      })
      return {
        customId,
        result: Result.map(answer, (response) =>
          response.with({ provider: provider.id, warnings: clean(response.warnings) })
        )
      }
    })
  )
  return order === undefined ? typed : inOrder(typed, order, missing(provider.id, batch))
}

const told = (
  provider: Provider,
  { held, results }: BatchProtocol,
  batch: Batch
): Stream.Stream<ItemResult, ProviderError> => {
  const own = held?.(batch, { provider: provider.id })
  if (own !== undefined) return Stream.fromIterable(own)
  return Stream.flatMap(Stream.fromIterable(batch.results), (place) =>
    Stream.flatMap(provider.askStream?.(results, model, { place }) ?? Stream.empty, (event) =>
      event.type === "result" ? Stream.succeed(event.item) : Stream.empty
    )
  )
}

const unanswered = (provider: string, why: "expired" | "canceled"): ProviderError =>
  why === "expired"
    ? new TimeoutError({ provider, phase: "total", duration: window, code: why })
    : new ServerError({ provider, code: why, detail: "the batch was canceled before this request was answered" })

const missing = (provider: string, { errors, id, state }: Batch): ProviderError =>
  state === "expired" || state === "canceled"
    ? unanswered(provider, state)
    : new ServerError({ provider, detail: errors.join("; ") || `the batch ${id} has no result for this request` })

/** What comes early waits for those before it. */
const inOrder = <E, R>(
  results: Stream.Stream<BatchResult, E, R>,
  order: ReadonlyArray<string>,
  missing: ProviderError
): Stream.Stream<BatchResult, E, R> =>
  Stream.suspend(() => {
    const early = new Map<string, BatchResult>()
    let next = 0
    const ready = (): ReadonlyArray<BatchResult> => {
      const found: Array<BatchResult> = []
      for (;;) {
        const result = early.get(order[next] ?? "")
        if (next >= order.length || result === undefined) return found
        early.delete(result.customId)
        found.push(result)
        next++
      }
    }
    const inTime = Stream.flatMap(results, (result) => {
      early.set(result.customId, result)
      return Stream.fromIterable(ready())
    })
    const rest = Stream.suspend(() =>
      Stream.fromIterable(
        order.slice(next).map((customId) => early.get(customId) ?? { customId, result: Result.fail(missing) })
      )
    )
    return Stream.concat(inTime, rest)
  })
