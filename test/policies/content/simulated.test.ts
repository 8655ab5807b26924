/** Content policies over real protocols and sockets, against the simulator. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema, Stream } from "effect"
import { Anthropic, ChatModel, GuardrailError, OpenAi, Validate } from "effect-llm"
import type { ChatRequestInput } from "effect-llm/domain/ChatRequest"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import * as Detector from "effect-llm/policies/Detector"
import * as Guard from "effect-llm/policies/Guard"
import * as Redact from "effect-llm/policies/Redact"
import * as Repair from "effect-llm/policies/Repair"
import * as TrimContext from "effect-llm/policies/TrimContext"
import { Google } from "effect-llm/providers/Google"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"
import { foldEvents } from "../../../src/domain/ChatFold.ts"

const City = Schema.Struct({ city: Schema.String })
const apiKey = Redacted.make("key-0123456789")

const broken = Scenario.sequence([Scenario.reply("It is Paris."), Scenario.reply('{"city":"Paris"}')])
const echo = Scenario.choose(({ request }) => {
  const part = request?.messages.at(-1)?.content[0]
  return Scenario.reply(part?.type === "text" ? part.text : "?")
})

const models = {
  "broken-unary": broken,
  "broken-stream": broken,
  "broken-object": broken,
  echo,
  small: Scenario.contextWindow(400),
  strict: Scenario.choose(({ request }) => Scenario.reply(String(request?.messages.map(({ role }) => role))))
}

const providers = Layer.unwrap(
  Effect.map(Simulator, ({ baseUrls, openAiUrl }) =>
    Layer.mergeAll(
      OpenAi.layer({ apiKey, baseUrl: openAiUrl }),
      Anthropic.layer({ apiKey, baseUrl: baseUrls["anthropic-messages"] }),
      Google.layer({ apiKey, baseUrl: baseUrls["google-generate-content"] })
    )
  )
)

const live = providers.pipe(Layer.provideMerge(Simulator.layer({ models })), Layer.provide(NodeHttpClient.layerUndici))

type Subject = (name: string) => ChatModel.ChatModel<ProviderError, OpenAi | Anthropic | Google>

const subjects: { readonly [name: string]: Subject } = {
  openai: OpenAi.model,
  anthropic: Anthropic.model,
  google: Google.model
}

for (const [name, model] of Object.entries(subjects)) {
  layer(live, { excludeTestServices: true })(name, (it) => {
    const streamed = <E, R>(model: ChatModel.ChatModel<E, R>, request: ChatRequestInput) =>
      Effect.map(Stream.runCollect(model.stream(request)), foldEvents)

    it.effect("receives the reason for a rejected response", () =>
      Effect.gen(function* () {
        const unary = yield* model("broken-unary")
          .pipe(Validate.make(Validate.schema(City)))
          .generate("Where?")
        const stream = yield* streamed(model("broken-stream").pipe(Validate.make(Validate.schema(City))), "Where?")
        for (const response of [unary, stream]) {
          assert.strictEqual(response.text, '{"city":"Paris"}')
          assert.deepStrictEqual(
            response.attempts.map(({ error }) => error?._tag),
            ["ValidationError", undefined]
          )
        }
        const requests = yield* (yield* Simulator).requests
        const repeated = requests.filter(({ model, request }) => model === "broken-unary" && request !== undefined)[1]
        assert.deepStrictEqual(
          repeated?.request?.messages.map(({ role }) => role),
          ["user", "assistant", "user"]
        )
      })
    )

    it.effect("repairs an object that cannot be decoded", () =>
      Effect.gen(function* () {
        const options = { schema: City, request: "Where?", repair: { times: 1 } }
        const { response, value } = yield* ChatModel.generateObject(model("broken-object"), options)
        assert.deepStrictEqual(value, { city: "Paris" })
        assert.strictEqual(response.attempts.length, 2)
      })
    )

    it.effect("never sees what was redacted", () =>
      Effect.gen(function* () {
        const text = "Write to ann@example.com and bob@example.org, then to ann@example.com again."
        const redacted = model("echo").pipe(Redact.make())
        assert.strictEqual((yield* redacted.generate(text)).text, text)
        assert.strictEqual((yield* streamed(redacted, text)).text, text)
        const requests = yield* (yield* Simulator).requests
        assert.notInclude(JSON.stringify(requests.map(({ body }) => body)), "@example")
      })
    )

    it.effect("is checked on the way in and out", () =>
      Effect.gen(function* () {
        const hides = Guard.text({
          name: "hide",
          at: "response",
          check: Guard.replaces([Detector.email]),
          stream: { characters: 40 }
        })
        const guarded = model("echo").pipe(hides)
        assert.strictEqual((yield* guarded.generate("To ann@example.com.")).text, "To [EMAIL].")
        assert.strictEqual((yield* streamed(guarded, "To ann@example.com.")).text, "To [EMAIL].")
        const refusing = model("echo").pipe(Guard.text({ name: "no", check: Guard.rejects([Detector.email]) }))
        assert.instanceOf(yield* Effect.flip(refusing.generate("To ann@example.com.")), GuardrailError)
      })
    )

    it.effect("gets a conversation that fits, even if only its error tells the window", () =>
      Effect.gen(function* () {
        const messages = Array.from({ length: 60 }, (_, n) => ({
          role: n % 2 === 0 ? ("user" as const) : ("assistant" as const),
          content: `This is message ${n}, which is about nothing at all.`
        }))
        const request = { messages: [...messages, "And now?"] }
        const trimmed = model("small").pipe(TrimContext.make({ reserve: 50 }))
        const unary = yield* trimmed.generate(request)
        const stream = yield* streamed(trimmed, request)
        for (const { attempts, warnings } of [unary, stream]) {
          assert.match(String(warnings.map(({ message }) => message)), /\d+ of 61 messages were left out to fit/)
          assert.strictEqual(attempts[0]?.error?._tag, "ContextWindowExceededError")
          assert.strictEqual(attempts.length, 2)
        }
      })
    )

    it.effect("accepts a history that was repaired", () =>
      Effect.gen(function* () {
        const repaired = model("strict").pipe(Repair.make())
        const response = yield* repaired.generate({
          messages: [
            { role: "tool", content: [{ type: "tool-result", id: "lost", output: "?" }] },
            { role: "assistant", content: [{ type: "tool-call", id: "a b", name: "find", input: {} }, " "] },
            "Go on \ud83d",
            "please"
          ],
          tools: [{ name: "find", inputSchema: { type: "object", properties: {} } }]
        })
        assert.strictEqual(response.text, "user,assistant,tool,user")
        assert.isTrue(response.warnings.some(({ message }) => message.includes("repaired")))
      })
    )
  })
}
