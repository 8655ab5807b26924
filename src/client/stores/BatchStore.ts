import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Batch, BatchItem, BatchResult } from "../../domain/Batch.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Streaming } from "../../domain/Capability.ts"
import { check, make as makeRequest } from "../../domain/ChatRequest.ts"
import { InvalidRequestError } from "../../domain/CallErrors.ts"
import { ResponseParseError, ServerError, TimeoutError } from "../../domain/ChatResponse.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { BatchProtocol, ItemResult, ResultEvent, ResultsPlace } from "../../protocols/batches/BatchProtocol.ts"
import type { ValueResponse } from "../../protocols/wire/ValueCall.ts"
import type { CallProtocol, ExchangeOf } from "../../protocols/Protocol.ts"
import { toError } from "../Call.ts"
import * as Pages from "./Pages.ts"
import { poll } from "./Polling.ts"
import { callsBy, type Provider } from "../Provider.ts"

/** A new batch: requests to one model. */
export interface NewBatch {
  readonly model: string
  readonly items: ReadonlyArray<BatchItem>
  /** Stored with the batch, if the provider supports it. */
  readonly metadata?: { readonly [name: string]: string } | undefined
}

/** A new batch whose requests are in a file that the provider keeps already, in the provider's own words. */
export interface BatchFromFile extends Pick<CallRequest, "providerOptions"> {
  /** The id of the file. */
  readonly file: string
  /** The path that its requests are for. Default: that of chats. */
  readonly endpoint?: string | undefined
  readonly metadata?: { readonly [name: string]: string } | undefined
}

/** The batches of a provider. */
export interface BatchStore<out R> {
  readonly create: (batch: NewBatch) => Effect.Effect<Batch, ProviderError, R>
  /** The same of a file that was uploaded; fails with `InvalidRequestError` where the provider takes no files for that. */
  readonly createFromFile: (batch: BatchFromFile) => Effect.Effect<Batch, ProviderError, R>
  readonly get: (id: string) => Effect.Effect<Batch, ProviderError, R>
  /** All batches; pages are requested as they are read. */
  readonly list: (query?: { readonly limit?: number | undefined }) => Stream.Stream<Batch, ProviderError, R>
  /** Requests without a response by then will get none. */
  readonly cancel: (id: string) => Effect.Effect<Batch, ProviderError, R>
  /**
   * Polls until the batch has ended: by default after 5 seconds, then ever less often, up to once a minute. If the
   * schedule ends first, returns the batch as it is then.
   */
  readonly wait: (id: string, schedule?: Schedule.Schedule<unknown, Batch>) => Effect.Effect<Batch, ProviderError, R>
  /** The result of each request: as they arrive, or complete and in this order of ids. */
  readonly results: (
    batch: string | Batch,
    order?: ReadonlyArray<string>
  ) => Stream.Stream<BatchResult, ProviderError, R>
  /**
   * Creates a batch, waits for it and returns the results in the order of the requests. An interrupt does not cancel
   * the batch.
   */
  readonly run: (
    batch: NewBatch,
    schedule?: Schedule.Schedule<unknown, Batch>
  ) => Stream.Stream<BatchResult, ProviderError, R>
}

/** The subject of errors, in place of a model. */
const subject = "batches"

