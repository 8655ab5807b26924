import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import * as PriceFeed from "../PriceFeed.ts"
import * as PriceBook from "./PriceBook.ts"
import type { PricingStatus } from "./PriceBook.ts"
import * as PriceDownload from "./PriceDownload.ts"
import * as PriceImport from "./PriceImport.ts"
import type { PriceQuote } from "./PriceTable.ts"
import { PriceRefreshError } from "./PriceRefreshError.ts"
import type { PriceSnapshot } from "./PriceSnapshot.ts"
import * as PriceStore from "./PriceStore.ts"

/**
 * How prices are refreshed.
 *
 * - `feed`: where they come from (`PriceFeed.modelsDev`); `url`: a mirror of the same file.
 * - `ttl`: how long they stay fresh after the server confirmed them (1 day).
 * - `when`: `stale` fetches in the background once they are older than that (the default); `manual` only with `refresh`.
 * - `timeout`: per attempt (30 s); `retries`: attempts after the first (2); `maxBytes`: of the file (32 MiB);
 *   `retryDelay`: before the next background refresh after a failed one (5 min).
 * - `lookupTimeout`: how long the lookup of an unknown model waits for newer prices (5 s).
 * - `minimum`: the fewest prices a plausible file has (500).
 * - `directory`: where prices are cached between runs (`prices` in the user's cache directory).
 */
export interface RefreshingOptions extends PriceBook.PriceBookOptions {
  readonly feed?: PriceFeed.PriceFeed | undefined
  readonly url?: string | undefined
  readonly ttl?: Duration.Input | undefined
  readonly when?: "stale" | "manual" | undefined
  readonly timeout?: Duration.Input | undefined
  readonly retries?: number | undefined
  readonly retryDelay?: Duration.Input | undefined
  readonly lookupTimeout?: Duration.Input | undefined
  readonly maxBytes?: number | undefined
  readonly minimum?: number | undefined
  readonly directory?: string | undefined
}

const millis = (input: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(input))

const isSure = (quote: PriceQuote | undefined): boolean => quote !== undefined && quote.match !== "fuzzy"

/**
 * Prices from memory, else the disk, else this package, else the network. Stale prices are served at once while one fiber,
 * which lives as long as the scope, fetches newer ones.
 */
