import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import {
  BigDecimal,
  DateTime,
  Effect,
  Fiber,
  type FileSystem,
  type Layer,
  Logger,
  Metric,
  Schedule,
  Schema,
  Stream
} from "effect"
import type { SqlClient } from "effect/sql"
import { TestClock, TestConsole } from "effect/testing"
import { ContentPolicyError, RateLimitError } from "../../../src/domain/ChatResponse.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Journal from "../../../src/policies/Journal.ts"
import * as JournalFile from "../../../src/policies/JournalFile.ts"
import * as JournalSql from "../../../src/policies/JournalSql.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Capabilities from "../capabilities.ts"
import { priced } from "../priced.ts"
import { chatModel } from "../telemetry/spans.ts"

const secret = "my secret question"
const openAi = { id: "openai/gpt-x", outcomes: ["answers"] } as const
const busy = () => new RateLimitError({ provider: "openai", status: 429, requestId: "req-0", detail: secret })

type Entry = typeof Journal.Entry.Type

/** A sink that keeps what it is given; `write` may be slow, or fail. */
const keeping = (
  entries: Array<Entry>,
  name = "kept",
  before: (count: number) => Effect.Effect<void, unknown> = () => Effect.void
): Journal.Sink => ({
  name,
  make: Effect.succeed((batch) =>
    Effect.andThen(
      before(batch.length),
      Effect.sync(() => void entries.push(...batch))
    )
  )
})

/** Runs for so long of virtual time, then interrupts. */
const runFor = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>, millis: number) {
  const fiber = yield* Effect.forkChild(effect)
  yield* TestClock.adjust(millis)
  yield* Fiber.interrupt(fiber)
})

/** What a journal records of some calls. */
const recordsOf = Effect.fnUntraced(function* <E, R>(calls: Effect.Effect<unknown, E, R>) {
  const entries: Array<Entry> = []
  yield* Effect.gen(function* () {
    yield* runFor(Effect.ignore(calls), 60_000)
    yield* runFor((yield* Journal.Journal).flush, 5000)
  }).pipe(Effect.provide(Journal.layer([keeping(entries)])))
  return entries.map((entry) => (entry._tag === "Call" ? entry : assert.fail("a record was dropped")))
})

/** Without what differs from run to run, and what is absent. */
const comparable = (record: Journal.CallRecord) =>
  JSON.parse(JSON.stringify({ ...record, id: undefined, at: undefined })) as unknown

const usage = {
  inputTokens: 100,
  cacheReadTokens: 60,
  cacheWriteTokens: 10,
  outputTokens: 20,
  reasoningTokens: 5
}