export const make = <Self>(
  provider: Effect.Effect<Provider, ProviderError, Self> & {
    readonly definition: { readonly id: string; readonly rows?: string | undefined }
  },
  loading: BatchProtocol | Effect.Effect<BatchProtocol>
): BatchStore<Self> => {
  const protocol = Effect.isEffect(loading) ? loading : Effect.succeed(loading)
  const { id: name, rows = name } = provider.definition
  const send = <Request extends CallRequest, A>(
    protocol: CallProtocol<Request, ValueResponse<A>>,
    request: NoInfer<Request>,
    model = subject
  ): Effect.Effect<A, ProviderError, Self> =>
    Effect.flatMap(provider, (provider) =>
      Effect.map(
        callsBy<ExchangeOf<Request, ValueResponse<A>>>(provider, protocol).generate(model, request),
        ({ value }) => value
      )
    )
  const get = (batch: string) => Effect.flatMap(protocol, (protocol) => send(protocol.get, { batch }))

  const create: BatchStore<Self>["create"] = ({ items, metadata, model }) =>
    Effect.gen(function* () {
      const problem = problemOf(items)
      if (problem !== undefined) {
        return yield* Effect.fail(new InvalidRequestError({ provider: name, model, ...problem }))
      }
      const { create, upload } = yield* protocol
      const namedItems = items.map(({ request }, index) => ({
        customId: nameOf(items, index),
        request: makeRequest(request)
      }))
      const request = { items: namedItems, metadata }
      const file = upload === undefined ? undefined : yield* send(upload, request, model)
      return yield* send(create, { ...request, file }, model)
    })

  const createFromFile: BatchStore<Self>["createFromFile"] = (batch) =>
    Effect.flatMap(protocol, ({ create, upload }) =>
      upload === undefined
        ? Effect.fail(
            new InvalidRequestError({ provider: name, model: subject, detail: `${name} makes no batches from files` })
          )
        : send(create, { ...batch, items: [] })
    )

  const wait: BatchStore<Self>["wait"] = (id, schedule) => poll(get(id), ({ state }) => state === "running", schedule)

  const results: BatchStore<Self>["results"] = (batch, order) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const known = typeof batch === "string" ? yield* get(batch) : batch
        return resultsOf(yield* provider, rows, yield* protocol, known, order)
      })
    )

  return {
    create,
    createFromFile,
    get,
    list: (query = {}) =>
      Pages.read({ provider: name, model: subject }, (after) =>
        Effect.map(
          Effect.flatMap(protocol, ({ list }) => send(list, { ...query, after })),
          ({ batches, next }) => ({ items: batches, next })
        )
      ),
    cancel: (batch) => Effect.flatMap(protocol, ({ cancel }) => send(cancel, { batch })),
    wait,
    results,
    run: (batch, schedule) => {
      const modelId = `${name}/${batch.model}`
      const order = batch.items.map((_, index) => nameOf(batch.items, index))
      const ended = Effect.flatMap(create(batch), ({ id }) => wait(id, schedule))
      return Stream.map(Stream.unwrap(Effect.map(ended, (batch) => results(batch, order))), ({ customId, result }) => ({
        customId,
        result: Result.map(result, (response) =>
          response.with({ attempts: [{ model: modelId, duration: Duration.zero }] })
        )
      }))
    }
  }
}

const nameOf = (items: ReadonlyArray<BatchItem>, index: number): string => items[index]?.customId ?? String(index)

const problemOf = (items: ReadonlyArray<BatchItem>): { readonly at: string; readonly detail: string } | undefined => {
  if (items.length === 0) return { at: "items", detail: "there are no requests" }
  const names = new Set<string>()
  for (const index of items.keys()) {
    const name = nameOf(items, index)
    if (names.has(name)) return { at: `items[${index}]`, detail: `two requests have the id ${JSON.stringify(name)}` }
    names.add(name)
    const wrong = check(items[index]?.request)
    if (wrong !== undefined) {
      const at = `items[${index}].request${wrong.at === undefined ? "" : `.${wrong.at}`}`
      return { at, detail: wrong.detail ?? wrong.message }
    }
  }
  return undefined
}

/** Providers give up after at most this long. */
const window = Duration.hours(24)

/** Reads the results of a batch that has ended; failures become errors by the provider's rows. */
const resultsOf = (
  provider: Provider,
  rows: string,
  protocol: BatchProtocol,
  batch: Batch,
  order: ReadonlyArray<string> | undefined
): Stream.Stream<BatchResult, ProviderError> => {
  const { id, rawState, state } = batch
  if (state === "running") {
    const detail = `the batch ${id} has not ended yet: ${rawState ?? "it is still running"}`
    return Stream.fail(new InvalidRequestError({ provider: provider.id, model: subject, detail }))
  }
  const redacted = <A>(value: A): A => (provider.redact === undefined ? value : (provider.redact(value) as A))
  const results = Stream.mapEffect(itemsOf(provider, protocol, batch), ({ customId, result }) =>
    Effect.map(Clock.currentTimeMillis, (now): BatchResult => {
      if (result === "expired" || result === "canceled") {
        return { customId, result: Result.fail(notProcessed(provider.id, result)) }
      }
      const decoded = Result.mapError(result, (failure): ProviderError => {
        if (failure._tag !== "ProviderFailure") {
          const { cause, detail, frame } = failure
          return new ResponseParseError({
            provider: provider.id,
            model: subject,
            ...redacted({ cause, detail, frame })
          })
        }
        const call = { provider: provider.id, rows, model: subject, secrets: [], decodeError: () => redacted(failure) }
        return toError(call, { status: failure.status ?? 200, headers: Headers.empty }, redacted(failure), now)
      })
      return {
        customId,
        result: Result.map(decoded, (response) =>
          response.with({ provider: provider.id, warnings: redacted(response.warnings) })
        )
      }
    })
  )
  return order === undefined ? allOf(results, provider.id, batch) : inOrder(results, order, missing(provider.id, batch))
}

