/** What holds of every policy under every other, and of any stack of them, however models fail and callers leave. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Option, Random, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { CircuitBreaker as BreakerStore } from "effect/persistence"
import { TestClock } from "effect/testing"
import { globSync, readFileSync } from "node:fs"
import { basename } from "node:path"
import type { CallEvent } from "../../src/domain/CallEvent.ts"
import type { Capability } from "../../src/domain/Capability.ts"
import { Budgets } from "../../src/policies/Budgets.ts"
import * as RateLimit from "../../src/policies/RateLimit.ts"
import * as ResponseCache from "../../src/policies/ResponseCache.ts"
import { type Call, mapCalls, Scripts } from "./capabilities.ts"
import { priced } from "./priced.ts"
import { type Calls, makeNone, type Name, names, ofModels, stackable } from "./stacks/everyPolicy.ts"
import { type AnyModel, type Services, World } from "./stacks/World.ts"

const runs = 30

/** A caller: when it comes, how long it takes for each event, and after how much time or how many chunks it leaves. */
const Visit = Schema.Struct({
  atMillis: Schema.Literals([0, 0, 50, 300, 2500]),
  leaves: Schema.Literals(["never", "never", "never", "in time", "after chunks"]),
  after: Schema.Literals([1, 2, 3, 5, 11, 25, 60]),
  pause: Schema.Literals([0, 0, 0, 30, 400])
})

/** Two callers of one stack of policies, inner to outer, and a third when they are done. */
const Play = {
  scripts: Scripts,
  first: Visit,
  second: Visit
}
type Play = { readonly [K in keyof typeof Play]: (typeof Play)[K]["Type"] }

/** A caller who stays. */
const alone: typeof Visit.Type = { atMillis: 0, leaves: "never", after: 1, pause: 0 }

interface Seen<C extends Capability> {
  readonly hasLeft: boolean
  /** Whether it has waited in vain for long. */
  readonly hangs: boolean
  readonly exit: Exit.Exit<C["Response"] | void, unknown>
  readonly events: ReadonlyArray<C["Event"]> | undefined
}

const visit = Effect.fnUntraced(function* <C extends Capability>(
  call: Call<C>,
  model: AnyModel<C>,
  { after, atMillis, leaves, pause }: typeof Visit.Type
): Effect.fn.Return<Seen<C>, never, Services> {
  yield* Effect.sleep(atMillis)
  const isCut = leaves === "after chunks" && call.isStream
  const events: Array<C["Event"]> = []
  const run: Effect.Effect<C["Response"] | void, unknown, Services> = isCut
    ? call.leave(model, after)
    : call.run(model, {
        see: (event) => {
          events.push(event)
          return pause === 0 ? undefined : Effect.sleep(pause)
        }
      })
  const fiber = yield* Effect.forkChild(run)
  const exit = yield* Effect.timeoutOption(Fiber.await(fiber), leaves === "in time" ? after * 50 : "9 minutes")
  if (Option.isNone(exit)) yield* Fiber.interrupt(fiber)
  return {
    hasLeft: Option.isNone(exit),
    hangs: Option.isNone(exit) && leaves !== "in time",
    exit: yield* Fiber.await(fiber),
    events: isCut ? undefined : events
  }
})

const textOf = (events: ReadonlyArray<CallEvent>): string =>
  events
    .map((event) => {
      if (event.type === "text-delta" && "delta" in event) return String(event.delta)
      return event.type === "audio" && "data" in event ? new TextDecoder().decode(event.data as Uint8Array) : ""
    })
    .join("")

/** What was on the screen before each `restarted`, and at last. */
const screensOf = (events: ReadonlyArray<CallEvent>): ReadonlyArray<string> => {
  const ends = [...events.flatMap(({ type }, index) => (type === "restarted" ? [index] : [])), events.length]
  return ends.map((end, index) => textOf(events.slice(index === 0 ? 0 : ends[index - 1], end)))
}

