/** Every policy, as a stack of policies needs to know it. */
import { assert } from "@effect/vitest"
import { BigDecimal, Effect, Exit, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { type Credentials, provide } from "../../../src/client/Credentials.ts"
import type { AllFailedError } from "../../../src/domain/AllFailedError.ts"
import type { AttemptError } from "../../../src/domain/ChatResponse.ts"
import type { Capability, Chat, Embedding } from "../../../src/domain/Capability.ts"
import { kind as embedding } from "../../../src/model/EmbeddingModel.ts"
import * as Bound from "../../../src/policies/Bound.ts"
import * as Budget from "../../../src/policies/Budget.ts"
import { Budgets } from "../../../src/policies/Budgets.ts"
import * as CircuitBreaker from "../../../src/policies/CircuitBreaker.ts"
import * as Coalesce from "../../../src/policies/Coalesce.ts"
import * as Detector from "../../../src/policies/Detector.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Guard from "../../../src/policies/Guard.ts"
import * as Hedge from "../../../src/policies/Hedge.ts"
import * as Journal from "../../../src/policies/Journal.ts"
import * as KeyPool from "../../../src/policies/KeyPool.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Policy from "../../../src/policies/Policy.ts"
import * as Race from "../../../src/policies/Race.ts"
import * as RateLimit from "../../../src/policies/RateLimit.ts"
import * as Redact from "../../../src/policies/Redact.ts"
import * as Repair from "../../../src/policies/Repair.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as SemanticCache from "../../../src/policies/SemanticCache.ts"
import * as Shadow from "../../../src/policies/Shadow.ts"
import * as Telemetry from "../../../src/policies/Telemetry.ts"
import * as Timeout from "../../../src/policies/Timeout.ts"
import * as TrimContext from "../../../src/policies/TrimContext.ts"
import * as Validate from "../../../src/policies/Validate.ts"
import * as Group from "../../../src/router/Group.ts"
import { answers, type Call, scripted, usage } from "../capabilities.ts"
import type { AnyModel, Services, World } from "./World.ts"

export type Tag = AttemptError["_tag"] | "AllFailedError"

/** The errors of scripted models. */
export const ofModels: ReadonlyArray<Tag> = [
  "ServerError",
  "OverloadedError",
  "RateLimitError",
  "AuthenticationError",
  "InvalidRequestError",
  "StreamInterruptedError"
]

/** How many calls of models a call may make at most: those that a bound around it sees, and those on the side. */
export interface Calls {
  readonly bounded: number
  readonly aside: number
}

export interface Stackable {
  /** The capability, where it is for one only. */
  readonly only?: "chat"
  /** The errors that it adds. */
  readonly errors: ReadonlyArray<Tag>
  /** Whether its errors are all that it fails with. */
  readonly isChain?: boolean
  readonly calls: (within: Calls) => Calls
  readonly on: <C extends Capability>(
    model: AnyModel<C>,
    call: Call<C>,
    world: World
  ) => Effect.Effect<AnyModel<C>, never, Services>
}

const same = (within: Calls): Calls => within
const times =
  (most: number) =>
  ({ aside, bounded }: Calls): Calls => ({ bounded: most * bounded, aside: most * aside })
const oneMore = ({ aside, bounded }: Calls): Calls => ({ bounded: bounded + 1, aside })

/** A policy that is the same for every run. */
const fixed = (
  policy: Policy.Policy<unknown, Services>,
  errors: ReadonlyArray<Tag> = [],
  calls: Stackable["calls"] = same
): Stackable => ({ errors, calls, on: (model) => Effect.succeed(policy(model)) })

/** A policy for chats. */
const forChat = (
  policy: (model: AnyModel<Chat>, world: World) => AnyModel<Chat>,
  calls: Stackable["calls"] = same
): Stackable => ({
  only: "chat",
  errors: [],
  calls,
  // Stacks of other capabilities have none of these.
  on: <C extends Capability>(model: AnyModel<C>, _: Call<C>, world: World) =>
    Effect.succeed(policy(model as unknown as AnyModel<Chat>, world) as unknown as AnyModel<C>)
})

/** Counts the calls of what it is around, where they begin. */
const counted = <C extends Capability>(model: AnyModel<C>, begun: () => void): AnyModel<C> =>
  Policy.perCall(() => Effect.sync(() => (begun(), {})))(model)

/** `Fallback.make` and `Race.make` infer the capability of each model; here all are of `C`. */
const chainOf = Fallback.make as unknown as <C extends Capability>(
  models: ReadonlyArray<AnyModel<C>>,
  options?: Fallback.FallbackOptions<unknown>
) => Model.Model<C, AllFailedError, Services>
const raceOf = Race.make as unknown as <C extends Capability>(
  models: ReadonlyArray<AnyModel<C>>
) => Model.Model<C, AllFailedError, Services>

/** Makes calls at the same time through a policy around a model that always answers: all of them must pass. */
const probe = Effect.fnUntraced(function* <C extends Capability>(
  call: Call<C>,
  policy: Policy.Policy<unknown, Services>,
  calls: number
) {
  const model: AnyModel<C> = policy(scripted(call, [{ ...answers, wait: 700 }]))
  const all = Effect.forEach(Array.from({ length: calls }), () => Effect.exit(call.run(model)), {
    concurrency: "unbounded"
  })
  const fiber = yield* Effect.forkChild(all)
  yield* TestClock.adjust("1 minute")
  for (const exit of yield* Fiber.join(fiber)) assert.isTrue(Exit.isSuccess(exit), `a probe failed: ${String(exit)}`)
})

/** A thousand tokens of input and a hundred of output. */
const costOf = (calls: number) => BigDecimal.normalize(BigDecimal.make(BigInt(2 * calls), 3))

const budget = (id: string) => Budget.usd(id, { limit: "1000", per: "all" })

/** A provider, as far as a pool needs to know it. */
const lab = {
  definition: { id: "lab" },
  withCredentials: (credentials: Credentials) => provide("lab", { identity: undefined, credentials })
}

const embeddings: Model.Model<Embedding, never, never> = Model.make<Embedding, never, never>({
  id: "lab/9",
  kind: embedding,
  generate: () => Effect.succeed({ embeddings: [[1, 0]], usage, warnings: [], attempts: [] })
})

const retries = (times: number) => Retry.make({ times, jitter: "none" })

/** Policies by the module that makes them, and what tells them apart. */
export const everyPolicy = {
  "Bound.make": fixed(Bound.make({ attempts: 2, deadline: "45 seconds" }), ["TimeoutError"], ({ aside, bounded }) => ({
    bounded: Math.min(2, bounded),
    aside
  })),
  "Budget.enforce": {
    errors: ["BudgetExceededError", "PolicyStoreError"],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, call: Call<C>, world: World) =>
      Effect.sync(() => {
        const own = budget(world.key())
        let cost = BigDecimal.fromBigInt(0n)
        let isExact = true
        // Another budget within may see fewer calls than there are.
        const isAround =
          world.stack.indexOf("Budget.enforce") === world.stack.length - 1 && !world.stack.includes("Shadow.make")
        world.checks.push(
          Effect.gen(function* () {
            const { reserved, spent } = yield* Budgets.use((budgets) => budgets.spent(own))
            assert.strictEqual(BigDecimal.format(reserved), "0", "nothing is reserved")
            const spending = `${BigDecimal.format(spent)} was spent of costs of ${BigDecimal.format(cost)}`
            assert.isTrue(BigDecimal.isGreaterThanOrEqualTo(spent, cost), spending)
            if (isExact) assert.isTrue(BigDecimal.equals(spent, cost), spending)
            // Every call of a model, and no hit of a cache and no second reader, costs as much as any other.
            if (isExact && isAround && world.calls.every(({ outcome }) => outcome === "succeeded")) {
              const made = `${spending} for ${world.calls.length} calls`
              assert.strictEqual(BigDecimal.format(spent), BigDecimal.format(costOf(world.calls.length)), made)
            }
          })
        )
        return Model.onEnd(Budget.enforce(own)(model), (end) =>
          Effect.sync(() => {
            // Of a stream that broke off more may have been seen than was reported.
            if (call.isStream && Exit.isFailure(end.exit)) isExact = false
            for (const one of Model.costs(end)) {
              if (one._tag === "Priced") cost = BigDecimal.sum(cost, one.total)
              // Of several calls that were left at once, the end of the call estimates one.
              if (one._tag !== "Priced" || one.flags.some(({ _tag }) => _tag === "Estimated")) isExact = false
            }
          })
        )
      })
  },
  "CircuitBreaker.make": {
    errors: ["CircuitOpenError"],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, call: Call<C>, world: World) =>
      Effect.sync(() => {
        // A probe that is never given back would keep the circuit half-open for good.
        const key = world.key()
        const breaker = CircuitBreaker.make({ key, trip: { consecutive: 2 }, open: "5 seconds", probeLimit: "1 day" })
        for (const _ of [1, 2]) world.checks.push(probe(call, breaker, 1))
        return breaker(model)
      })
  },
  "Coalesce.make": fixed(Coalesce.make()),
  "Fallback.make": {
    errors: ["AllFailedError"],
    isChain: true,
    calls: oneMore,
    on: (model, call, world) => Effect.sync(() => chainOf([model, world.model(call)]))
  },
  "Fallback.make, restarting": {
    errors: ["AllFailedError"],
    isChain: true,
    calls: oneMore,
    on: (model, call, world) => Effect.sync(() => chainOf([world.model(call), model], { onInterrupted: "restart" }))
  },
  "Group.make": {
    errors: ["AllFailedError"],
    isChain: true,
    calls: ({ aside }) => ({ bounded: 3, aside: 3 * aside }),
    on: <C extends Capability>(model: AnyModel<C>, call: Call<C>, world: World) =>
      Group.make(
        "group",
        [
          { model, name: "one" },
          { model: world.model(call), name: "two" }
        ],
        { kind: call.kind, attempts: 3, onInterrupted: "restart" }
      )
  },
  "Guard.text": fixed(Guard.text({ name: "all", check: () => Effect.as(Effect.yieldNow, Guard.pass) }), [
    "GuardrailError"
  ]),
  "Guard.text, in windows": fixed(Guard.text({ name: "windows", check: () => Guard.pass, stream: { characters: 7 } }), [
    "GuardrailError"
  ]),
  "Guard.text, rewriting": fixed(
    Guard.text({
      name: "same",
      check: (text) => (text === "" ? Guard.pass : [{ start: 0, end: 1, text: text.slice(0, 1) }]),
      stream: { characters: 4 }
    }),
    ["GuardrailError"]
  ),
  "Guard.make": {
    errors: ["GuardrailError"],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>) =>
      Effect.sync(() => Guard.make<C>({ name: "whole", request: () => Guard.pass, response: () => Guard.pass })(model))
  },
  "Hedge.make": fixed(Hedge.make({ after: "300 millis", share: 1 }), [], times(2)),
  "Hedge.make, with another": {
    errors: ofModels,
    calls: oneMore,
    on: <C extends Capability>(model: AnyModel<C>, call: Call<C>, world: World) =>
      Effect.sync((): AnyModel<C> => {
        const other = world.model(call)
        const hedge = Hedge.make({ after: "300 millis", share: 1, with: other }) as unknown as (
          model: AnyModel<C>
        ) => AnyModel<C>
        return hedge(model)
      })
  },
  "Journal.make": {
    errors: [],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, _: Call<C>, world: World) =>
      Effect.sync(() => counted(Journal.standard(model), () => world.journaled++))
  },
  "KeyPool.make": {
    errors: ["RateLimitError", "QuotaExceededError", "AuthenticationError"],
    calls: times(2),
    on: <C extends Capability>(model: AnyModel<C>, _: Call<C>, world: World) =>
      Effect.map(
        KeyPool.make(
          lab,
          ["one", "two"].map((name) => ({ name, credentials: { apiKey: Redacted.make(`sk-${name}`) } }))
        ),
        (pool) => {
          world.checks.push(
            Effect.map(pool.states, (states) => {
              assert.deepStrictEqual(
                states.map(({ busy }) => busy),
                [0, 0],
                "no key is busy"
              )
            })
          )
          return pool.policy(model)
        }
      )
  },
  "Model.mapRequest": {
    errors: [],
    calls: same,
    on: (model) => Effect.sync(() => Model.mapRequest(model, (request) => ({ ...request })))
  },
  "Model.tap": { errors: [], calls: same, on: (model) => Effect.sync(() => Model.tap(model, () => Effect.void)) },
  "OnEnd.onEnd": {
    errors: [],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, _: Call<C>, world: World) =>
      Effect.sync(() => {
        const ends = { begun: 0, ended: 0 }
        world.checks.push(Effect.sync(() => assert.strictEqual(ends.ended, ends.begun, "each call ends once")))
        return counted(
          Model.onEnd(model, () => Effect.sync(() => ends.ended++)),
          () => ends.begun++
        )
      })
  },
  "Policy.perCall": {
    errors: [],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, _: Call<C>, world: World) =>
      Effect.sync(() => {
        const scopes = { open: 0, opened: 0, ended: 0 }
        world.checks.push(
          Effect.sync(() => {
            assert.strictEqual(scopes.open, 0, "every scope is closed")
            assert.strictEqual(scopes.ended, scopes.opened, "each call ends once")
          })
        )
        const place = Effect.acquireRelease(
          Effect.sync(() => (scopes.open++, scopes.opened++)),
          () => Effect.sync(() => scopes.open--)
        )
        return Policy.perCall(() =>
          Effect.as(place, {
            open: <A, E, R>(opening: Effect.Effect<A, E, R>) => opening,
            event: () => undefined,
            end: () => Effect.sync(() => scopes.ended++)
          })
        )(model)
      })
  },
  "Race.make": {
    errors: ["AllFailedError"],
    isChain: true,
    calls: oneMore,
    on: (model, call, world) => Effect.sync(() => raceOf([model, world.model(call)]))
  },
  "RateLimit.make": {
    errors: ["LocalRateLimitError"],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, call: Call<C>, world: World) =>
      Effect.sync(() => {
        const limit = {
          key: world.key(),
          requests: 1000,
          tokens: 1_000_000_000,
          per: "1 minute",
          concurrency: 2,
          lease: "1 day"
        } as const
        world.checks.push(probe(call, RateLimit.make(limit), 2))
        return RateLimit.make({ ...limit, wait: "5 seconds" })(model)
      })
  },
  "Redact.make": fixed(Redact.make({ detectors: [Detector.make("GREETING", /Hi/)] })),
  "Repair.make": forChat((model) => Repair.make()(model)),
  "ResponseCache.make": {
    errors: [],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, _: Call<C>, world: World) =>
      Effect.sync(() => ResponseCache.make({ ttl: "1 hour", tenant: world.key() })(model))
  },
  "Retry.retry": {
    errors: [],
    calls: times(3),
    on: (model) => Effect.sync(() => Model.retry(model, retries(2)))
  },
  "Retry.retry, restarting": {
    errors: [],
    calls: times(2),
    on: (model) => Effect.sync(() => Model.retry(model, retries(1), { onInterrupted: "restart" }))
  },
  "SemanticCache.make": forChat((model, world) =>
    SemanticCache.make({ embedding: embeddings, ttl: "1 hour", tenant: world.key() })(model)
  ),
  "Shadow.make": {
    errors: [],
    calls: ({ aside, bounded }) => ({ bounded, aside: aside + 1 }),
    on: <C extends Capability>(model: AnyModel<C>, call: Call<C>, world: World) =>
      Effect.map(
        Shadow.make<C, unknown, Services, never>({ to: world.model(call), share: 1, compare: () => Effect.void }),
        (shadowed) => shadowed(model)
      )
  },
  "Telemetry.make": {
    errors: [],
    calls: same,
    on: <C extends Capability>(model: AnyModel<C>, _: Call<C>, world: World) =>
      Effect.sync(() => counted(Telemetry.standard(model), () => world.traced++))
  },
  "Timeout.make": fixed(Timeout.make({ connect: "4 seconds", firstToken: "5 seconds", idle: "5 seconds" }), [
    "TimeoutError"
  ]),
  "Timeout.make, of all": fixed(Timeout.make({ total: "7050 millis" }), ["TimeoutError"]),
  "TrimContext.make": forChat((model) => TrimContext.make({ contextWindow: 10_000 })(model), times(2)),
  "Validate.make": {
    errors: ["ValidationError"],
    calls: times(2),
    on: <C extends Capability>(model: AnyModel<C>) => Effect.sync(() => Validate.make<C>(isOdd, { times: 1 })(model))
  },
  "Validate.make, restarting": {
    errors: ["ValidationError"],
    calls: times(2),
    on: <C extends Capability>(model: AnyModel<C>) =>
      Effect.sync(() => Validate.make<C>(isOdd, { times: 1, stream: "restart" })(model))
  },
  "WithCost.withCost": { errors: [], calls: same, on: (model) => Effect.sync(() => Model.withCost(model)) }
} satisfies { readonly [name: string]: Stackable }

export type Name = keyof typeof everyPolicy

export const names = Object.keys(everyPolicy) as [Name, ...Array<Name>]

export const stackable = (name: Name): Stackable => everyPolicy[name]

/** Every other response of a model is invalid, by the number of the call that is in its pieces. */
function isOdd(response: object): string | undefined {
  const texts = Object.values(response).map((value) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : (JSON.stringify(value) ?? "")
  )
  return /[^\d.]\d+[.,]1[.,]0\b/.test(texts.join("\n")) ? "it is odd" : undefined
}

/** The public modules of `src/policies` that make no policy. */
export const makeNone: ReadonlyArray<string> = [
  "BudgetStore",
  "BudgetStoreMemory",
  "BudgetStoreRedis",
  "BudgetStoreBuffered",
  "BudgetStoreSql",
  "SqlTransaction",
  "Budgets",
  "ChatModel",
  "CostAccounting",
  "Decision",
  "Detector",
  "Estimate",
  "JournalFile",
  "JournalSql",
  "RateLimitRedis",
  "RateLimitStore"
]
