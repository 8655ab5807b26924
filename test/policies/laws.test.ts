/** The laws of policies: what holds for every capability, whole and streamed, however models behave. */
import { assert, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Fiber, Option, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as CatalogCost from "../../src/catalog/Cost.ts"
import type { Pricing } from "../../src/catalog/Pricing.ts"
import { attemptsOf } from "../../src/domain/ProviderError.ts"
import type { CallEvent } from "../../src/domain/CallEvent.ts"
import type { CallResponse } from "../../src/domain/CallResponse.ts"
import type { Capability } from "../../src/domain/Capability.ts"
import { withFields } from "../../src/domain/ResponseFields.ts"
import { AllFailedError } from "../../src/domain/AllFailedError.ts"
import { TimeoutError } from "../../src/domain/ChatResponse.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Model from "../../src/policies/Model.ts"
import * as Policy from "../../src/policies/Policy.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as Telemetry from "../../src/policies/Telemetry.ts"
import { attemptRows } from "./attemptRows.ts"
import * as Capabilities from "./capabilities.ts"
import { dollars, priced } from "./priced.ts"
import { stacksOf } from "./stacks.ts"

const { answers, fails, forEveryCall, piecesOf, Script, scripted, Scripts, usage } = Capabilities
type Call<C extends Capability> = Capabilities.Call<C>
type CallRecord = Capabilities.CallRecord

/** States a law over random inputs, for every call. */
const law = <const Fields extends { readonly [name: string]: Schema.Codec<unknown, unknown> }>(
  title: string,
  fields: Fields,
  runs: number,
  check: <C extends Capability>(
    call: Call<C>,
    input: { readonly [K in keyof Fields]: Fields[K]["Type"] }
  ) => Effect.Effect<unknown, unknown, Pricing>
) =>
  forEveryCall(title, (call) =>
    it.effect.prop(call.name, fields, (input) => priced(check(call, input as never)), { arbitrary: { runs } })
  )

/** What the caller gets: how the call ended, when, and each event of a stream. */
const observe = Effect.fnUntraced(function* <C extends Capability, E, R>(
  call: Call<C>,
  model: Model.Model<C, E, R>,
  options: { readonly request?: C["Input"]; readonly leavesAtMillis?: number | undefined } = {}
) {
  const events: Array<C["Event"]> = []
  const startedAtMillis = yield* Clock.currentTimeMillis
  let endedAtMillis = 0
  const run = call.run(model, {
    see: (event) => void events.push(event),
    ...(options.request === undefined ? {} : { request: options.request })
  })
  const fiber = yield* Effect.forkChild(
    Effect.ensuring(
      run,
      Effect.map(Clock.currentTimeMillis, (now) => (endedAtMillis = now))
    )
  )
  yield* TestClock.adjust(options.leavesAtMillis ?? "10 minutes")
  yield* Fiber.interrupt(fiber)
  return { events, exit: yield* Fiber.await(fiber), millis: endedAtMillis - startedAtMillis }
})

const kindOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isSuccess(exit) ? "succeeded" : Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"

const errorOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))

/** An observation that can be compared with that of another model. */
const comparable = ({
  events,
  exit,
  millis
}: {
  readonly events: ReadonlyArray<CallEvent>
  readonly exit: Exit.Exit<CallResponse, unknown>
  readonly millis: number
}) => ({
  events: events.map(withoutErrors),
  kind: kindOf(exit),
  response: Exit.isSuccess(exit) ? withoutErrors(exit.value) : undefined,
  error: (errorOf(exit) as { readonly _tag?: string } | undefined)?._tag,
  attempts: attemptRows(attemptsOf(errorOf(exit))),
  millis
})

/** Errors are new ones in each run. */
const withoutErrors = <A extends { readonly attempts?: CallResponse["attempts"] | undefined }>(value: A) => ({
  ...value,
  attempts: attemptRows(value.attempts),
  costs: value.attempts?.map(({ cost }) => dollars(cost))
})

type AnyModel<C extends Capability> = Model.Model<C, unknown, Pricing>
type End<C extends Capability> = Model.EndOf<C, unknown>

const recordEnds =
  <C extends Capability>(ends: Array<End<C>>) =>
  (model: AnyModel<C>): AnyModel<C> =>
    Model.onEnd(model, (end) => Effect.sync(() => void ends.push(end)))

const retries = (times: number) => Retry.make({ times, jitter: "none" })

