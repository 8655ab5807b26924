/**
 * Strategies: pure functions from the deployments that may serve a request, with their statistics, to the order in which they
 * are called. Your own is a function like any other.
 *
 * ```ts
 * import * as Strategy from "effect-llm/router/Strategy"
 *
 * const nearest: Strategy.Strategy = (candidates) =>
 *   candidates.toSorted((a, b) => Number(b.deployment.region === "eu") - Number(a.deployment.region === "eu"))
 *
 * export const strategy = Strategy.sticky(Strategy.byOrder(nearest), { by: "prompt" })
 * ```
 *
 * Candidates that a strategy leaves out are called after the others. All randomness comes from `context.seed`, so that the same
 * input gives the same order.
 *
 * @since 0.1.0
 */
import * as Hash from "effect/Hash"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { Capabilities, Deployment } from "./Deployment.ts"
import { byPrompt, bySession } from "./group/PinKey.ts"
import type { LiveStats } from "./LiveStats.ts"

/**
 * A deployment that may serve the request. `capabilities`, and `costUsd`, the expected cost of this request, are `undefined` where
 * they are not known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Candidate {
  readonly name: string
  readonly model: string
  readonly deployment: Omit<Deployment, "model">
  readonly live: LiveStats
  readonly capabilities: Capabilities
  readonly costUsd: number | undefined
}

/**
 * What a strategy knows besides the candidates.
 *
 * - `seed`: a random number from 0 to 1, new for each call; with a sticky strategy the same for each pin, so that processes that
 *   share nothing choose alike.
 * - `turn`: how many calls the group has had.
 * - `now`: milliseconds since the epoch.
 * - `needs`: what the request needs beyond text, by capability.
 * - `session`: the session of the call, where it has one (`Override`).
 * - `pinned`: the deployment that the session or the prompt is pinned to, with a sticky strategy.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly request: CallRequest
  readonly seed: number
  readonly turn: number
  readonly now: number
  readonly needs: ReadonlyArray<keyof Capabilities>
  readonly session: string | undefined
  readonly pinned: string | undefined
}

/**
 * A key to pin to a deployment, and for how long.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pin {
  readonly key: string
  readonly ttlMillis: number
}

/**
 * Orders candidates, best first. `because` says why one was chosen first, for `explain`; `pinBy` returns the key of a sticky
 * strategy.
 *
 * @since 0.1.0
 * @category models
 */
export interface Strategy {
  (candidates: ReadonlyArray<Candidate>, context: Context): ReadonlyArray<Candidate>
  readonly because?: ((candidate: Candidate, context: Context) => string) | undefined
  readonly pinBy?: ((request: CallRequest, session: string | undefined) => Pin | undefined) | undefined
}