describe("Journal records", () => {
  it.effect("a call with all of its metadata, and no text", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 31, 12))
      const model = chatModel(openAi).pipe(Model.retry(Retry.make({ times: 1 })), Journal.standard)
      const [record, ...others] = yield* recordsOf(
        model
          .generate({ messages: secret, user: "user-1" })
          .pipe(
            Journal.annotate({ session: "s-1", tags: { feature: "search" } }),
            Journal.annotate({ tenant: "acme", session: "outer", tags: { stage: "prod" } }),
            Effect.withSpan("handler")
          )
      )
      assert.deepStrictEqual(others, [])
      assert.isString(record!.id)
      assert.match(record!.traceId ?? "", /^[0-9a-f]{32}$/)
      assert.strictEqual(DateTime.formatIso(record!.at), "2026-01-31T12:00:00.000Z")
      assert.deepStrictEqual(comparable({ ...record!, traceId: undefined }), {
        _tag: "Call",
        millis: 1000,
        capability: "chat",
        streamed: false,
        model: "openai/gpt-x",
        provider: "openai",
        servedModel: "gpt-x-2026-01-01",
        tenant: "acme",
        user: "user-1",
        session: "s-1",
        tags: { stage: "prod", feature: "search" },
        outcome: "success",
        finishReason: "stop",
        attempts: [{ model: "openai/gpt-x", millis: 1000 }],
        ...usage,
        requestId: "req-1"
      })
    })
  )

  it.effect("every attempt of a fallback, with costs as exact decimals or the reason why not", () =>
    Effect.gen(function* () {
      const first = chatModel({ id: "openai/gpt-x", outcomes: [busy] }).pipe(
        Model.retry(Retry.make({ times: 1, jitter: "none" }))
      )
      const chain = Fallback.make([first, chatModel({ id: "lab/0", outcomes: ["answers"] })])
      const unpriced = chatModel(openAi).pipe(Model.withCost, Journal.standard)
      const [record, second] = yield* recordsOf(
        Effect.andThen(
          Stream.runDrain(chain.pipe(Model.withCost, Journal.standard).stream("Hi")),
          unpriced.generate("Hi")
        )
      )
      assert.strictEqual(record!.model, "openai/gpt-x,lab/0")
      assert.isTrue(record!.streamed)
      assert.strictEqual(record!.firstTokenMillis, 3500)
      assert.deepStrictEqual(
        record!.attempts.map(({ error, millis, model, waitMillis }) => [model, error, millis, waitMillis]),
        [
          ["openai/gpt-x", "RateLimitError", 1000, undefined],
          ["openai/gpt-x", "RateLimitError", 1000, 500],
          ["lab/0", undefined, 2000, undefined]
        ]
      )
      assert.deepStrictEqual(record!.cost?._tag === "Priced" && BigDecimal.format(record!.cost.usd), "0.0003")
      assert.deepStrictEqual(second!.cost, { _tag: "Unpriced", reason: "NoPrice", atLeast: undefined })
    }).pipe(priced)
  )

  it.effect("errors, interruptions and abandoned streams", () =>
    Effect.gen(function* () {
      const failing = chatModel({ id: "openai/gpt-x", outcomes: [busy] }).pipe(Journal.standard)
      const model = chatModel(openAi).pipe(Journal.standard)
      const calls = Effect.gen(function* () {
        yield* Effect.ignore(failing.generate("Hi"))
        yield* Effect.timeoutOption(model.generate("Hi"), 300)
        yield* Stream.runDrain(Stream.take(model.stream("Hi"), 4))
        yield* Effect.exit(
          model
            .pipe(
              Model.tap(() => Effect.die("bug")),
              Journal.standard
            )
            .generate("Hi")
        )
      })
      const records = yield* recordsOf(calls)
      assert.deepStrictEqual(
        records.map(({ error, millis, outcome, requestId, status }) => [outcome, error, status, requestId, millis]),
        [
          ["error", "RateLimitError", 429, "req-0", 1000],
          ["interrupted", undefined, undefined, undefined, 300],
          ["interrupted", undefined, undefined, undefined, 1000],
          // The inner journal's, then the outer one's.
          ["success", undefined, undefined, "req-1", 1000],
          ["defect", undefined, undefined, undefined, 1000]
        ]
      )
    })
  )

  it.effect("survive JSON", () =>
    Effect.gen(function* () {
      const model = chatModel({ id: "openai/gpt-x", outcomes: [busy, "answers"] }).pipe(
        Model.retry(Retry.make({ times: 1 })),
        Model.withCost,
        Journal.make({ content: true })
      )
      const [record] = yield* recordsOf(Stream.runDrain(model.stream(secret)))
      const codec = Schema.fromJsonString(Journal.Entry)
      const decoded = yield* Schema.decodeEffect(codec)(yield* Schema.encodeEffect(codec)(record!))
      assert.deepStrictEqual(comparable(decoded as Journal.CallRecord), comparable(record!))
    }).pipe(priced)
  )

  it.effect("contain text only if configured, and redacted", () =>
    Effect.gen(function* () {
      const refused = () => new ContentPolicyError({ provider: "openai", detail: secret })
      const silent = yield* recordsOf(
        Effect.andThen(
          chatModel(openAi, secret).pipe(Journal.standard).generate({ messages: secret }),
          chatModel({ id: "openai/gpt-x", outcomes: [refused] })
            .pipe(Journal.standard)
            .generate(secret)
        )
      )
      assert.lengthOf(silent, 2)
      assert.notInclude(JSON.stringify(silent.map(comparable)), secret)
      const model = chatModel(openAi, secret).pipe(Journal.make({ content: { redact: () => "[x]" } }))
      const [whole, streamed] = yield* recordsOf(
        Effect.andThen(model.generate(secret), Stream.runDrain(model.stream(secret)))
      )
      assert.deepStrictEqual(whole!.content, {
        "gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text","content":"[x]"}]}]`,
        "gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"text","content":"[x]"}],"finish_reason":"stop"}]`
      })
      assert.deepStrictEqual(streamed!.content, whole!.content)
    })
  )
})