/** The tags of the errors that a stack fails with, as its types say. */
const errorsOf = (stack: ReadonlyArray<Name>): ReadonlySet<string> => {
  const tags = new Set<string>(ofModels)
  for (const { errors, isChain } of stack.map(stackable)) {
    if (isChain === true) tags.clear()
    for (const tag of errors) tags.add(tag)
  }
  return tags
}

const tagOf = (exit: Exit.Exit<unknown, unknown>): string =>
  String((Option.getOrUndefined(Exit.findErrorOption(exit)) as { readonly _tag?: unknown } | undefined)?._tag)

/** Asserts that a caller sees a beginning of what one call has written, all of it and an end, or an error. */
const assertSeen = <C extends Capability>(
  call: Call<C>,
  stack: ReadonlyArray<Name>,
  world: World,
  { events, exit, hasLeft }: Seen<C>
) => {
  const { written } = world
  if (Exit.isFailure(exit)) {
    assert.isFalse(Cause.hasDies(exit.cause), `no defects: ${Cause.pretty(exit.cause)}`)
    if (Cause.hasInterrupts(exit.cause)) assert.isTrue(hasLeft, "only who leaves is interrupted")
    else assert.isTrue(errorsOf(stack).has(tagOf(exit)), `${tagOf(exit)} is an error of the stack`)
  }
  if (events === undefined) return
  const screens = screensOf(events)
  for (const screen of screens)
    assert.isTrue(
      screen === "" || written.some(({ text }) => text.startsWith(screen)),
      `"${screen}" is a beginning of what one call has written`
    )
  if (screens.length > 1) assert.isTrue(stack.some(mayRestart), "nothing restarts a stream")
  const finishes = events.flatMap(({ type }, index) => (type === "finish" ? [index] : []))
  // Who leaves may have read the end already.
  const isOver = (Exit.isSuccess(exit) && call.isStream) || (hasLeft && finishes.length > 0)
  assert.deepStrictEqual(finishes, isOver ? [events.length - 1] : [], "one end")
  if (Exit.isFailure(exit) || exit.value === undefined) return
  assert.isUndefined(exit.value.attempts.at(-1)?.error, "the last attempt is the one that succeeded")
  const text = call
    .read(exit.value)
    .map((piece) => `${piece} `)
    .join("")
  assert.isTrue(
    written.some((one) => one.isWhole && one.text === text),
    `"${text}" is the whole of one call`
  )
  if (call.isStream) assert.strictEqual(screens.at(-1), text, "the response is what was shown")
}

const mayRestart = (name: Name): boolean => name.includes("restarting") || name === "Group.make"

const mostCalls = (stack: ReadonlyArray<Name>): number => {
  const { aside, bounded } = stack
    .map(stackable)
    .reduce<Calls>((within, { calls }) => calls(within), { bounded: 1, aside: 0 })
  return aside + bounded
}

const stores = Layer.mergeAll(
  Layer.fresh(RateLimit.layerStoreMemory),
  Layer.fresh(Budgets.layerMemory),
  Layer.fresh(ResponseCache.layerMemory()),
  Layer.suspend(() => BreakerStore.layerStoreMemory())
)

/** Small steps at first: fibers that were forked have to come to their own waits in between. */
const steps = [...Array.from({ length: 30 }, () => 100), ...Array.from({ length: 25 }, () => 500), 4000, 4000, 4000]

/** Lets time pass until a fiber is done, which is ten minutes at most. */
const letEnd = Effect.fnUntraced(function* <A>(fiber: Fiber.Fiber<A>): Effect.fn.Return<A> {
  for (const millis of steps) {
    if (fiber.pollUnsafe() !== undefined) break
    yield* TestClock.adjust(millis)
  }
  yield* TestClock.adjust("10 minutes")
  return yield* Fiber.join(fiber)
})