/**
 * Makes a strategy from an order, and from what explains it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  order: (candidates: ReadonlyArray<Candidate>, context: Context) => ReadonlyArray<Candidate>,
  details: Pick<Strategy, "because" | "pinBy"> = {}
): Strategy => Object.assign(order.bind(undefined), details)

/** A random number for a name (mulberry32), which depends only on the name and the seed. */
const drawFor = (seed: number, name: string): number => {
  const state = (Math.floor(seed * 2 ** 32) + Math.imul(Hash.string(name), 0x6d2b79f5)) >>> 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

const weightOf = ({ deployment: { weight = 1 } }: Candidate): number => Math.max(0, weight)

/** Draws in proportion to the weights; those of 0 come last. With the same seed, leaving one out keeps the order of the others. */
const shuffled = (candidates: ReadonlyArray<Candidate>, { seed }: Context): ReadonlyArray<Candidate> =>
  candidates
    .map((candidate) => {
      const key = -Math.log(1 - drawFor(seed, candidate.name)) / weightOf(candidate)
      return { candidate, key: Number.isNaN(key) ? Infinity : key }
    })
    .sort((a, b) => ascending(a.key, b.key))
    .map(({ candidate }) => candidate)

const ascending = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

/** The lowest figure first; ties at random, by weight. */
const lowest = (figure: (candidate: Candidate, context: Context) => number, because: Strategy["because"]): Strategy =>
  make(
    (candidates, context) =>
      shuffled(candidates, context).toSorted((a, b) => ascending(figure(a, context), figure(b, context))),
    { because }
  )

/**
 * At random, in proportion to the weights.
 *
 * @since 0.1.0
 * @category strategies
 */
export const weighted: Strategy = make(shuffled, { because: (candidate) => `weight ${weightOf(candidate)}` })

/**
 * Each in turn.
 *
 * @since 0.1.0
 * @category strategies
 */
export const roundRobin: Strategy = make(
  (candidates, { turn }) => {
    const first = candidates.length === 0 ? 0 : turn % candidates.length
    return [...candidates.slice(first), ...candidates.slice(0, first)]
  },
  { because: (_, { turn }) => `its turn (call ${turn + 1})` }
)

/**
 * The one with the fewest calls in progress, for its weight.
 *
 * @since 0.1.0
 * @category strategies
 */
export const leastBusy: Strategy = lowest(
  (candidate) => (candidate.live.busy + 1) / weightOf(candidate),
  ({ live }) => `${live.busy} calls in progress`
)

/** The expected time of a call: longer behind others, and where calls fail. An unknown deployment gets a try. */
const expectedMillis = ({ live: { busy, errorRate, latencyMillis } }: Candidate): number =>
  latencyMillis === undefined
    ? busy * unknownMillis
    : ((latencyMillis + 1) * (busy + 1)) / Math.max(0.05, 1 - errorRate)

const unknownMillis = 10_000

/**
 * The faster of two drawn at random, so that calls do not all run to the fastest at once; the others follow by speed. Speed is
 * the peak-EWMA of the time to the first content, times the calls in progress.
 *
 * @since 0.1.0
 * @category strategies
 */
export const lowestLatency: Strategy = make(
  (candidates, context) => {
    const drawn = shuffled(candidates, context)
    const bySpeed = (some: ReadonlyArray<Candidate>) =>
      some.toSorted((a, b) => ascending(expectedMillis(a), expectedMillis(b)))
    const [best, ...others] = bySpeed(drawn.slice(0, 2))
    return best === undefined ? [] : [best, ...bySpeed([...others, ...drawn.slice(2)])]
  },
  {
    because: ({ live: { busy, latencyMillis } }) =>
      latencyMillis === undefined
        ? "latency not known yet"
        : `opens in about ${Math.round(latencyMillis)} ms with ${busy} calls in progress`
  }
)

/**
 * The cheapest for this request; those without a price last.
 *
 * @since 0.1.0
 * @category strategies
 */
export const lowestCost: Strategy = lowest(
  ({ costUsd }) => costUsd ?? Infinity,
  ({ costUsd }) => (costUsd === undefined ? "price not known" : `about $${costUsd.toPrecision(3)}`)
)

/**
 * The one with the largest share of its rate limits left; one without known limits counts as unlimited.
 *
 * @since 0.1.0
 * @category strategies
 */
export const mostHeadroom: Strategy = lowest(
  ({ live }) => -(live.headroom ?? 1),
  ({ live: { headroom } }) =>
    headroom === undefined ? "no limits known" : `${Math.round(headroom * 100)} % of its limits left`
)

/**
 * Puts candidates into tiers by a number, the lowest first, and orders each tier by another strategy.
 *
 * @since 0.1.0
 * @category combinators
 */
export const tiers = (
  tierOf: (candidate: Candidate, context: Context) => number,
  inner: Strategy,
  describe: (candidate: Candidate, context: Context) => string
): Strategy =>
  make(
    (candidates, context) => {
      const [first] = candidates
      const only = first && tierOf(first, context)
      if (candidates.every((candidate) => tierOf(candidate, context) === only)) return inner(candidates, context)
      const all = new Map<number, Array<Candidate>>()
      for (const candidate of candidates) {
        const tier = tierOf(candidate, context)
        const members = all.get(tier)
        if (members === undefined) all.set(tier, [candidate])
        else members.push(candidate)
      }
      return [...all].toSorted(([a], [b]) => ascending(a, b)).flatMap(([, members]) => inner(members, context))
    },
    {
      pinBy: inner.pinBy,
      because: (candidate, context) =>
        [describe(candidate, context), inner.because?.(candidate, context)]
          .filter((one) => one !== undefined)
          .join(", ")
    }
  )

/**
 * The lowest `order` first, each by the inner strategy (`weighted` by default).
 *
 * @since 0.1.0
 * @category combinators
 */
export const byOrder = (inner: Strategy = weighted): Strategy =>
  tiers(
    ({ deployment }) => deployment.order ?? 0,
    inner,
    ({ deployment }) => `order ${deployment.order ?? 0}`
  )

/**
 * Those with the most of these tags first.
 *
 * @since 0.1.0
 * @category combinators
 */
export const byTags = (tags: ReadonlyArray<string>, inner: Strategy = weighted): Strategy => {
  const shared = ({ deployment }: Candidate) => tags.filter((tag) => deployment.tags?.includes(tag) === true)
  return tiers(
    (candidate) => -shared(candidate).length,
    inner,
    (candidate) => (shared(candidate).length === 0 ? "no such tag" : `tag ${shared(candidate).join(", ")}`)
  )
}

/**
 * Those that are known to do all that the request needs (tools, images, a schema) first, then those of which it is not known.
 *
 * @since 0.1.0
 * @category combinators
 */
export const byCapability = (inner: Strategy = weighted): Strategy => {
  const unknown = ({ capabilities }: Candidate, { needs }: Context) =>
    needs.filter((need) => capabilities[need] !== true)
  return tiers(
    (candidate, context) => unknown(candidate, context).length,
    inner,
    (candidate, context) =>
      unknown(candidate, context).length === 0
        ? "can do what is needed"
        : `not known for ${unknown(candidate, context).join(", ")}`
  )
}

/**
 * What a sticky strategy is sticky by: the session of the call (`Override`, else `metadata.session`, else `user`), the beginning
 * of the prompt, the session or else that beginning, or a custom key. The beginning is everything up to the first cache mark
 * (`cacheControl`), or else the tools, the system messages and the first message. A pin lasts as long as the cache that the
 * request asks for, five minutes or an hour, from its last use; `ttlMillis` sets another time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stickiness {
  readonly by:
    | "session"
    | "prompt"
    | "session or prompt"
    | ((request: CallRequest, session: string | undefined) => string | undefined)
  readonly ttlMillis?: number | undefined
}

const keyOf = (
  by: Stickiness["by"],
  request: CallRequest,
  session: string | undefined
): ReturnType<typeof byPrompt> => {
  switch (by) {
    case "prompt":
      return byPrompt(request)
    case "session":
      return bySession(request, session)
    case "session or prompt":
      return bySession(request, session) ?? byPrompt(request)
    default:
      return bySession(request, session, by)
  }
}

/**
 * The deployment that served the same session or prompt before, so that the provider's prompt cache is hit; otherwise by the
 * inner strategy. After a failure, the deployment that takes over is pinned.
 *
 * @since 0.1.0
 * @category combinators
 */
export const sticky = (inner: Strategy = weighted, options: Stickiness = { by: "prompt" }): Strategy => {
  const { by, ttlMillis } = options
  const pinBy = (request: CallRequest, session: string | undefined): Pin | undefined => {
    const pin = keyOf(by, request, session)
    return pin && { key: pin.key, ttlMillis: ttlMillis ?? pin.ttlMillis }
  }
  return make(
    (candidates, context) => {
      const ordered = inner(candidates, context)
      const pinned = ordered.find(({ name }) => name === context.pinned)
      return pinned === undefined ? ordered : [pinned, ...ordered.filter((one) => one !== pinned)]
    },
    {
      pinBy,
      because: (candidate, context) =>
        candidate.name === context.pinned
          ? `pinned: it served this ${by === "prompt" ? "prompt" : "session"} before`
          : (inner.because?.(candidate, context) ?? "the order of its strategy")
    }
  )
}

/**
 * Divides calls among strategies: `[[0.9, lowestCost], [0.1, weighted]]` uses the second for a tenth of the calls.
 *
 * @since 0.1.0
 * @category combinators
 */
export const share = (
  shares: readonly [readonly [share: number, strategy: Strategy], ...ReadonlyArray<readonly [number, Strategy]>]
): Strategy => {
  const all = shares.reduce((sum, [part]) => sum + part, 0)
  const drawn = ({ seed }: Context): readonly [Strategy, number] => {
    let from = 0
    for (const [part, strategy] of shares) {
      const width = part / all
      if (seed < from + width) return [strategy, (seed - from) / width]
      from += width
    }
    return [shares[0][1], seed]
  }
  return make(
    (candidates, context) => {
      const [strategy, seed] = drawn(context)
      return strategy(candidates, { ...context, seed })
    },
    {
      pinBy: shares.find(([, { pinBy }]) => pinBy !== undefined)?.[1].pinBy,
      because: (candidate, context) => drawn(context)[0].because?.(candidate, context) ?? "the order of its strategy"
    }
  )
}
