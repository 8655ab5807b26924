/**
 * What works with whom: every scenario is written once and run for every provider class, each over its own protocol and
 * framing, on real sockets against the simulator. Read the names of the tests as a matrix: `groq > stream`.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it, layer } from "@effect/vitest"
import { ConfigProvider, Context, Duration, Effect, type Exit, Layer, Schema, Stream } from "effect"
import { ChatResponse, Message, Tool, Usage } from "effect-llm"
import * as ChatModel from "effect-llm/policies/ChatModel"
import type { ChatModel as Model } from "effect-llm/policies/ChatModel"
import * as Models from "effect-llm/policies/Model"
import { knownProviders } from "effect-llm/providers/KnownProviders"
import * as ProviderTable from "effect-llm/providers/ProviderTable"
import type { AnyProvider } from "effect-llm/providers/Registry"
import type { Provider } from "effect-llm/providers/Provider"
import { namesOf } from "../../src/client/ProviderDefinition.ts"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"
import type { Chat } from "effect-llm/domain/Capability"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import { serve } from "./server.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"

const real = { excludeTestServices: true }

/** One row of each protocol stands for the others: all are the same code. */
const rows = [ProviderTable.Service<unknown>()("nebius"), ProviderTable.Service<unknown>()("minimax-anthropic")]
const makers: ReadonlyArray<AnyProvider> = [...knownProviders, ...rows]

/** The dialect of the simulator, where it is not named as the protocol is. */
const dialects: { readonly [provider: string]: keyof Simulator["Service"]["baseUrls"] } = {
  openrouter: "openrouter",
  watsonx: "watsonx-chat",
  "bedrock-anthropic": "bedrock-anthropic",
  "google-vertex-anthropic": "vertex-anthropic"
}

/** What a provider needs besides a key and an address. */
const furtherSettings = (
  tokenServer: string
): { readonly [provider: string]: { readonly [name: string]: string } } => ({
  watsonx: { WATSONX_TOKEN: "token-0123456789", WATSONX_PROJECT_ID: "project" },
  "google-vertex": {
    GOOGLE_VERTEX_API_KEY: "",
    GOOGLE_VERTEX_ACCESS_TOKEN: "token-0123456789",
    GOOGLE_VERTEX_PROJECT: "p"
  },
  "google-vertex-anthropic": { GOOGLE_VERTEX_ACCESS_TOKEN: "token-0123456789", GOOGLE_VERTEX_PROJECT: "p" },
  "github-copilot": { GITHUB_COPILOT_TOKEN_URL: tokenServer }
})

const thinking = new ChatResponse({
  content: [
    { type: "reasoning", text: "They greet me." },
    { type: "text", text: "Hello to you!" }
  ],
  finishReason: "stop",
  usage: Usage.unknown,
  warnings: [],
  attempts: []
})

interface Subject {
  readonly id: string
  readonly model: (name: string) => Model<ProviderError>
  /** Whether it is told a JSON Schema in words. */
  readonly isToldInWords: boolean
  /** The whole answer to "Hello!", asked for once. */
  readonly unary: Effect.Effect<ChatResponse, ProviderError>
}

class Subjects extends Context.Service<Subjects, ReadonlyMap<string, Exit.Exit<Subject, unknown>>>()("test/Subjects") {
  static readonly layer = Layer.effect(
    Subjects,
    Effect.gen(function* () {
      const { baseUrls } = yield* Simulator
      const tokens = yield* serve((response) =>
        response.end(JSON.stringify({ token: "copilot-0123456789", expires_at: 9_999_999_999 }))
      )
      const subjects = yield* Effect.forEach(makers, (maker) =>
        Effect.gen(function* () {
          const { definition } = maker
          const { id } = definition
          const protocol = Effect.isEffect(definition.protocol) ? yield* definition.protocol : definition.protocol
          const baseUrl = baseUrls[dialects[id] ?? (protocol.id as keyof typeof baseUrls)]
          assert.isDefined(baseUrl, `${id}: the simulator does not speak ${protocol.id}`)
          const names = namesOf(definition)
          const key = { [names.keyNames[0]]: "key-0123456789", [names.baseUrl]: baseUrl }
          const env = ConfigProvider.fromUnknown({ ...key, ...furtherSettings(tokens.url)[id] })
          const service = yield* Effect.provide(maker.make, ConfigProvider.layer(env))
          const context = Context.make(Context.Service<unknown, Provider>()(`effect-llm/providers/${id}`), service)
          const model = (name: string) => {
            const model = maker.model(name)
            return Models.wrap<Chat, ProviderError, never>(model, {
              generate: (request) => Effect.provideContext(model.generate(request), context),
              stream: (request) => Stream.provideContext(model.stream(request), context)
            })
          }
          const isToldInWords = "structuredOutput" in definition && definition.structuredOutput === "json"
          return { id, model, isToldInWords, unary: yield* Effect.cached(model("sim-healthy").generate("Hello!")) }
        }).pipe(
          Effect.exit,
          Effect.map((subject) => [maker.definition.id, subject] as const)
        )
      )
      return new Map(subjects)
    })
  ).pipe(
    Layer.provideMerge(
      Simulator.layer({
        models: {
          thinking: Scenario.reply(thinking),
          malformed: Scenario.malformedAfter(2, Scenario.reply("Hello! It goes on.")),
          limited: Scenario.status(429, { retryAfter: "1 second" }),
          // Who is told the schema in words is not understood by the simulator.
          book: Scenario.reply(JSON.stringify({ title: "Ulysses", tags: ["long"] }))
        }
      })
    ),
    Layer.provide(NodeHttpClient.layerUndici)
  )
}