/** Lets the callers of a play call through a stack of policies, and asserts what must hold then. */
const perform = <C extends Capability>(call: Call<C>, stack: ReadonlyArray<Name>, play: Play) => {
  const world = new World(stack, play.scripts)
  return Effect.gen(function* () {
    let model = world.model(call)
    for (const name of stack) model = yield* stackable(name).on(model, call, world)
    const visits = Effect.forEach([play.first, play.second], (one) => visit(call, model, one), {
      concurrency: "unbounded"
    })
    const seen = [
      ...(yield* letEnd(yield* Effect.forkChild(visits))),
      yield* letEnd(yield* Effect.forkChild(visit(call, model, alone)))
    ]
    yield* TestClock.adjust("2 hours")
    for (const one of seen) assertSeen(call, stack, world, one)
    if (seen.some(({ hangs }) => hangs))
      assert.isTrue(
        world.calls.some(({ outcome }) => outcome === "interrupted"),
        "a call waits for nothing but a model"
      )
    for (const { closed, outcome } of world.calls) {
      assert.notStrictEqual(outcome, "pending")
      assert.strictEqual(closed, 1, "each call is closed once")
    }
    assert.isAtMost(world.calls.length, mostCalls(stack) * seen.length, "calls in all")
    for (const check of world.checks) yield* check
    assert.strictEqual(world.journal.length, world.journaled, "one record for each call")
    const spans = world.tracer.seen()
    assert.isTrue(
      spans.every(({ status }) => status !== "open"),
      "every span has ended"
    )
    assert.strictEqual(spans.filter(({ kind }) => kind === "client").length, world.traced, "one span for each call")
    assert.deepStrictEqual(world.logged, [])
  }).pipe(world.observe, Effect.provide(stores), Effect.scoped, priced)
}

/** Every way to call a model, and how a play is performed with it. */
const ways = mapCalls((call) => ({
  name: call.name,
  takes: (name: Name) => {
    const { only } = stackable(name)
    return only === undefined || only === call.kind.id
  },
  perform: (stack: ReadonlyArray<Name>, play: Play) => perform(call, stack, play)
}))

describe("the list of policies", () => {
  it("includes every public module that makes a policy", () => {
    const modules = globSync(`${import.meta.dirname}/../../src/policies/*.ts`)
      .filter((file) => readFileSync(file, "utf8").includes("@since"))
      .map((file) => basename(file, ".ts"))
    const stacked = new Set<string>(names.map((name) => name.split(".")[0]!))
    assert.deepStrictEqual(
      modules.filter((module) => !stacked.has(module) && !makeNone.includes(module)),
      []
    )
    assert.deepStrictEqual(
      makeNone.filter((module) => stacked.has(module) || !modules.includes(module)),
      []
    )
  })
})

/** Performs a play; a failure says how to perform it again. */
const replayable = (way: (typeof ways)[number], stack: ReadonlyArray<Name>, play: Play) =>
  Effect.catchCause(way.perform(stack, play), (cause) =>
    Effect.die(new Error(`${JSON.stringify([way.name, stack, play])}\n${Cause.pretty(cause)}`))
  )

describe("every policy inside every other", () => {
  for (const [index, outer] of names.entries())
    it.effect(outer, () =>
      Effect.gen(function* () {
        const plays = yield* Arbitrary.sampleEffect(Arbitrary.schema(Schema.Struct(Play)), { count: names.length })
        const from = yield* Random.nextIntBetween(0, ways.length)
        for (const [at, play] of plays.entries()) {
          const inner = names[at]!
          const able = ways.filter(({ takes }) => takes(inner) && takes(outer))
          yield* replayable(able[(index + at + from) % able.length]!, [inner, outer], play)
        }
      })
    )
})

describe("any stack of policies", () => {
  it.effect("charges for an invalid response even if the next one is cached", () =>
    Effect.forEach(ways, (way) =>
      replayable(way, ["ResponseCache.make", "Validate.make", "Budget.enforce"], {
        scripts: [[{ end: "whole", after: 3, together: 2, wait: 0 }]],
        first: alone,
        second: { ...alone, leaves: "in time", after: 60 }
      })
    )
  )

  for (const way of ways)
    it.effect.prop(
      way.name,
      {
        ...Play,
        stack: Schema.Array(Schema.Literals(names.filter(way.takes))).check(
          Schema.isMinLength(2),
          Schema.isMaxLength(6)
        )
      },
      ({ stack, ...play }) => replayable(way, stack, play),
      { arbitrary: { runs } }
    )
})