/** Policies by name, for random stacks of them. */
const stackable = {
  silence: Model.timeout({ firstToken: "3 seconds", idle: "3 seconds" }),
  // No sum of the waits: what happens at the very moment of the limit may be lost to it.
  total: Model.timeout({ total: "7050 millis" }),
  retry: <C extends Capability>(model: AnyModel<C>): AnyModel<C> => Model.retry(model, retries(2)),
  restart: <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    Model.retry(model, retries(1), { onInterrupted: "restart" }),
  cost: <C extends Capability>(model: AnyModel<C>): AnyModel<C> => Model.withCost(model),
  observe: <C extends Capability>(model: AnyModel<C>): AnyModel<C> => Model.onEnd(model, () => Effect.void),
  telemetry: Telemetry.standard,
  hooks: Policy.perCall(() =>
    Effect.succeed({ open: (opening) => opening, event: () => undefined, end: () => Effect.void })
  )
}
const { Names, apply } = stacksOf<Pricing>()(stackable, 3)

const OnInterrupted = Schema.Literals(["fail", "restart"])

/** A chain of models, each within random policies, and within others as a whole. */
const Composition = { scripts: Scripts, inner: Names, outer: Names, onInterrupted: OnInterrupted }
type Composition = { readonly [K in keyof typeof Composition]: (typeof Composition)[K]["Type"] }

const compose = <C extends Capability>(
  call: Call<C>,
  { inner, onInterrupted, outer, scripts }: Composition,
  each: (model: AnyModel<C>) => AnyModel<C> = (model) => model
) => {
  const calls: Array<CallRecord> = []
  const models = scripts.map((script, index) => apply(each(scripted(call, script, calls, `lab/${index}`)), inner))
  const [first, ...others] = models
  if (first === undefined) throw new Error("a composition has at least one script")
  const chain: AnyModel<C> = others.length === 0 ? first : chainOf([first, ...others], { onInterrupted })
  return { calls, model: apply(chain, outer) }
}

/** `Fallback.make` infers the capability of each model; here all are of `C`. */
const chainOf = <C extends Capability>(
  models: readonly [AnyModel<C>, ...ReadonlyArray<AnyModel<C>>],
  options?: Fallback.FallbackOptions<unknown>
): Model.Model<C, AllFailedError, Pricing> =>
  (Fallback.make as unknown as (m: typeof models, o: typeof options) => Model.Model<C, AllFailedError, Pricing>)(
    models,
    options
  )

/** The pieces on the reader's screen: those since the last `restarted`. */
const screenOf = <C extends Capability>({ events: format }: Call<C>, events: ReadonlyArray<C["Event"]>) =>
  events
    .slice(events.findLastIndex(({ type }) => type === "restarted") + 1)
    .flatMap((event) => format?.read(event) ?? [])

/** What was on the screen before each `restarted`, and at last. */
const screensOf = <C extends Capability>(call: Call<C>, events: ReadonlyArray<C["Event"]>) => {
  const ends = events.flatMap(({ type }, index) => (type === "restarted" ? [index] : []))
  return [...ends, events.length].map((end) => screenOf(call, events.slice(0, end)))
}

/** Asserts that pieces are the first ones of a single call, none of them twice. */
const assertOneCall = (pieces: ReadonlyArray<string>) => {
  const [model = "0", call = "0"] = pieces[0]?.split(".") ?? []
  assert.deepStrictEqual(pieces, piecesOf(model, Number(call)).slice(0, pieces.length))
}

/** Asserts that a reader sees one whole response, or the beginning of one and an error, or `restarted` between them. */
const assertOneResponse = <C extends Capability>(
  call: Call<C>,
  { events, exit }: { readonly events: ReadonlyArray<C["Event"]>; readonly exit: Exit.Exit<C["Response"], unknown> },
  mayRestart: boolean
) => {
  const screens = screensOf(call, events)
  for (const pieces of screens) assertOneCall(pieces)
  if (!mayRestart) assert.strictEqual(screens.length, 1)
  const finishes = events.flatMap(({ type }, index) => (type === "finish" ? [index] : []))
  assert.deepStrictEqual(finishes, Exit.isSuccess(exit) && call.isStream ? [events.length - 1] : [])
  if (Exit.isFailure(exit)) return
  const pieces = call.read(exit.value)
  assert.strictEqual(pieces.length, 4)
  assertOneCall(pieces)
  if (call.isStream) assert.deepStrictEqual(screens.at(-1), pieces)
}

