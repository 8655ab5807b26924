import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Metric, Redacted, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import type { Persistence } from "effect/persistence"
import { TestClock } from "effect/testing"
import { ContentPolicyError, RateLimitError, ServerError } from "../../../src/domain/ChatResponse.ts"
import type { Chat } from "../../../src/domain/Capability.ts"
import * as Coalesce from "../../../src/policies/Coalesce.ts"
import * as Decision from "../../../src/policies/Decision.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Journal from "../../../src/policies/Journal.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Policy from "../../../src/policies/Policy.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as Telemetry from "../../../src/policies/Telemetry.ts"
import { OpenAi } from "../../../src/providers/OpenAi.ts"
import { priced } from "../priced.ts"
import { chatModel, embeddingModel, makeTracer, speechModel } from "./spans.ts"

const secret = "my secret question"
const request = {
  messages: secret,
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  maxOutputTokens: 100,
  stop: ["END"],
  seed: 7,
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
  reasoning: { effort: "low" },
  responseFormat: { type: "json" },
  user: "user-1"
} as const

const requestAttributes = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-x",
  "gen_ai.request.temperature": 0.5,
  "gen_ai.request.top_p": 0.9,
  "gen_ai.request.top_k": 40,
  "gen_ai.request.max_tokens": 100,
  "gen_ai.request.stop_sequences": ["END"],
  "gen_ai.request.seed": 7,
  "gen_ai.request.frequency_penalty": 0.1,
  "gen_ai.request.presence_penalty": 0.2,
  "gen_ai.output.type": "json",
  "effect_llm.model": "openai/gpt-x"
}

const usageAttributes = {
  "gen_ai.usage.input_tokens": 100,
  "gen_ai.usage.output_tokens": 20,
  "gen_ai.usage.cache_read.input_tokens": 60,
  "gen_ai.usage.cache_creation.input_tokens": 10,
  "gen_ai.usage.reasoning.output_tokens": 5
}

const responseAttributes = {
  "gen_ai.response.id": "resp-1",
  "gen_ai.response.model": "gpt-x-2026-01-01",
  "gen_ai.response.finish_reasons": ["stop"],
  "effect_llm.request.id": "req-1",
  "effect_llm.attempts": 1
}

/** Lets an effect run for so long, then interrupts it. */
const runFor = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>, millis = 60_000) {
  const fiber = yield* Effect.forkChild(effect)
  yield* TestClock.adjust(millis)
  yield* Fiber.interrupt(fiber)
  return yield* Fiber.await(fiber)
})

const openAi = { id: "openai/gpt-x", outcomes: ["answers"] } as const