export const make = Effect.fnUntraced(function* (options: RefreshingOptions) {
  const clock = yield* Clock.Clock
  const client = yield* HttpClient.HttpClient
  const feed = options.feed ?? PriceFeed.modelsDev
  const url = options.url ?? feed.url
  const ttl = millis(options.ttl ?? "1 day")
  const retryDelay = millis(options.retryDelay ?? "5 minutes")
  const lookupTimeout = millis(options.lookupTimeout ?? "5 seconds")
  const automatic = options.when !== "manual"
  const store = yield* PriceStore.make({ directory: options.directory, feed: feed.name, url })
  const scope = yield* Effect.scope

  let current: PriceBook.PriceBook | undefined
  let running: Fiber.Fiber<Result.Result<void, PriceRefreshError>> | undefined
  let notBefore = -Infinity
  let lastError: PriceRefreshError | undefined
  let saveError: string | undefined

  const now = () => clock.currentTimeMillisUnsafe()
  // A clock that was set back must not make old prices new for ever.
  const isFresh = (snapshot: PriceSnapshot | undefined): snapshot is PriceSnapshot =>
    snapshot !== undefined && Math.abs(now() - snapshot.checkedAt) < ttl

  const load = yield* Effect.cached(
    Effect.gen(function* () {
      const [book, stored] = yield* Effect.all([PriceBook.load(options, ttl), store.load], { concurrency: 2 })
      return (current ??= stored === undefined ? book : book.with(stored))
    })
  )

  const fetched = Effect.fnUntraced(function* (
    last: PriceSnapshot | undefined
  ): Effect.fn.Return<PriceSnapshot, PriceRefreshError> {
    const { etag, text } = yield* PriceDownload.run(client, {
      url,
      etag: last?.etag,
      timeout: Duration.fromInputUnsafe(options.timeout ?? "30 seconds"),
      retries: options.retries ?? 2,
      maxBytes: options.maxBytes ?? 32 * 2 ** 20
    })
    if (text === undefined && last !== undefined) return { ...last, checkedAt: now() }
    const prices = yield* PriceImport.run(text ?? "", feed, {
      previous: last?.size,
      minimum: options.minimum ?? 500,
      url: PriceDownload.shown(url)
    })
    return { feed: feed.name, etag, checkedAt: now(), ...prices }
  })

  const renew = Effect.fnUntraced(function* (isForced: boolean): Effect.fn.Return<void, PriceRefreshError> {
    const book = yield* load
    const last = (current ?? book).snapshot
    // Another process may have been here before.
    const stored = isForced ? undefined : yield* store.load
    if (isFresh(stored) && stored.checkedAt > (last?.checkedAt ?? -Infinity)) {
      current = book.with(stored)
      lastError = undefined
      return
    }
    const snapshot = yield* fetched(last)
    current = book.with(snapshot)
    lastError = undefined
    saveError = yield* store.save(snapshot)
  })

  const renewal = (isForced: boolean) =>
    renew(isForced).pipe(
      Effect.catchDefect((defect) => {
        const detail = `the file could not be read: ${String(defect)}`
        return Effect.fail(new PriceRefreshError({ reason: "Invalid", detail, url: PriceDownload.shown(url) }))
      }),
      Effect.result,
      Effect.tap((result) => {
        if (Result.isSuccess(result)) return Effect.void
        lastError = result.failure
        notBefore = steadyMillis(clock) + retryDelay
        return Effect.logDebug(result.failure.message)
      }),
      Effect.ensuring(Effect.sync(() => (running = undefined)))
    )

  /** The one fiber that fetches: not the caller's, which may be interrupted. */
  const run = (isForced: boolean) =>
    Effect.suspend(() =>
      running !== undefined
        ? Effect.succeed(running)
        : Effect.map(Effect.forkIn(renewal(isForced), scope), (fiber) => (running = fiber))
    )

  const awaited = (book: PriceBook.PriceBook, model: string) =>
    run(false).pipe(
      Effect.flatMap(Fiber.await),
      Effect.timeoutOption(lookupTimeout),
      Effect.map(() => Option.fromNullishOr((current ?? book).table.find(model)))
    )

  const isDue = (book: PriceBook.PriceBook) =>
    automatic && !isFresh(book.snapshot) && (running !== undefined || steadyMillis(clock) >= notBefore)

  const lookupIn = (book: PriceBook.PriceBook, model: string): Effect.Effect<Option.Option<PriceQuote>> => {
    const quote = book.table.find(model)
    if (isDue(book)) {
      if (!isSure(quote)) return awaited(book, model)
      if (running === undefined) return Effect.as(run(false), Option.fromNullishOr(quote))
    }
    return Effect.succeed(Option.fromNullishOr(quote))
  }

  const tableOf = (book: PriceBook.PriceBook) =>
    isDue(book) && running === undefined ? Effect.as(run(false), book.table) : Effect.succeed(book.table)

  return {
    lookup: (model: string): Effect.Effect<Option.Option<PriceQuote>> =>
      Effect.suspend(() =>
        current === undefined
          ? Effect.flatMap(load, (book) => lookupIn(current ?? book, model))
          : lookupIn(current, model)
      ),
    current: () => (current === undefined || isDue(current) ? undefined : current.table),
    table: Effect.suspend(() =>
      current === undefined ? Effect.flatMap(load, (book) => tableOf(current ?? book)) : tableOf(current)
    ),
    refresh: run(true).pipe(Effect.flatMap(Fiber.join), Effect.flatMap(Effect.fromResult)),
    status: Effect.map(load, (book): PricingStatus => {
      const status = (current ?? book).status(now())
      return { ...status, refreshing: running !== undefined, path: store.path, saveError, lastError }
    })
  }
})