/** Asserts that each call was closed once, before the next one began. */
const assertClosed = (calls: ReadonlyArray<CallRecord>) => {
  for (const [index, { closed, endedAtMillis, outcome }] of calls.entries()) {
    assert.strictEqual(closed, 1)
    assert.notStrictEqual(outcome, "pending")
    assert.isAtMost(endedAtMillis, calls[index + 1]?.startedAtMillis ?? Infinity)
  }
}

law(
  "output is never repeated after the first content: a reader sees one response, or an error, or `restarted` between two",
  Composition,
  20,
  Effect.fnUntraced(function* (call, input) {
    const { calls, model } = compose(call, input)
    const observed = yield* observe(call, model)
    assertClosed(calls)
    const mayRestart = input.onInterrupted === "restart" || [...input.inner, ...input.outer].includes("restart")
    assertOneResponse(call, observed, mayRestart)
  })
)

law(
  "the attempts of a response, or of an error, are the calls that were made, in order",
  {
    scripts: Scripts,
    retry: OnInterrupted,
    fallback: OnInterrupted,
    outer: Schema.Literals(["none", "timeout", "retry"])
  },
  25,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    input: {
      readonly scripts: Composition["scripts"]
      readonly retry: "fail" | "restart"
      readonly fallback: "fail" | "restart"
      readonly outer: "none" | "timeout" | "retry"
    }
  ) {
    const calls: Array<CallRecord> = []
    const [first, ...others] = input.scripts.map((script, index): AnyModel<C> =>
      stackable
        .silence(stackable.total(scripted(call, script, calls, `lab/${index}`)))
        .pipe(Model.retry(retries(2), { onInterrupted: input.retry }))
    )
    if (first === undefined) return
    const chain: AnyModel<C> = chainOf([first, ...others], { onInterrupted: input.fallback })
    const model =
      input.outer === "none"
        ? chain
        : input.outer === "timeout"
          ? Model.timeout(chain, { total: "8050 millis" })
          : Model.retry(chain, retries(1), { onInterrupted: input.fallback })
    const { events, exit } = yield* observe(call, model)
    assertClosed(calls)
    assertOneResponse(call, { events, exit }, input.retry === "restart" || input.fallback === "restart")
    const error = errorOf(exit)
    const attempts = Exit.isSuccess(exit) ? exit.value.attempts : attemptsOf(error)
    // The outermost limit may be reached between two calls: it is an attempt without a call.
    const isBetween =
      input.outer === "timeout" && attempts.at(-1)?.error === error && calls.at(-1)?.outcome === "failed"
    assert.deepStrictEqual(
      (isBetween && error !== undefined ? attempts.slice(0, -1) : attempts).map(({ error, model }) => [
        model,
        error === undefined
      ]),
      calls.map(({ model, outcome }) => [model, outcome === "succeeded"])
    )
  })
)