const weather = Tool.make("get_weather", { parameters: Schema.Struct({ city: Schema.String }) })
const Book = Schema.Struct({ title: Schema.String, tags: Schema.Array(Schema.String) })

type Scenarios = {
  readonly [name: string]: (subject: Subject) => Effect.Effect<void, unknown>
}

const fails = (subject: Subject, model: string) =>
  Effect.flip(Stream.runDrain(subject.model(model).stream("Hello!"))) as Effect.Effect<ProviderError>

const scenarios: Scenarios = {
  unary: ({ unary }) =>
    Effect.map(unary, ({ finishReason, text, usage }) => {
      assert.include(text, "Hello!")
      assert.strictEqual(finishReason, "stop")
      assert.isAbove(usage.outputTokens.total ?? 0, 5)
      assert.isAbove(usage.inputTokens.total ?? 0, 0)
    }),

  stream: ({ model, ...subject }) =>
    Effect.gen(function* () {
      const unary = yield* subject.unary
      const events = yield* Stream.runCollect(model("sim-healthy").stream("Hello!"))
      const folded = foldEvents(events)
      assert.strictEqual(folded.text, unary.text)
      assert.strictEqual(folded.finishReason, unary.finishReason)
      assert.strictEqual(folded.usage.outputTokens.total, unary.usage.outputTokens.total)
      assert.strictEqual(events.filter(({ type }) => type === "finish").length, 1)
      assert.isAbove(events.filter(({ type }) => type === "text-delta").length, 5)
    }),

  tools: ({ model }) =>
    Effect.gen(function* () {
      const question = Message.make("What is the weather in Lima?")
      const asked = yield* ChatModel.generateToolCalls(model("sim-tools"), [weather], { messages: [question] })
      assert.deepStrictEqual(
        asked.calls.map(({ name }) => name),
        ["get_weather"]
      )
      const results = asked.calls.map(({ id, name }) => ({
        type: "tool-result" as const,
        id,
        name,
        output: "It rains."
      }))
      const messages = [question, asked.response.message, { role: "tool" as const, content: results }]
      const answer = yield* model("sim-tools").generate({ messages, tools: [weather] })
      assert.include(answer.text, "It rains.")
    }),

  "structured output": ({ isToldInWords, model }) =>
    Effect.map(
      ChatModel.generateObject(model(isToldInWords ? "book" : "sim-healthy"), {
        schema: Book,
        request: "A book."
      }),
      ({ value }) => assert.isTrue(Schema.is(Book)(value))
    ),

  reasoning: ({ model }) =>
    Effect.gen(function* () {
      const { reasoningText, text } = foldEvents(yield* Stream.runCollect(model("thinking").stream("Hello!")))
      assert.deepStrictEqual({ reasoningText, text }, { reasoningText: thinking.reasoningText, text: thinking.text })
    }),

  "429 with Retry-After": (subject) =>
    Effect.gen(function* () {
      const error = yield* fails(subject, "limited")
      assert.deepStrictEqual(error._tag === "RateLimitError" ? error.retryAfter : error, Duration.seconds(1))
    }),

  "wrong key, 401": (subject) =>
    Effect.map(fails(subject, "sim-401"), (error) => assert.strictEqual(error._tag, "AuthenticationError")),

  "context overflow": (subject) =>
    Effect.map(fails(subject, "sim-context"), (error) => {
      assert.strictEqual(error._tag, "ContextWindowExceededError")
      if (!subject.id.startsWith("bedrock")) assert.deepInclude(error, { limit: 8192, requested: 9000 })
    }),

  "cut stream": (subject) =>
    Effect.map(fails(subject, "sim-cut"), (error) =>
      assert.include(error._tag === "StreamInterruptedError" ? error.partial.text : error, "You asked")
    ),

  silent: ({ model }) =>
    Effect.map(
      Effect.flip(Stream.runDrain(ChatModel.timeout(model("sim-silent"), { firstToken: "5 millis" }).stream("Hello!"))),
      (error) => assert.strictEqual(error._tag, "TimeoutError")
    ),

  "malformed frame": ({ model }) =>
    Effect.gen(function* () {
      const types: Array<string> = []
      const stream = Stream.tap(model("malformed").stream("Hello!"), ({ type }) => Effect.sync(() => types.push(type)))
      const error = yield* Effect.flip(Stream.runDrain(stream))
      assert.strictEqual(types.filter((type) => type === "malformed-frame").length, 1)
      assert.strictEqual(
        error._tag === "StreamInterruptedError" ? error.partial.text : error._tag,
        "Hello! It goes on."
      )
    })
}

/** What a provider cannot do, and how it says so. */
const cannot: { readonly [provider: string]: { readonly [scenario: string]: ProviderError["_tag"] } } = {
  perplexity: { tools: "UnsupportedParameterError" }
}

layer(Subjects.layer, real)("the matrix", (it) => {
  for (const { definition } of makers) {
    for (const [name, scenario] of Object.entries(scenarios)) {
      const refusal = cannot[definition.id]?.[name]
      it.effect(
        `${definition.id} > ${name}${refusal === undefined ? "" : `: ${refusal}`}`,
        () =>
          Effect.gen(function* () {
            const subject = yield* (yield* Subjects).get(definition.id) ?? Effect.die(`no ${definition.id}`)
            if (refusal === undefined) return yield* scenario(subject)
            const error = (yield* Effect.flip(scenario(subject))) as { readonly _tag: string }
            assert.strictEqual(error._tag, refusal)
          }),
        { concurrent: true }
      )
    }
  }
})

describe("the rows of the table", () => {
  it("make services", () => {
    assert.isAtLeast(ProviderTable.ids.length + knownProviders.length, 100)
    for (const id of ProviderTable.ids) assert.strictEqual(ProviderTable.Service<unknown>()(id).definition.id, id)
  })
})