describe("Telemetry spans", () => {
  it.effect("a unary call", () => {
    const tracer = makeTracer()
    return Effect.gen(function* () {
      const model = chatModel(openAi).pipe(Telemetry.standard)
      yield* runFor(model.generate(request).pipe(Journal.annotate({ session: "s-1" }), Effect.withSpan("handler")))
      const [handler, call, attempt, ...others] = tracer.seen()
      assert.deepStrictEqual(others, [])
      assert.strictEqual(handler?.name, "handler")
      assert.deepStrictEqual(call, {
        name: "chat gpt-x",
        kind: "client",
        attributes: {
          ...requestAttributes,
          ...responseAttributes,
          ...usageAttributes,
          "gen_ai.conversation.id": "s-1"
        },
        events: [],
        parent: "handler",
        status: "success",
        error: undefined,
        seconds: 1
      })
      assert.deepStrictEqual(attempt, {
        name: "attempt gpt-x",
        kind: "internal",
        attributes: {
          "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-x",
          "effect_llm.attempt.number": 1
        },
        events: [],
        parent: "chat gpt-x",
        status: "success",
        error: undefined,
        seconds: 1
      })
    }).pipe(tracer.provide)
  })

  it.effect("a stream, until its end", () => {
    const tracer = makeTracer()
    return Effect.gen(function* () {
      const model = chatModel(openAi).pipe(Telemetry.standard)
      const read = Stream.runForEach(model.stream(request), (event) =>
        event.type === "text-delta"
          ? Effect.sync(() => assert.strictEqual(tracer.seen()[1]?.status, "open"))
          : Effect.void
      )
      yield* runFor(Effect.withSpan(read, "reader"))
      const [, call] = tracer.seen()
      assert.deepStrictEqual(call?.attributes, {
        ...requestAttributes,
        ...responseAttributes,
        ...usageAttributes,
        "gen_ai.request.stream": true,
        "gen_ai.response.time_to_first_chunk": 1
      })
      assert.strictEqual(call?.parent, "reader")
      assert.strictEqual(call?.status, "success")
      assert.strictEqual(call?.seconds, 2)
    }).pipe(tracer.provide)
  })

  it.effect("an abandoned stream, and an interrupted one", () => {
    const tracer = makeTracer()
    return Effect.gen(function* () {
      const model = chatModel(openAi).pipe(Telemetry.standard)
      yield* runFor(Stream.runDrain(Stream.take(model.stream("Hi"), 4)))
      yield* runFor(Stream.runDrain(model.stream("Hi")), 1500)
      const calls = tracer.seen().filter(({ name }) => name === "chat gpt-x")
      assert.deepStrictEqual(
        calls.map(({ attributes, seconds, status }) => [attributes["error.type"], status, seconds]),
        [
          ["interrupted", "interrupted", 1],
          ["interrupted", "interrupted", 1.5]
        ]
      )
      const attempts = tracer.seen().filter(({ name }) => name === "attempt gpt-x")
      assert.deepStrictEqual(
        attempts.map(({ attributes, seconds }) => [attributes["error.type"], seconds]),
        [
          ["interrupted", 1],
          ["interrupted", 1.5]
        ]
      )
    }).pipe(tracer.provide)
  })

  it.effect("embeddings and speech", () => {
    const tracer = makeTracer()
    return Effect.gen(function* () {
      const embeddings = embeddingModel({ ...openAi, id: "mistral/embed" }).pipe(Telemetry.standard)
      yield* runFor(embeddings.generate({ inputs: [secret], dimensions: 256, encoding: "float" }))
      const speech = speechModel({ ...openAi, id: "google/tts" }).pipe(Telemetry.standard)
      yield* runFor(Stream.runDrain(speech.stream(secret)))
      const [embedding, , spoken] = tracer.seen()
      assert.strictEqual(embedding?.name, "embeddings embed")
      assert.deepStrictEqual(embedding?.attributes, {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "embed",
        "gen_ai.embeddings.dimension.count": 256,
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.response.id": "resp-1",
        "gen_ai.response.model": "embed-2026-01-01",
        ...usageAttributes,
        "effect_llm.model": "mistral/embed",
        "effect_llm.request.id": "req-1",
        "effect_llm.attempts": 1
      })
      assert.strictEqual(spoken?.name, "generate_content tts")
      assert.deepStrictEqual(spoken?.attributes, {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.output.type": "speech",
        "gen_ai.request.model": "tts",
        "gen_ai.request.stream": true,
        "gen_ai.response.model": "tts-2026-01-01",
        "gen_ai.response.time_to_first_chunk": 1,
        ...usageAttributes,
        "effect_llm.model": "google/tts",
        "effect_llm.attempts": 1
      })
    }).pipe(tracer.provide)
  })

  it.effect("every attempt of retries and a fallback, and each decision", () => {
    const tracer = makeTracer()
    const busy = () => new RateLimitError({ provider: "openai", status: 429, retryAfter: Duration.seconds(3) })
    return Effect.gen(function* () {
      const first = chatModel({ id: "openai/gpt-x", outcomes: [busy, () => new ServerError({ provider: "openai" })] })
      const second = chatModel({ id: "anthropic/opus", outcomes: ["answers"] })
      const chain = Fallback.make([first.pipe(Model.retry(Retry.make({ times: 1, jitter: "none" }))), second])
      yield* runFor(chain.pipe(Model.withCost, Telemetry.standard).generate("Hi"))
      const [call, ...attempts] = tracer
        .seen()
        .toSorted((a, b) => Number(b.kind === "client") - Number(a.kind === "client"))
      assert.strictEqual(call?.name, "chat gpt-x")
      assert.strictEqual(call?.attributes["gen_ai.provider.name"], "anthropic")
      assert.strictEqual(call?.attributes["gen_ai.request.model"], "gpt-x")
      assert.strictEqual(call?.attributes["gen_ai.response.model"], "opus-2026-01-01")
      assert.strictEqual(call?.attributes["effect_llm.attempts"], 3)
      assert.strictEqual(call?.attributes["effect_llm.cost.unpriced"], "NoPrice")
      assert.deepStrictEqual(call?.events, [
        [
          "effect_llm.retry",
          { "effect_llm.model": "openai/gpt-x", "error.type": "RateLimitError", "effect_llm.wait": 3 }
        ],
        [
          "effect_llm.fallback",
          { "effect_llm.from": "openai/gpt-x", "effect_llm.model": "anthropic/opus", "error.type": "ServerError" }
        ]
      ])
      assert.deepStrictEqual(
        attempts.map(({ attributes, name, parent, seconds, status }) => [
          name,
          parent,
          status,
          seconds,
          attributes["gen_ai.provider.name"],
          attributes["error.type"],
          attributes["effect_llm.attempt.number"],
          attributes["effect_llm.attempt.wait"]
        ]),
        [
          ["attempt gpt-x", "chat gpt-x", "failure", 1, "openai", "RateLimitError", 1, undefined],
          ["attempt gpt-x", "chat gpt-x", "failure", 1, "openai", "ServerError", 2, 3],
          ["attempt opus", "chat gpt-x", "success", 1, "anthropic", undefined, 3, undefined]
        ]
      )
    }).pipe(priced, tracer.provide)
  })

  it.effect("an error, without the content of its message", () => {
    const tracer = makeTracer()
    const refused = () => new ContentPolicyError({ provider: "openai", status: 400, code: "policy", detail: secret })
    return Effect.gen(function* () {
      const model = chatModel({ id: "openai/gpt-x", outcomes: [refused] })
      yield* runFor(model.pipe(Telemetry.standard).generate(secret))
      const shown = tracer.seen()
      assert.deepStrictEqual(
        shown.map(({ attributes, error, status }) => [attributes["error.type"], status, error]),
        [
          ["ContentPolicyError", "failure", "400 policy"],
          ["ContentPolicyError", "failure", "400 policy"]
        ]
      )
      assert.notInclude(JSON.stringify(shown), secret)
    }).pipe(tracer.provide)
  })
})

