/**
 * Groups: several deployments that are one model. A group chooses among them by a strategy, leaves out those that cannot serve
 * a request or are down, and goes on to the next after a failure.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Anthropic, OpenAi } from "effect-llm"
 * import * as Group from "effect-llm/router/Group"
 * import * as Strategy from "effect-llm/router/Strategy"
 *
 * const program = Effect.gen(function* () {
 *   const fast = yield* Group.make(
 *     "fast",
 *     [{ model: OpenAi.model("gpt-5.4-mini"), weight: 3 }, { model: Anthropic.model("claude-haiku-4-5") }],
 *     { strategy: Strategy.lowestLatency, attempts: 4, deadline: "30 seconds" }
 *   )
 *   return yield* fast.generate("Hello")
 * })
 * ```
 *
 * Make a group once and keep it: its statistics live as long as it does.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { AllFailedError } from "../domain/AllFailedError.ts"
import type { Capability, Kind } from "../domain/Capability.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import type * as Model from "../model/Model.ts"
import { attempts } from "../policies/Attempts.ts"
import type { BoundOptions } from "../policies/Bound.ts"
import type { Deployment } from "./Deployment.ts"
import { planOf, type Setup } from "./group/Calling.ts"
import { explain } from "./group/explain.ts"
import { coolingOf, type CoolingOptions, type Entry, type Member, membersOf } from "./group/State.ts"
import { Pins } from "./live/Pins.ts"
import type { Stats } from "./LiveStats.ts"
import { CurrentOverride } from "./Override.ts"
import type { Plan } from "./Plan.ts"
import * as Strategy from "./Strategy.ts"

export type { CoolingOptions } from "./group/State.ts"

const TypeId = "~effect-llm/router/Group"

/**
 * A group of deployments: a model of their capability. `explain` says what would happen with a request, without calling a
 * deployment; `stats` are the statistics of each deployment.
 *
 * `replace` sets other deployments, and other options where they are given. Calls in progress finish with the old ones, and
 * deployments of the same name and model keep their statistics.
 *
 * @since 0.1.0
 * @category models
 */
export interface Group<in out C extends Capability, out E = never, in out R = never> extends Model.Model<C, E, R> {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  readonly explain: (input: C["Input"]) => Effect.Effect<Plan>
  readonly stats: Effect.Effect<ReadonlyArray<Stats>>
  readonly replace: (
    deployments: ReadonlyArray<Deployment<Model.Model<C, unknown, R>>>,
    options?: Options<Fallbacks<Model.Model<C, unknown, R>>>
  ) => Effect.Effect<void>
}

/**
 * A group of any capability, with what can be asked without calling it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any extends Model.Any {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  readonly explain: (input: string) => Effect.Effect<Plan>
  readonly stats: Effect.Effect<ReadonlyArray<Stats>>
}

/**
 * The models to call when no deployment succeeded: after all of them failed (`default`), after a context overflow (`contextWindow`, in
 * place of the defaults), and after a refusal by policy (`contentPolicy`; without it such a refusal ends the call).
 *
 * @since 0.1.0
 * @category models
 */
export interface Fallbacks<out M extends Model.Any = Model.Any> {
  readonly default?: ReadonlyArray<M> | undefined
  readonly contextWindow?: ReadonlyArray<M> | undefined
  readonly contentPolicy?: ReadonlyArray<M> | undefined
}

/**
 * - `strategy`: the order in which deployments are called; `Strategy.byOrder()` by default: by `order`, then by weight.
 * - `attempts`: how many attempts are made in all, those of retries within included; 6 by default, or as many as there are
 *   deployments and fallbacks. `deadline`: how long the response, or the first content of a stream, may take (no limit).
 * - `wait`: how long to wait for a deployment that asked for it, where no other is faster (10 s).
 * - `cooling`: how long a deployment that fails is not called.
 * - `onInterrupted`: what happens to a stream that breaks off after its first content, as in `Fallback.make`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<F extends Fallbacks = Fallbacks> extends BoundOptions {
  readonly strategy?: Strategy.Strategy | undefined
  readonly fallbacks?: F | undefined
  readonly wait?: Duration.Input | undefined
  readonly cooling?: CoolingOptions | undefined
  readonly onInterrupted?: "fail" | "restart" | undefined
}

type FallbackOf<F> = { [K in keyof F]: F[K] extends ReadonlyArray<infer M extends Model.Any> ? M : never }[keyof F]

/**
 * The type of the group of some deployments, or an explanation if their capabilities differ.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Of<M extends Model.Any, F extends Model.Any = never> = [M | F] extends [
  Model.Model<Model.CapabilityOf<M>, unknown, unknown>
]
  ? Group<Model.CapabilityOf<M>, AllFailedError, Model.Services<M> | Model.Services<F>>
  : { readonly "the models of a group must have the same capability": never }

/**
 * Makes a group. It fails with `AllFailedError` only, which holds every attempt, and why other deployments were left out.
 * Deployments may be a list that is known at run time only; `kind` is the capability of one that may be empty.
 *
 * The `attempts` of a response name the deployments, and a `routed` decision is recorded for each. Only faults of the provider
 * and rate limits make a deployment cool down: one caller's mistakes do not affect others.
 *
 * @since 0.1.0
 * @category constructors
 */