law(
  "onEnd runs exactly once, whatever the end, with the attempts, usage and cost of the response or of the error",
  {
    ...Composition,
    leaves: Schema.Literals(["never", "never", "in time", "after chunks"]),
    atMillis: Schema.Literals([0, 200, 1000, 5000]),
    chunks: Schema.Literals([1, 2, 3, 5])
  },
  30,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    input: Composition & {
      readonly leaves: "never" | "in time" | "after chunks"
      readonly atMillis: number
      readonly chunks: number
    }
  ) {
    const innerEnds: Array<End<C>> = []
    const { calls, model } = compose(call, input, recordEnds(innerEnds))
    const ends: Array<End<C>> = []
    const observed = recordEnds(ends)(model)
    const startedAtMillis = yield* Clock.currentTimeMillis
    if (input.leaves === "after chunks") {
      const fiber = yield* Effect.forkChild(call.leave(observed, input.chunks))
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(ends.length, 1)
    } else {
      const leavesAtMillis = input.leaves === "in time" ? input.atMillis : undefined
      const { exit, millis } = yield* observe(call, observed, { leavesAtMillis })
      assert.strictEqual(ends.length, 1)
      const end = ends[0]!
      assert.strictEqual(kindOf(end.exit), kindOf(exit))
      assert.strictEqual(Duration.toMillis(end.timings.total!), millis)
      const isCosted = [...input.inner, ...input.outer].includes("cost")
      if (!isCosted) assert.isUndefined(end.cost)
      if (Exit.isSuccess(exit)) {
        assert.deepStrictEqual(call.read((end.exit as Exit.Success<C["Response"]>).value), call.read(exit.value))
        if (exit.value.attempts.length > 0) assert.deepStrictEqual(end.attempts, exit.value.attempts)
        assert.deepStrictEqual(end.usage, exit.value.usage)
        if (exit.value.cost !== undefined) {
          assert.deepStrictEqual(end.cost, exit.value.cost)
          assert.deepStrictEqual(CatalogCost.sum(Model.costs(end)), CatalogCost.sum(Model.costs(exit.value)))
        }
      } else {
        assert.isTrue(end.attempts.every(({ error }) => error !== undefined))
        const error = errorOf(exit)
        assert.strictEqual(errorOf(end.exit), error)
        const attempts = attemptsOf(error)
        if (attempts.length > 0) assert.deepStrictEqual(attemptRows(end.attempts), attemptRows(attempts))
      }
    }
    assert.isAtMost(Duration.toMillis(ends[0]!.timings.total!), (yield* Clock.currentTimeMillis) - startedAtMillis)
    // Each attempt has an end of its own.
    assert.deepStrictEqual(
      innerEnds.map(({ exit, timings }) => [kindOf(exit), Duration.toMillis(timings.total!)]),
      calls.map(({ endedAtMillis, outcome, startedAtMillis }) => [outcome, endedAtMillis - startedAtMillis])
    )
  })
)

law(
  "leaving at any moment closes each model and each scope of `perCall` once",
  {
    ...Composition,
    atMillis: Schema.Literals([0, 100, 700, 1000, 3000, 5000]),
    chunks: Schema.Literals([1, 2, 3, 5, 100])
  },
  15,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { atMillis, chunks, ...input }: Composition & { readonly atMillis: number; readonly chunks: number }
  ) {
    for (const leaves of ["in time", "after chunks"]) {
      /** How often each scope was closed. */
      const closings: Array<number> = []
      const counted = Policy.perCall(() =>
        Effect.sync(() => closings.push(0) - 1).pipe(
          Effect.tap((index) => Effect.addFinalizer(() => Effect.sync(() => closings[index]!++))),
          Effect.as({})
        )
      )
      const { calls, model } = compose(call, input, counted)
      if (leaves === "in time") yield* observe(call, counted(model), { leavesAtMillis: atMillis })
      else {
        const fiber = yield* Effect.forkChild(call.leave(counted(model), chunks))
        yield* TestClock.adjust("10 minutes")
        yield* Fiber.interrupt(fiber)
      }
      assertClosed(calls)
      assert.deepStrictEqual(closings, [1, ...calls.map(() => 1)])
    }
  })
)

/** Policies that do nothing, each in another way. */
const idle = {
  "a retry that is never allowed": <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    Model.retry(model, Schedule.recurs(0)),
  "a timeout without limits": Model.timeout({}),
  "a timeout that is never reached": Model.timeout({ total: "1 day" }),
  "the request as it is": <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    Model.mapRequest(model, (request) => request),
  "the response as it is": <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    Model.mapResponse(model, (response) => response),
  "no defaults": <C extends Capability>(model: AnyModel<C>): AnyModel<C> => Model.withDefaults(model, {}),
  "a tap without effect": <C extends Capability>(model: AnyModel<C>): AnyModel<C> =>
    Model.tap(model, () => Effect.void),
  "an observer without effect": stackable.observe,
  "hooks without effect": stackable.hooks,
  telemetry: Telemetry.make({ content: true }),
  "no hooks": Policy.perCall(() => Effect.succeed({})),
  "a run as it is": Policy.make({ generate: ({ run }) => run, stream: ({ run }) => run }),
  "a call of the model": Policy.make({
    generate: ({ model, request }) => model.generate(request),
    stream: ({ run }) => run
  })
}
type Idle = keyof typeof idle

law(
  "a policy that does nothing is the identity: the same events, end, attempts and time",
  { script: Script, policies: Names },
  4,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { policies, script }: { readonly script: Capabilities.Script; readonly policies: typeof Names.Type }
  ) {
    const inner = () => apply(stackable.retry(scripted(call, script)), policies)
    const expected = comparable(yield* observe(call, inner()))
    for (const name of Object.keys(idle) as ReadonlyArray<Idle>) {
      const policy: (model: AnyModel<C>) => AnyModel<C> = idle[name]
      assert.deepStrictEqual(comparable(yield* observe(call, policy(inner()))), expected, name)
    }
  })
)

