import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Batch, BatchItem, BatchResult } from "../domain/Batch.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import { check, make as makeRequest } from "../domain/ChatRequest.ts"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { BatchAnswer, BatchProtocol } from "../protocols/batches/BatchProtocol.ts"
import type { CallProtocol } from "../protocols/CallProtocol.ts"
import { poll } from "./Polling.ts"
import type { Provider } from "./Provider.ts"

/** The requests of a new batch, all of one model. */
export interface NewBatch {
  readonly model: string
  readonly items: ReadonlyArray<BatchItem>
  /** Kept with the batch, where the provider has that. */
  readonly metadata?: { readonly [name: string]: string } | undefined
}

/** The batches that a provider works on. */
export interface BatchStore<out R> {
  readonly create: (batch: NewBatch) => Effect.Effect<Batch, ProviderError, R>
  readonly get: (id: string) => Effect.Effect<Batch, ProviderError, R>
  /** All batches, asked for page by page as they are read. */
  readonly list: (query?: { readonly limit?: number | undefined }) => Stream.Stream<Batch, ProviderError, R>
  /** What is not answered yet will not be. */
  readonly cancel: (id: string) => Effect.Effect<Batch, ProviderError, R>
  /**
   * Asks again as the schedule says (after 5 seconds, then less and less often up to once a minute) until the batch has
   * ended; a schedule that ends before gives the batch as it then is.
   */
  readonly wait: (id: string, schedule?: Schedule.Schedule<unknown, Batch>) => Effect.Effect<Batch, ProviderError, R>
  /** What became of each request: as it comes, or in this order of names, in which none is missing. */
  readonly results: (
    batch: string | Batch,
    order?: ReadonlyArray<string>
  ) => Stream.Stream<BatchResult, ProviderError, R>
  /** Creates a batch, waits for it and gives the results in the order of the requests. An interrupt does not cancel it. */
  readonly run: (
    batch: NewBatch,
    schedule?: Schedule.Schedule<unknown, Batch>
  ) => Stream.Stream<BatchResult, ProviderError, R>
}

/** What stands in errors in the place of a model. */
const subject = "batches"

/** Makes the store of a provider. */
export const make = <Self>(
  provider: Effect.Effect<Provider, ProviderError, Self> & {
    readonly definition: { readonly id: string; readonly rows?: string | undefined }
  },
  loading: BatchProtocol | Effect.Effect<BatchProtocol>
): BatchStore<Self> => {
  const protocol = Effect.isEffect(loading) ? loading : Effect.succeed(loading)
  const { id: name, rows = name } = provider.definition
  const ask = <Request extends CallRequest, A>(
    protocol: CallProtocol<Request, BatchAnswer<A>>,
    request: NoInfer<Request>,
    model = subject
  ): Effect.Effect<A, ProviderError, Self> =>
    Effect.flatMap(provider, ({ ask, id }) =>
      ask === undefined
        ? Effect.die(`the service of ${id} answers chats only`)
        : Effect.map(ask(protocol, model, request), ({ value }) => value)
    )
  const get = (batch: string) => Effect.flatMap(protocol, (protocol) => ask(protocol.get, { batch }))

  const create: BatchStore<Self>["create"] = ({ items, metadata, model }) =>
    Effect.gen(function* () {
      const problem = problemOf(items)
      if (problem !== undefined) {
        return yield* Effect.fail(new InvalidRequestError({ provider: name, model, ...problem }))
      }
      const { create, upload } = yield* protocol
      const named = items.map(({ request }, index) => ({
        customId: nameOf(items, index),
        request: makeRequest(request)
      }))
      const request = { items: named, metadata }
      const file = upload === undefined ? undefined : yield* ask(upload, request, model)
      return yield* ask(create, { ...request, file }, model)
    })

  const wait: BatchStore<Self>["wait"] = (id, schedule) => poll(get(id), ({ state }) => state === "running", schedule)

  const results: BatchStore<Self>["results"] = (batch, order) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const known = typeof batch === "string" ? yield* get(batch) : batch
        const { read } = yield* Effect.promise(() => import("./BatchResults.ts"))
        return read(yield* provider, rows, yield* protocol, known, order)
      })
    )

  return {
    create,
    get,
    list: (query = {}) =>
      Stream.paginate(undefined as string | undefined, (after) =>
        Effect.map(
          Effect.flatMap(protocol, ({ list }) => ask(list, { ...query, after })),
          ({ batches, next }) => [batches, Option.fromNullishOr(next)] as const
        )
      ),
    cancel: (batch) => Effect.flatMap(protocol, ({ cancel }) => ask(cancel, { batch })),
    wait,
    results,
    run: (batch, schedule) => {
      const asked = `${name}/${batch.model}`
      const order = batch.items.map((_, index) => nameOf(batch.items, index))
      const ended = Effect.flatMap(create(batch), ({ id }) => wait(id, schedule))
      return Stream.map(Stream.unwrap(Effect.map(ended, (batch) => results(batch, order))), ({ customId, result }) => ({
        customId,
        result: Result.map(result, (response) =>
          response.with({ attempts: [{ model: asked, duration: Duration.zero }] })
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
    if (names.has(name))
      return { at: `items[${index}]`, detail: `there are two requests named ${JSON.stringify(name)}` }
    names.add(name)
    const wrong = check(items[index]?.request)
    if (wrong !== undefined) {
      const at = `items[${index}].request${wrong.at === undefined ? "" : `.${wrong.at}`}`
      return { at, detail: wrong.detail ?? wrong.message }
    }
  }
  return undefined
}