it.effect("the span of a call has the server of its requests, and nothing else of their URL", () => {
  const tracer = makeTracer()
  const body = { choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] }
  const client = HttpClient.make((http) =>
    Effect.succeed(HttpClientResponse.fromWeb(http, new Response(JSON.stringify(body))))
  )
  const openAi = OpenAi.layer({ apiKey: Redacted.make("sk-1234567890"), baseUrl: "https://llm.example:8443/team-7/v1" })
  return OpenAi.model("gpt-x")
    .pipe(Telemetry.standard)
    .generate("Hi")
    .pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          const [span] = tracer.seen()
          assert.strictEqual(span?.attributes["server.address"], "llm.example")
          assert.strictEqual(span?.attributes["server.port"], 8443)
          assert.notInclude(JSON.stringify(tracer.seen()), "team-7")
        })
      ),
      Effect.provide(openAi),
      Effect.provideService(HttpClient.HttpClient, client),
      tracer.provide
    )
})

describe("Telemetry content", () => {
  const conversation = {
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: secret },
          { type: "image", data: "https://a.example/cat.png" }
        ]
      },
      { role: "assistant", content: [{ type: "tool-call", id: "c1", name: "look", input: { at: secret } }] },
      { role: "tool", content: [{ type: "tool-result", id: "c1", output: secret }] }
    ],
    tools: [{ name: "look", description: secret, inputSchema: { type: "object" } }]
  } as const

  const contentOf = Effect.fnUntraced(function* (options: Telemetry.Options, isStream = false) {
    const tracer = makeTracer()
    const model = chatModel(openAi, secret).pipe(Telemetry.make(options))
    const call = isStream ? Stream.runDrain(model.stream(conversation)) : model.generate(conversation)
    yield* tracer.provide(runFor(call))
    return Object.fromEntries(
      Object.entries(tracer.seen()[0]?.attributes ?? {}).flatMap(([name, value]) =>
        /messages|instructions|definitions/.test(name) ? [[name, JSON.parse(String(value)) as unknown]] : []
      )
    )
  })

  const shown = (text: string) => ({
    "gen_ai.system_instructions": [{ type: "text", content: text === secret ? "Be brief." : text }],
    "gen_ai.tool.definitions": [{ type: "function", name: "look" }],
    "gen_ai.input.messages": [
      {
        role: "user",
        parts: [
          { type: "text", content: text },
          { type: "uri", modality: "image", uri: text === secret ? "https://a.example/cat.png" : text }
        ]
      },
      {
        role: "assistant",
        parts: [
          {
            type: "tool_call",
            id: "c1",
            name: "look",
            arguments: text === secret ? { at: text } : { [text]: text }
          }
        ]
      },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: text }] }
    ],
    "gen_ai.output.messages": [{ role: "assistant", parts: [{ type: "text", content: text }], finish_reason: "stop" }]
  })

  it.effect("is off by default", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* contentOf({}), {})
      assert.deepStrictEqual(yield* contentOf({ content: false }, true), {})
    })
  )

  it.effect("has the JSON format of the conventions, whole and streamed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* contentOf({ content: true }), shown(secret))
      assert.deepStrictEqual(yield* contentOf({ content: true }, true), shown(secret))
    })
  )

  it.effect("is redacted in every text, truncated when long, and recorded for request and response separately", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* contentOf({ content: { redact: () => "[x]" } }), shown("[x]"))
      const output = yield* contentOf({ content: { input: false, maxLength: 2 } }, true)
      assert.deepStrictEqual(output, {
        "gen_ai.output.messages": [
          { role: "assistant", parts: [{ type: "text", content: "my…" }], finish_reason: "stop" }
        ]
      })
    })
  )

  it.effect("is recorded for one call by a reference, or for all by a layer", () =>
    Effect.gen(function* () {
      const tracer = makeTracer()
      const call = runFor(chatModel(openAi).pipe(Telemetry.standard).generate(secret))
      yield* tracer.provide(call)
      yield* tracer.provide(Effect.provideService(call, Telemetry.CurrentOptions, { content: true }))
      yield* tracer.provide(Effect.provide(call, Telemetry.layer({ content: { output: false } })))
      const has = tracer
        .seen()
        .filter(({ kind }) => kind === "client")
        .map(({ attributes }) => ["gen_ai.input.messages" in attributes, "gen_ai.output.messages" in attributes])
      assert.deepStrictEqual(has, [
        [false, false],
        [true, true],
        [true, false]
      ])
    })
  )
})