law(
  "the order of independent policies changes neither the response nor the request",
  { script: Script, order: Schema.Array(Schema.Int).check(Schema.isMinLength(8), Schema.isMaxLength(8)) },
  12,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { order, script }: { readonly script: Capabilities.Script; readonly order: ReadonlyArray<number> }
  ) {
    const independent: ReadonlyArray<(model: AnyModel<C>) => AnyModel<C>> = [
      (model) => Model.mapRequest(model, (request) => ({ ...request, user: "me" })),
      (model) => Model.mapResponse(model, (response) => Object.assign(response, { id: "1" })),
      (model) => Model.withDefaults(model, { headers: { a: "b" } } as Model.Defaults<C["Request"]>),
      stackable.retry,
      stackable.cost,
      stackable.observe,
      stackable.hooks,
      Model.timeout({ total: "1 day" })
    ]
    const shuffled = independent
      .map((policy, index) => [order[index] ?? 0, policy] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, policy]) => policy)
    const [one, another] = yield* Effect.forEach([independent, shuffled], (policies) =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const model = policies.reduce((model, policy) => policy(model), scripted(call, script, calls) as AnyModel<C>)
        const seen = comparable(yield* observe(call, model))
        return [seen, calls.map(({ outcome, request }) => [outcome, request])]
      })
    )
    assert.deepStrictEqual(one, another)
  })
)

law(
  "a fallback of one model behaves as that model, except for the type of its error",
  { script: Script, policies: Names },
  12,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { policies, script }: { readonly script: Capabilities.Script; readonly policies: typeof Names.Type }
  ) {
    const model = () => Model.retry(apply(scripted(call, script), policies), Schedule.recurs(0))
    const alone = yield* observe(call, model())
    const chained = yield* observe(call, chainOf([model()]))
    const error = errorOf(chained.exit)
    if (kindOf(alone.exit) === "failed") {
      assert.instanceOf(error, AllFailedError)
      assert.deepStrictEqual(attemptRows(error.attempts), attemptRows(attemptsOf(errorOf(alone.exit))))
    }
    assert.deepStrictEqual({ ...comparable(chained), error: 0 }, { ...comparable(alone), error: 0 })
  })
)

law(
  "a chain calls its models in order until one succeeds, and none after it",
  { before: Schema.Literals([0, 1, 2, 3]), after: Schema.Literals([0, 1, 2]) },
  6,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { after, before }: { readonly before: number; readonly after: number }
  ) {
    const calls: Array<CallRecord> = []
    const models = Array.from({ length: before + 1 + after }, (_, index) =>
      scripted(call, [index < before ? fails : answers], calls, `lab/${index}`)
    )
    const [first, ...others] = models
    if (first === undefined) return
    const { exit } = yield* observe(call, chainOf([first, ...others]))
    const expected = Array.from({ length: before + 1 }, (_, index) => `lab/${index}`)
    assert.deepStrictEqual(
      calls.map(({ model }) => model),
      expected
    )
    const response = yield* exit
    assert.deepStrictEqual(call.read(response), piecesOf(`lab/${before}`, 0))
    assert.deepStrictEqual(
      response.attempts.map(({ model }) => model),
      expected
    )
  })
)