it.effect("a redactor or an annotation that throws fails no call and loses no record", () =>
  Effect.gen(function* () {
    const broken = () => assert.fail("broken")
    const model = chatModel(openAi).pipe(Journal.make({ annotations: broken, content: { redact: broken } }))
    const records = yield* recordsOf(Effect.andThen(model.generate("Hi"), Stream.runDrain(model.stream("Hi"))))
    assert.deepStrictEqual(
      records.map(({ content, outcome }) => [outcome, content]),
      [
        ["success", undefined],
        ["success", undefined]
      ]
    )
  }).pipe(Effect.provideService(Logger.CurrentLoggers, new Set()))
)

Capabilities.forEveryCall("every call is recorded once, whatever its end", (call) => {
  it.effect.prop(
    call.name,
    { script: Capabilities.Script, millis: Schema.Literals([0, 200, 2000, 60_000]), isLeft: Schema.Boolean },
    Effect.fnUntraced(function* ({ isLeft, millis, script }) {
      const entries: Array<Entry> = []
      const calls: Array<Capabilities.CallRecord> = []
      yield* Effect.gen(function* () {
        const model = Capabilities.scripted(call, script, calls).pipe(Journal.standard)
        yield* runFor(Effect.ignore(isLeft ? call.leave(model, 2) : Effect.asVoid(call.run(model))), millis)
        yield* runFor((yield* Journal.Journal).flush, 2000)
      }).pipe(Effect.provide(Journal.layer([keeping(entries)])))
      const outcomes = { succeeded: "success", failed: "error", interrupted: "interrupted", pending: "none" }
      assert.deepStrictEqual(
        entries.map((entry): string => (entry._tag === "Call" ? entry.outcome : entry._tag)),
        calls.map(({ outcome }) => outcomes[outcome])
      )
    }),
    { arbitrary: { runs: 20 } }
  )
})

it("a journal requires only the services of its sinks", () => {
  const file = JournalFile.sink({ directory: "journal" })
  const all = Journal.layer([Journal.console, file, JournalSql.sink()])
  expectTypeOf(all).toEqualTypeOf<Layer.Layer<Journal.Journal, never, FileSystem.FileSystem | SqlClient.SqlClient>>()
  expectTypeOf(Journal.layer([Journal.console])).toEqualTypeOf<Layer.Layer<Journal.Journal>>()
})