describe("Telemetry that breaks", () => {
  it.effect("never fails a call, and its span ends", () => {
    const tracer = makeTracer()
    const broken = () => {
      throw new Error("broken")
    }
    return Effect.gen(function* () {
      for (const options of [{ attributes: broken }, { content: { redact: broken } }]) {
        const model = chatModel(openAi).pipe(Telemetry.make(options))
        assert.isTrue(Exit.isSuccess(yield* runFor(model.generate("Hi"))))
        assert.isTrue(Exit.isSuccess(yield* runFor(Stream.runDrain(model.stream("Hi")))))
      }
      assert.isTrue(tracer.seen().every(({ status }) => status === "success"))
      assert.lengthOf(
        tracer.seen().filter(({ kind }) => kind === "client"),
        2
      )
    }).pipe(tracer.provide)
  })

  it.effect("nor when the tracer does", () =>
    Effect.gen(function* () {
      const model = chatModel(openAi).pipe(Telemetry.standard)
      const tracer = { span: () => assert.fail("no span") }
      const exit = yield* runFor(Effect.withTracer(model.generate("Hi"), tracer))
      assert.isTrue(Exit.isSuccess(exit))
    })
  )

  it.effect("leaves a defect of the model unchanged", () => {
    const tracer = makeTracer()
    return Effect.gen(function* () {
      const model = chatModel(openAi).pipe(
        Model.tap(() => Effect.die(new Error(secret))),
        Telemetry.standard
      )
      const exit = yield* runFor(model.generate("Hi"))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.strictEqual(tracer.seen()[0]?.attributes["error.type"], "_OTHER")
      assert.notInclude(JSON.stringify(tracer.seen()), secret)
    }).pipe(tracer.provide)
  })
})