law(
  "a timeout inside a retry limits each attempt, and one around it the whole call",
  {
    limit: Schema.Literals([1000, 2500]),
    times: Schema.Literals([1, 2, 4]),
    phase: Schema.Literals(["total", "idle"])
  },
  5,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { limit, phase, times }: { readonly limit: number; readonly times: number; readonly phase: "total" | "idle" }
  ) {
    // Whole responses of most capabilities know no silence.
    const limits = phase === "total" || !call.isStream ? { total: limit } : { firstToken: limit, idle: limit }
    const within = <E>(model: Model.Model<C, E, never>) => Model.timeout(model, limits)
    const again = <E>(model: Model.Model<C, E, never>) =>
      Model.retry(model, Schedule.recurs(times), { while: () => true })

    const eachCalls: Array<CallRecord> = []
    const each = again(within(scripted(call, [{ ...answers, end: "hang", after: -1 }], eachCalls)))
    const limitedEach = yield* observe(call, each)
    assert.strictEqual(limitedEach.millis, (times + 1) * limit)
    assert.deepStrictEqual(
      eachCalls.map(({ endedAtMillis, outcome, startedAtMillis }) => [outcome, endedAtMillis - startedAtMillis]),
      Array.from({ length: times + 1 }, () => ["interrupted", limit])
    )
    assert.instanceOf(errorOf(limitedEach.exit), TimeoutError)
    assert.strictEqual(attemptsOf(errorOf(limitedEach.exit)).length, times + 1)

    const allCalls: Array<CallRecord> = []
    const all = within(again(scripted(call, [{ ...fails, wait: 700 }], allCalls)))
    const limitedAll = yield* observe(call, all)
    const isReached = (times + 1) * 700 > limit
    assert.strictEqual(limitedAll.millis, isReached ? limit : (times + 1) * 700)
    assert.strictEqual(errorOf(limitedAll.exit) instanceof TimeoutError, isReached)
    assert.strictEqual(allCalls.length, isReached ? Math.ceil(limit / 700) : times + 1)
    assert.strictEqual(attemptsOf(errorOf(limitedAll.exit)).length, allCalls.length)
    assertClosed(allCalls)
  })
)

law(
  "a retry calls as often as its schedule and the error allow, and fails with the last error",
  { script: Script, times: Schema.Literals([0, 1, 3]) },
  15,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { script, times }: { readonly script: Capabilities.Script; readonly times: number }
  ) {
    const calls: Array<CallRecord> = []
    const model = Model.retry(scripted(call, script, calls), Schedule.recurs(times))
    const { events, exit } = yield* observe(call, model)
    // A stream is retried until its first content, and a whole response until it is there.
    const isRetried = ({ after, end }: Capabilities.Turn) =>
      (!call.isStream || after <= 0) && ["server", "overloaded", "busy", "cut"].includes(end)
    const turns = Array.from({ length: times + 1 }, (_, index) => script[index % script.length] ?? answers)
    const last = turns.findIndex((turn) => !isRetried(turn))
    assert.strictEqual(calls.length, last === -1 ? times + 1 : last + 1)
    const { end } = turns[calls.length - 1]!
    assert.strictEqual(kindOf(exit), { whole: "succeeded", hang: "interrupted" }[end as string] ?? "failed")
    if (kindOf(exit) === "failed") assert.strictEqual(attemptsOf(errorOf(exit)).at(-1)?.error, errorOf(exit))
    assert.isTrue(
      events.filter(({ type }) => type === "response-start").length <= 1,
      "no event of an earlier attempt is shown"
    )
  })
)

law(
  "the cost of a call is the same wherever costs are computed: in each model of a chain, around it, or both",
  { scripts: Scripts, onInterrupted: OnInterrupted },
  10,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { onInterrupted, scripts }: Pick<Composition, "scripts" | "onInterrupted">
  ) {
    const costedAt = (within: boolean, around: boolean) => {
      const cost = (on: boolean) => (model: AnyModel<C>) => (on ? Model.withCost(model) : model)
      const [first, ...others] = scripts.map((script, index) =>
        cost(within)(stackable.silence(scripted(call, script, [], `lab/${index}`)))
      )
      return cost(around)(chainOf([first!, ...others], { onInterrupted }))
    }
    const ends: Array<End<C>> = []
    const inside = yield* observe(call, recordEnds(ends)(costedAt(true, false)))
    const outside = yield* observe(call, recordEnds(ends)(costedAt(false, true)))
    const both = yield* observe(call, recordEnds(ends)(costedAt(true, true)))
    const sums = ends.map((end) => CatalogCost.sum(Model.costs(end)))
    for (const sum of sums) assert.deepStrictEqual(sum, sums[0])
    for (const { exit } of [inside, outside, both]) {
      if (!Exit.isSuccess(exit)) continue
      assert.strictEqual(dollars(exit.value.cost), "0.002")
      assert.deepStrictEqual(CatalogCost.sum(Model.costs(exit.value)), sums[0])
    }
  })
)