describe("Journal sinks", () => {
  /** Calls one after the other; each takes a second. */
  const call = chatModel(openAi).pipe(Journal.standard).generate("Hi")
  const callsOf = (entries: ReadonlyArray<Entry>) => entries.filter(({ _tag }) => _tag === "Call").length
  const quietly = Effect.provideService(Logger.CurrentLoggers, new Set<Logger.Logger<unknown, unknown>>())

  it.effect("that are slow delay no call; what they miss is counted, logged and reported by the sink", () =>
    Effect.gen(function* () {
      const slow: Array<Entry> = []
      const fast: Array<Entry> = []
      const logs: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => void logs.push(message))
      yield* Effect.gen(function* () {
        const startedAtMillis = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        const calls = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 100 }), () => call, { discard: true })
        )
        yield* TestClock.adjust("100 seconds")
        assert.isDefined(calls.pollUnsafe(), "100 calls of a second take 100 seconds")
        assert.strictEqual((yield* Effect.clockWith((clock) => clock.currentTimeMillis)) - startedAtMillis, 100_000)
        const { dropped } = yield* Journal.Journal
        assert.strictEqual(callsOf(fast), 100 - 1)
        const { kept, slow: missing = 0 } = yield* dropped
        assert.strictEqual(kept, 0)
        assert.isAbove(missing, 50)
        const metric = (yield* Metric.snapshot).find(
          ({ attributes, id }) =>
            id === "effect_llm.journal.dropped" && attributes?.["effect_llm.journal.sink"] === "slow"
        )
        assert.deepInclude(metric?.state, { count: missing })
        // When the sink has time again, it says how many are missing, and nothing is lost beyond those.
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(callsOf(slow) + missing, 100)
        yield* runFor(call, 300_000)
        assert.strictEqual(
          slow.reduce((sum, entry) => sum + (entry._tag === "Dropped" ? entry.count : 0), 0),
          missing
        )
        assert.isTrue(logs.some((message) => /^The journal dropped \d+ records: sink slow/.test(String(message))))
      }).pipe(
        Effect.provide(
          Journal.layer([keeping(slow, "slow", () => Effect.sleep("25 seconds")), keeping(fast)], {
            capacity: 5,
            batchSize: 5
          })
        ),
        Effect.provide(Logger.layer([logger]))
      )
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("that fail are retried with the same entries, and stop no other sink", () =>
    Effect.gen(function* () {
      const failing: Array<Entry> = []
      const other: Array<Entry> = []
      let failures = 0
      const before = () => Effect.suspend(() => (++failures <= 3 ? Effect.die("disk full") : Effect.void))
      yield* Effect.gen(function* () {
        yield* runFor(call, 3000)
        assert.strictEqual(callsOf(other), 1)
        assert.strictEqual(callsOf(failing), 0)
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(callsOf(failing), 1)
        assert.deepStrictEqual(yield* (yield* Journal.Journal).dropped, { failing: 0, kept: 0 })
      }).pipe(Effect.provide(Journal.layer([keeping(failing, "failing", before), keeping(other)])), quietly)
    })
  )

  it.effect("that keep failing lose a batch in the end, and report it once they work", () =>
    Effect.gen(function* () {
      const entries: Array<Entry> = []
      let isDown = true
      const before = () => Effect.suspend(() => (isDown ? Effect.fail("down") : Effect.void))
      yield* Effect.gen(function* () {
        yield* runFor(call, 60_000)
        assert.deepStrictEqual(yield* (yield* Journal.Journal).dropped, { kept: 1 })
        isDown = false
        yield* runFor(call, 60_000)
        assert.deepStrictEqual(
          entries.map((entry) => (entry._tag === "Dropped" ? entry.count : entry._tag)),
          [1, "Call"]
        )
      }).pipe(Effect.provide(Journal.layer([keeping(entries, "kept", before)], { retry: Schedule.recurs(2) })), quietly)
    })
  )

  it.effect("that hang time out after the limit of a write", () =>
    Effect.gen(function* () {
      const entries: Array<Entry> = []
      let writes = 0
      const before = () => Effect.suspend(() => (++writes === 1 ? Effect.never : Effect.void))
      yield* runFor(call, 60_000).pipe(Effect.provide(Journal.layer([keeping(entries, "kept", before)])), quietly)
      assert.strictEqual(callsOf(entries), 1)
    })
  )

  it.effect("get the remaining entries when the layer closes, for a limited time", () =>
    Effect.gen(function* () {
      const entries: Array<Entry> = []
      const hanging: Array<Entry> = []
      const sinks = [keeping(entries), keeping(hanging, "hanging", () => Effect.never)]
      const layer = Journal.layer(sinks, { interval: "1 hour", flushTimeout: "3 seconds" })
      const run = yield* Effect.forkChild(Effect.provide(Effect.scoped(call), layer))
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(callsOf(entries), 1)
      assert.isUndefined(run.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isDefined(run.pollUnsafe())
    }).pipe(quietly)
  )

  it.effect("that cannot be interrupted do not keep the layer from closing", () =>
    Effect.gen(function* () {
      const sinks = [keeping([], "stuck", () => Effect.uninterruptible(Effect.never))]
      const layer = Journal.layer(sinks, { flushTimeout: "3 seconds" })
      const run = yield* Effect.forkChild(Effect.provide(Effect.scoped(call), layer))
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("1 minute")
      assert.isDefined(run.pollUnsafe())
    }).pipe(quietly)
  )

  it.effect("on the console write one readable line, whatever ids contain", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 31, 12))
      const model = chatModel({ id: "openai/gpt-x", outcomes: [busy, "answers"] }).pipe(
        Model.retry(Retry.make({ times: 1, jitter: "none" })),
        Journal.make({ annotations: () => ({ tenant: "acme\nforged" }) })
      )
      yield* Effect.gen(function* () {
        yield* runFor(Stream.runDrain(model.stream("Hi")), 10_000)
        yield* runFor((yield* Journal.Journal).flush, 5000)
      }).pipe(Effect.provide(Journal.layer([Journal.console])))
      assert.deepStrictEqual(yield* TestConsole.logLines, [
        "2026-01-31T12:00:00.000Z chat openai/gpt-x -> gpt-x-2026-01-01 stop 3500 ms (first token 2500 ms) 100 in 20 out " +
          "2 attempts tenant=acme forged request=req-1"
      ])
    })
  )
})