/** Fails at the end if a completed batch has fewer results than requests, or a failed one has none. */
const allOf = <R>(
  results: Stream.Stream<BatchResult, ProviderError, R>,
  provider: string,
  { counts: { total = 0 }, errors, id, state }: Batch
): Stream.Stream<BatchResult, ProviderError, R> =>
  Stream.suspend(() => {
    let count = 0
    const counted = Stream.map(results, (result) => {
      count++
      return result
    })
    const rest = Stream.suspend(() => {
      const isWhole = state === "failed" ? count > 0 : state !== "completed" || count >= total
      const detail = errors.join("; ") || `the batch ${id} has results for only ${count} of its ${total} requests`
      return isWhole ? Stream.empty : Stream.fail(new ServerError({ provider, model: subject, detail }))
    })
    return Stream.concat(counted, rest)
  })

const itemsOf = (
  provider: Provider,
  { held, results }: BatchProtocol,
  batch: Batch
): Stream.Stream<ItemResult, ProviderError> => {
  const inline = held?.(batch, { provider: provider.id })
  if (inline !== undefined) return Stream.fromIterable(inline)
  return Stream.flatMap(Stream.fromIterable(batch.results), (place) =>
    Stream.flatMap(callsBy<Results>(provider, results).stream(subject, { place }, streaming), (event) =>
      event.type === "result" ? Stream.succeed(event.item) : Stream.empty
    )
  )
}

type Results = ExchangeOf<ResultsPlace, ValueResponse<void>, ResultEvent>

const streaming: Streaming<Results> = {
  isContent: ({ type }) => type === "result",
  isObservable: false,
  mayBeEmpty: () => true,
  makeFold: () => ({ add: () => {}, response: () => undefined })
}

const notProcessed = (provider: string, why: "expired" | "canceled"): ProviderError =>
  why === "expired"
    ? new TimeoutError({ provider, phase: "total", duration: window, code: why })
    : new ServerError({ provider, code: why, detail: "the batch was canceled before this request was processed" })

const missing = (provider: string, { errors, id, state }: Batch): ProviderError =>
  state === "expired" || state === "canceled"
    ? notProcessed(provider, state)
    : new ServerError({ provider, detail: errors.join("; ") || `the batch ${id} has no result for this request` })

/** Holds back results that arrive before their predecessors. */
const inOrder = <E, R>(
  results: Stream.Stream<BatchResult, E, R>,
  order: ReadonlyArray<string>,
  missing: ProviderError
): Stream.Stream<BatchResult, E, R> =>
  Stream.suspend(() => {
    const pending = new Map<string, BatchResult>()
    let next = 0
    const ready = (): ReadonlyArray<BatchResult> => {
      const found: Array<BatchResult> = []
      for (;;) {
        const result = pending.get(order[next] ?? "")
        if (next >= order.length || result === undefined) return found
        pending.delete(result.customId)
        found.push(result)
        next++
      }
    }
    const inTime = Stream.flatMap(results, (result) => {
      pending.set(result.customId, result)
      return Stream.fromIterable(ready())
    })
    const rest = Stream.suspend(() =>
      Stream.fromIterable(
        order.slice(next).map((customId) => pending.get(customId) ?? { customId, result: Result.fail(missing) })
      )
    )
    return Stream.concat(inTime, rest)
  })