law(
  "an interrupted call cost what was reported until then, or its cost is unknown",
  { after: Schema.Literals([-1, 0, 1, 3]), costIsWithin: Schema.Boolean },
  4,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { after, costIsWithin }: { readonly after: -1 | 0 | 1 | 3; readonly costIsWithin: boolean }
  ) {
    const ends: Array<End<C>> = []
    const model: AnyModel<C> = scripted(call, [{ ...answers, end: "hang", after }])
    const observed = costIsWithin ? recordEnds(ends)(Model.withCost(model)) : Model.withCost(recordEnds(ends)(model))
    yield* observe(call, observed, { leavesAtMillis: 1000 })
    const [end] = ends
    assert.strictEqual(kindOf(end!.exit), "interrupted")
    const isReported = call.isStream && after >= 0
    assert.deepStrictEqual(end!.usage, isReported ? usage : undefined)
    assert.strictEqual(dollars(end!.cost), isReported ? "0.002" : "UnknownUsage")
    if (end!.cost?._tag === "Priced") assert.deepStrictEqual(end!.cost.flags, [{ _tag: "Estimated" }])
  })
)

law(
  "tap sees each response that the caller gets, once, and its error fails the call",
  { script: Script, policies: Names },
  12,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { policies, script }: { readonly script: Capabilities.Script; readonly policies: typeof Names.Type }
  ) {
    const seen: Array<C["Response"]> = []
    const model = () => apply(scripted(call, script), policies)
    const tapped = Model.tap(model(), (response) => Effect.sync(() => seen.push(response)))
    const { exit } = yield* observe(call, tapped)
    assert.deepStrictEqual(seen, Exit.isSuccess(exit) ? [exit.value] : [])
    const refused = yield* observe(
      call,
      Model.tap(model(), () => Effect.fail("refused" as const))
    )
    if (Exit.isSuccess(exit)) assert.strictEqual(errorOf(refused.exit), "refused")
    assert.isFalse(refused.events.some(({ type }) => type === "finish"))
  })
)

law(
  "every attempt sends the mapped request, mappings compose, and a request overrides defaults",
  { script: Script, users: Schema.Struct({ own: Schema.String, inner: Schema.String, outer: Schema.String }) },
  6,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    {
      script,
      users
    }: {
      readonly script: Capabilities.Script
      readonly users: { readonly own: string; readonly inner: string; readonly outer: string }
    }
  ) {
    type Map = (request: C["Request"]) => C["Request"]
    const append =
      (text: string): Map =>
      (request) => ({ ...request, user: `${request.user}${text}` })
    const request = { ...call.request, user: users.own, headers: { a: "request" } }
    const sent = (policy: (model: AnyModel<C>) => AnyModel<C>, sentRequest: C["Input"] = request) =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const model = policy(stackable.retry(scripted(call, script, calls)))
        yield* observe(call, model, { request: sentRequest })
        const [first] = calls
        for (const { request } of calls) assert.deepStrictEqual(request, first?.request)
        return first?.request
      })
    assert.deepStrictEqual<unknown>(
      yield* sent((model) => Model.mapRequest(Model.mapRequest(model, append(users.inner)), append(users.outer))),
      { ...request, user: users.own + users.outer + users.inner }
    )
    const defaults = { user: users.inner, headers: { a: "default", b: "default" } } as Model.Defaults<C["Request"]>
    const withDefaults = (model: AnyModel<C>) => Model.withDefaults(model, defaults)
    assert.deepStrictEqual<unknown>(yield* sent(withDefaults), {
      ...request,
      headers: { a: "request", b: "default" }
    })
    assert.deepStrictEqual<unknown>(yield* sent(withDefaults, call.request), { ...call.request, ...defaults })
  })
)

law(
  "mapResponse composes on whole responses, and leaves streams unchanged",
  { script: Script },
  6,
  Effect.fnUntraced(function* <C extends Capability>(
    call: Call<C>,
    { script }: { readonly script: Capabilities.Script }
  ) {
    const rename =
      (name: string) =>
      (response: C["Response"]): C["Response"] =>
        withFields(response, { id: `${response.id}${name}` })
    const model = (): AnyModel<C> => scripted(call, script)
    const [bare, twice, once] = yield* Effect.forEach(
      [
        model(),
        Model.mapResponse(Model.mapResponse(model(), rename("a")), rename("b")),
        Model.mapResponse(model(), (response) => rename("b")(rename("a")(response)))
      ],
      (model) => Effect.map(observe(call, model), comparable)
    )
    assert.deepStrictEqual(twice, once)
    if (call.isStream) assert.deepStrictEqual(twice, bare)
    else assert.strictEqual(twice?.response?.id, bare?.response && "undefinedab")
  })
)