export function make<const D extends ReadonlyArray<Deployment>, const F extends Fallbacks = {}>(
  name: string,
  deployments: D,
  options?: Options<F>
): Effect.Effect<Of<D[number]["model"], FallbackOf<F>>>
export function make<C extends Capability, M extends Model.Model<C, unknown, unknown>>(
  name: string,
  deployments: ReadonlyArray<Deployment<M>>,
  options: Options<Fallbacks<M>> & { readonly kind: Kind<C> }
): Effect.Effect<Group<C, AllFailedError, Model.Services<M>>>
export function make<C extends Capability, R>(
  name: string,
  deployments: ReadonlyArray<Deployment<Model.Model<C, unknown, R>>>,
  given: Options<Fallbacks<Model.Model<C, unknown, R>>> & { readonly kind?: Kind<C> } = {}
): Effect.Effect<Group<C, AllFailedError, R>> {
  return Effect.gen(function* () {
    // Loaded here, so that no call waits for it.
    const factsOf = yield* yield* Effect.promise(() => import("./group/Facts.ts").then(({ load }) => load))
    const pins = new Pins(name)
    let turns = 0
    const setUp = (
      deployments: ReadonlyArray<Deployment<Model.Model<C, unknown, R>>>,
      options: typeof given,
      before: ReadonlyArray<Entry>
    ): Setup<C, unknown, R> => {
      const cooling = coolingOf(options.cooling)
      const members = membersOf(deployments, before, cooling, factsOf)
      const fallbacksOf = (
        models: ReadonlyArray<Model.Model<C, unknown, R>> = []
      ): ReadonlyArray<Member<C, unknown, R>> =>
        membersOf(
          models.map((model) => ({ model, name: `fallback ${model.id}` })),
          before,
          cooling,
          factsOf
        )
      const { default: others, contentPolicy, contextWindow } = options.fallbacks ?? {}
      const count = [deployments, others, contentPolicy, contextWindow].reduce(
        (sum, some) => sum + (some?.length ?? 0),
        0
      )
      return {
        group: name,
        members,
        strategy: options.strategy ?? byOrder,
        fallbacks: {
          default: fallbacksOf(others),
          contextWindow: fallbacksOf(contextWindow),
          contentPolicy: fallbacksOf(contentPolicy)
        },
        attempts: options.attempts ?? Math.max(6, count),
        deadline: options.deadline === undefined ? undefined : Duration.fromInputUnsafe(options.deadline),
        waitMillis: Duration.toMillis(Duration.fromInputUnsafe(options.wait ?? "10 seconds")),
        onInterrupted: options.onInterrupted ?? "fail",
        pins,
        nextTurn: () => turns++
      }
    }

    let options = given
    let setup = setUp(deployments, options, [])
    const kind = given.kind ?? deployments[0]?.model.kind
    if (kind === undefined)
      return yield* Effect.die(new TypeError(`the group ${name} has no deployments, and no \`kind\``))
    const windows = setup.members.flatMap(({ facts }) => facts.contextWindow ?? [])
    const model = attempts<C, unknown, R, never, never, AllFailedError>(
      {
        id: name,
        kind,
        contextWindow: windows.length === 0 ? undefined : Math.max(...windows),
        variant: [() => everyone(setup).map(({ model }) => [model.id, model.variant])],
        stream: kind.streaming ?? (kind.streams === true ? true : undefined)
      },
      (request, isStream) => planOf(setup, request, isStream)
    )
    return Object.assign(model, {
      [TypeId]: TypeId as typeof TypeId,
      name,
      explain: (input: C["Input"]) =>
        Effect.gen(function* () {
          if (kind.load !== undefined) yield* kind.load
          return yield* explain(setup, kind.make(input), turns, yield* CurrentOverride)
        }),
      stats: Effect.map(Clock.Clock, (clock) => {
        const now = steadyMillis(clock)
        const atMillis = clock.currentTimeMillisUnsafe()
        const counts = pins.counts(now)
        return everyone(setup).map(({ name, model, tracker }) =>
          tracker.stats(name, model.id, counts.get(name) ?? 0, now, atMillis)
        )
      }),
      replace: (deployments: ReadonlyArray<Deployment<Model.Model<C, unknown, R>>>, more?: typeof given) =>
        Effect.sync(() => {
          options = { ...options, ...more }
          setup = setUp(deployments, options, everyone(setup))
        })
    })
  })
}

/**
 * Whether a value is a group. A group within a policy is a model like any other, without `explain`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isGroup = (u: unknown): u is Any => Predicate.hasProperty(u, TypeId)

const byOrder = Strategy.byOrder()

const everyone = <C extends Capability, E, R>({
  fallbacks,
  members
}: Setup<C, E, R>): ReadonlyArray<Member<C, E, R>> => [
  ...members,
  ...fallbacks.default,
  ...fallbacks.contextWindow,
  ...fallbacks.contentPolicy
]