describe("Telemetry metrics", () => {
  /** Each series by its name and attributes, with its state. */
  const snapshot = Effect.map(Metric.snapshot, (metrics) =>
    metrics.map(({ attributes = {}, id, state }) => ({ id, attributes, state }))
  )
  const isolated = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideService(effect, Metric.MetricRegistry, new Map())

  const busy = () => new RateLimitError({ provider: "openai", status: 429 })

  it.effect("count calls, tokens, attempts and decisions under the conventions' names", () =>
    Effect.gen(function* () {
      const model = chatModel({ id: "openai/gpt-x", outcomes: [busy, "answers"] }).pipe(
        Model.retry(Retry.make({ times: 1, jitter: "none" })),
        Telemetry.standard
      )
      yield* runFor(Stream.runDrain(model.stream(request)))
      const common = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-x",
        "gen_ai.response.model": "gpt-x-2026-01-01"
      }
      const seen = (yield* snapshot).map(({ attributes, id, state }) => [
        id,
        attributes,
        "sum" in state ? state.sum : "count" in state ? state.count : undefined
      ])
      const counted = (type: string, count: number) => [
        "effect_llm.client.tokens",
        { ...common, "gen_ai.token.type": type, unit: "{token}" },
        count
      ]
      const attempts = { "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-x", unit: "{attempt}" }
      assert.sameDeepMembers(seen, [
        ["gen_ai.client.operation.duration", { ...common, unit: "s" }, 3.5],
        ["gen_ai.client.operation.time_to_first_chunk", { ...common, unit: "s" }, 2.5],
        ["gen_ai.client.token.usage", { ...common, "gen_ai.token.type": "input", unit: "{token}" }, 100],
        ["gen_ai.client.token.usage", { ...common, "gen_ai.token.type": "output", unit: "{token}" }, 20],
        counted("uncached_input", 30),
        counted("cache_read", 60),
        counted("cache_write", 10),
        counted("text_output", 15),
        counted("reasoning", 5),
        ["effect_llm.client.attempts", { ...attempts, "error.type": "RateLimitError" }, 1],
        ["effect_llm.client.attempts", attempts, 1],
        ["effect_llm.client.decisions", { "effect_llm.decision": "retry", unit: "{decision}" }, 1]
      ])
    }).pipe(isolated)
  )

  const reuses = {
    cached: (model: ReturnType<typeof chatModel>) =>
      Effect.succeed(ResponseCache.make({ ttl: "1 hour", tenant: "a" })(model)),
    coalesced: (model: ReturnType<typeof chatModel>) => Effect.succeed(Coalesce.make()(model))
  }
  const reads = {
    whole: (model: Model.Model<Chat, unknown, Persistence.Persistence>) => Effect.asVoid(model.generate("Hi")),
    streamed: (model: Model.Model<Chat, unknown, Persistence.Persistence>) => Stream.runDrain(model.stream("Hi"))
  }
  for (const how of ["cached", "coalesced"] as const) {
    for (const reading of ["whole", "streamed"] as const) {
      it.effect(`count nothing that another call consumed (${how}, ${reading})`, () => {
        const tracer = makeTracer()
        return Effect.gen(function* () {
          const model = Telemetry.standard(yield* reuses[how](chatModel(openAi)))
          const read = reads[reading](model)
          if (how === "cached") yield* runFor(read).pipe(Effect.andThen(runFor(read)))
          else yield* runFor(Effect.all([read, read], { concurrency: "unbounded" }))
          const sums = (yield* snapshot).flatMap(({ attributes, id, state }) =>
            id === "gen_ai.client.token.usage" && "sum" in state
              ? [[(attributes as Record<string, string>)["gen_ai.token.type"], state.sum]]
              : []
          )
          assert.sameDeepMembers(sums, [
            ["input", 100],
            ["output", 20]
          ])
          const counts = (yield* snapshot).flatMap(({ id, state }) =>
            ["effect_llm.client.tokens", "effect_llm.client.attempts", "gen_ai.client.operation.duration"].includes(
              id
            ) && "count" in state
              ? [[id.slice(id.lastIndexOf(".") + 1), state.count] as const]
              : []
          )
          const total = (name: string) =>
            counts.reduce((sum, [one, count]) => sum + (one === name ? Number(count) : 0), 0)
          assert.deepStrictEqual([total("tokens"), total("attempts"), total("duration")], [120, 1, 2])
          const spans = tracer.seen()
          assert.deepStrictEqual(spans.map(({ name }) => name).sort(), ["attempt gpt-x", "chat gpt-x", "chat gpt-x"])
          const calls = spans.filter(({ name }) => name === "chat gpt-x")
          assert.sameDeepMembers(
            calls.map(({ attributes }) => [attributes[`effect_llm.${how}`], attributes["effect_llm.attempts"]]),
            [
              [undefined, 1],
              [true, 0]
            ]
          )
          for (const { attributes } of calls) assert.deepInclude(attributes, usageAttributes)
        }).pipe(isolated, tracer.provide, Effect.provide(ResponseCache.layerMemory()))
      })
    }
  }

  it.effect("have the boundaries of the conventions", () =>
    Effect.gen(function* () {
      yield* runFor(chatModel(openAi).pipe(Telemetry.standard).generate("Hi"))
      const boundaries = new Map(
        (yield* snapshot).flatMap(({ id, state }) =>
          "buckets" in state ? [[id, state.buckets.map(([boundary]) => boundary)] as const] : []
        )
      )
      assert.deepStrictEqual(
        boundaries.get("gen_ai.client.operation.duration"),
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
      )
      assert.deepStrictEqual(
        boundaries.get("gen_ai.client.token.usage"),
        Array.from({ length: 14 }, (_, power) => 4 ** power)
      )
    }).pipe(isolated)
  )

  it.effect("show how calls ended", () =>
    Effect.gen(function* () {
      yield* runFor(
        chatModel({ id: "openai/gpt-x", outcomes: [busy] })
          .pipe(Telemetry.standard)
          .generate("Hi")
      )
      yield* runFor(
        chatModel({ id: "openai/gpt-x", outcomes: ["hangs"] })
          .pipe(Telemetry.standard)
          .generate("Hi")
      )
      const durations = (yield* snapshot).filter(({ id }) => id === "gen_ai.client.operation.duration")
      assert.sameMembers(
        durations.map(({ attributes }) => (attributes as Record<string, string>)["error.type"]),
        ["RateLimitError", "interrupted"]
      )
    }).pipe(isolated)
  )

  it.effect("show open circuits, waiting and cache hits, without the names of keys and circuits", () =>
    Effect.gen(function* () {
      const decisions: ReadonlyArray<Decision.Decision> = [
        { type: "circuit-opened", circuit: "a" },
        { type: "circuit-opened", circuit: "b" },
        { type: "circuit-opened", circuit: "a" },
        { type: "circuit-closed", circuit: "b" },
        { type: "limit-waited", key: "tenant-1", limit: "tokens", wait: Duration.millis(1500) },
        { type: "cache-hit", model: "openai/gpt-x" }
      ]
      const deciding = Policy.perCall(() =>
        Effect.as(Effect.forEach(decisions, Decision.record, { discard: true }), {})
      )
      yield* runFor(chatModel(openAi).pipe(deciding, Telemetry.standard).generate("Hi"))
      const seen = yield* snapshot
      const of = (id: string) => seen.filter((metric) => metric.id === id)
      assert.deepInclude(of("effect_llm.client.circuits.open")[0]?.state, { value: 1 })
      assert.deepInclude(of("effect_llm.client.limit.wait")[0]?.state, { sum: 1.5, count: 1 })
      assert.sameDeepMembers(
        of("effect_llm.client.decisions").map(({ attributes, state }) => [
          (attributes as Record<string, string>)["effect_llm.decision"],
          "count" in state ? state.count : undefined
        ]),
        [
          ["circuit-opened", 3],
          ["circuit-closed", 1],
          ["limit-waited", 1],
          ["cache-hit", 1]
        ]
      )
      assert.notInclude(JSON.stringify(seen.map(({ attributes }) => attributes)), "tenant-1")
    }).pipe(isolated)
  )

  it.effect("stay few, however many models and errors there are", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 1000 }, (_, index) => `openai/model-${index}`)
      yield* Effect.forEach(
        names,
        (id) =>
          chatModel({ id, outcomes: ["answers"], millis: 0 })
            .pipe(Telemetry.standard)
            .generate("Hi"),
        { concurrency: 10 }
      ).pipe(runFor)
      const series = (yield* snapshot).filter(({ id }) => id === "gen_ai.client.operation.duration")
      assert.isAtMost(series.length, 201)
      const overflow = series.find(
        ({ attributes }) => (attributes as Record<string, string>)["gen_ai.request.model"] === "_OTHER"
      )
      assert.deepInclude(overflow?.state, { count: 800 })
    }).pipe(isolated)
  )

  it.effect("have the names of the first standalone release if configured", () =>
    Effect.gen(function* () {
      const telemetry = Telemetry.make({ conventions: "0.1" })
      yield* runFor(Stream.runDrain(chatModel(openAi).pipe(telemetry).stream("Hi")))
      yield* runFor(
        embeddingModel({ ...openAi, id: "openai/embed" })
          .pipe(telemetry)
          .generate("Hi")
      )
      const ids = (yield* snapshot).map(({ id }) => id).filter((id) => id.startsWith("gen_ai."))
      assert.sameMembers(ids, [
        "gen_ai.client.inference.duration",
        "gen_ai.client.inference.time_to_first_chunk",
        "gen_ai.client.inference.operation.input_tokens",
        "gen_ai.client.inference.operation.output_tokens",
        "gen_ai.client.embeddings.duration",
        "gen_ai.client.embeddings.operation.input_tokens"
      ])
    }).pipe(isolated)
  )
})
