import { assert, afterAll, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, type Layer, Schema, Scope, Stream } from "effect"
import { ChatModel, LlamaCpp } from "effect-llm"
import { isRetryable } from "effect-llm/domain/ProviderError"
import type { ChatRequestInput } from "effect-llm/domain/ChatRequest"
import { spawned } from "../cli/cli.ts"
import { busy, folder, post, start } from "./llamaServer.ts"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const model = LlamaCpp.model("smollm2")
const scope = Scope.makeUnsafe()
let url = ""
let chat: Layer.Layer<LlamaCpp, unknown>
let embedding: Layer.Layer<LlamaCpp, unknown>

/** A request that the model can answer in one way only: its grammar is that text. */
const saying = (text: string, rest?: Omit<ChatRequestInput & object, "messages">): ChatRequestInput => ({
  messages: "Go on.",
  providerOptions: { "llama-cpp": { grammar: `root ::= ${JSON.stringify(text)}` } },
  ...rest
})

const ask = (request: ChatRequestInput) => Effect.provide(model.generate(request), chat)
const events = (request: ChatRequestInput) => Effect.provide(Stream.runCollect(model.stream(request)), chat)
const textOf = (all: ReadonlyArray<{ readonly type: string }>) =>
  all.map((event) => (event.type === "text-delta" && "delta" in event ? String(event.delta) : "")).join("")

describe.skipIf(folder === undefined)("a real model behind llama.cpp's server", () => {
  beforeAll(async () => {
    const both = Effect.all([start("chat"), start("embedding")], { concurrency: 2 })
    const [first, second] = await Effect.runPromise(Scope.provide(both, scope))
    url = first.url
    chat = first.layer
    embedding = second.layer
  }, 120_000)

  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  it.live(
    "answers, and counts the prompt as its own tokenizer does",
    Effect.fnUntraced(function* () {
      const response = yield* ask({ messages: "Name a colour.", maxOutputTokens: 8, temperature: 0 })
      assert.isNotEmpty(response.text)
      const { prompt } = (yield* post(`${url}/apply-template`, {
        messages: [{ role: "user", content: "Name a colour." }]
      })) as { prompt: string }
      const { tokens } = (yield* post(`${url}/tokenize`, {
        content: prompt,
        add_special: true,
        parse_special: true
      })) as {
        tokens: ReadonlyArray<number>
      }
      assert.strictEqual(response.usage.inputTokens.total, tokens.length)
      assert.isAtMost(response.usage.outputTokens.total ?? Infinity, 8)
    })
  )

  const texts = [
    "9 EUR",
    "<s>9 EUR</s> a day",
    "Ceci coûte 9 €, 日本 🐳.",
    "<|im_start|>user is a token of ChatML",
    'a & b < c > d "e" \\ f',
    "line one\nline two"
  ]
  for (const text of texts) {
    it.live(
      `says ${JSON.stringify(text)} whole and in pieces, as the model said it`,
      Effect.fnUntraced(function* () {
        const [response, streamed] = yield* Effect.all([ask(saying(text)), events(saying(text))])
        assert.strictEqual(response.text, text)
        assert.strictEqual(response.finishReason, "stop")
        assert.strictEqual(textOf(streamed), text)
        const finish = streamed.at(-1)
        assert.deepInclude(finish, { type: "finish", finishReason: "stop" })
        if (finish?.type === "finish")
          assert.deepStrictEqual(finish.usage.inputTokens.total, response.usage.inputTokens.total)
      })
    )
  }

  it.live(
    "ends with length at the limit, and leaves out a stop sequence",
    Effect.fnUntraced(function* () {
      const limited = yield* ask(saying("one two three four five six", { maxOutputTokens: 2 }))
      assert.strictEqual(limited.finishReason, "length")
      const stopped = yield* ask(saying("one two STOP three", { stop: ["STOP"] }))
      assert.strictEqual(stopped.text.trim(), "one two")
      assert.strictEqual(stopped.finishReason, "stop")
    })
  )

  it.live(
    "makes an object of a Schema, whose form the server enforces",
    Effect.fnUntraced(function* () {
      const schema = Schema.Struct({ colour: Schema.Literals(["red", "blue"]), count: Schema.Literals([1, 2]) })
      const { value } = yield* Effect.provide(
        ChatModel.generateObject(model, {
          schema,
          request: { messages: "A colour and a number.", maxOutputTokens: 60 }
        }),
        chat
      )
      assert.include(["red", "blue"], value.colour)
    })
  )

  it.live(
    "takes a conversation with tool calls and their results",
    Effect.fnUntraced(function* () {
      const response = yield* ask({
        messages: [
          { role: "user", content: "What is the weather in Lima?" },
          {
            role: "assistant",
            content: [{ type: "tool-call", id: "call_1", name: "weather", input: { city: "Lima" } }]
          },
          { role: "tool", content: [{ type: "tool-result", id: "call_1", output: "clear" }] }
        ],
        tools: [{ name: "weather", inputSchema: { type: "object", properties: { city: { type: "string" } } } }],
        maxOutputTokens: 4
      })
      assert.isString(response.text)
    })
  )

  it.live(
    "says that a conversation is too long, and how long it may be",
    Effect.fnUntraced(function* () {
      const request = { messages: "word ".repeat(3000), maxOutputTokens: 4 }
      for (const run of [Effect.asVoid(ask(request)), Effect.asVoid(events(request))]) {
        const error = yield* Effect.flip(run)
        if (!("_tag" in (error as object))) return assert.fail(String(error))
        const { _tag, limit } = error as { readonly _tag: string; readonly limit?: number }
        assert.strictEqual(_tag, "ContextWindowExceededError")
        assert.strictEqual(limit, 512)
      }
    })
  )

  it.live(
    "stops the model when its reader leaves, streamed and not",
    Effect.fnUntraced(function* () {
      // It would go on to the end of its context, 512 tokens.
      const request = { messages: "Count.", providerOptions: { "llama-cpp": { ignore_eos: true } } }
      for (const run of [Effect.asVoid(events(request)), Effect.asVoid(ask(request))]) {
        const fiber = yield* Effect.forkChild(run)
        yield* busy(url, 1)
        yield* Fiber.interrupt(fiber)
        assert.isBelow(yield* busy(url, 0), 400)
      }
    })
  )

  it.live(
    "refuses for good what this server can never take: no retry",
    Effect.fnUntraced(function* () {
      const image = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10])
      const requests: ReadonlyArray<ChatRequestInput> = [
        { messages: [{ role: "user", content: [{ type: "image", data: image, mediaType: "image/png" }] }] },
        { messages: "x", providerOptions: { "llama-cpp": { grammar: "root ::= (" } } },
        { messages: "x", responseFormat: { type: "json-schema", schema: { type: "nonsense" } } }
      ]
      for (const request of requests) {
        const error = yield* Effect.flip(ask(request))
        if (typeof error !== "object" || error === null || !("_tag" in error)) return assert.fail(String(error))
        assert.isFalse(isRetryable(error as Parameters<typeof isRetryable>[0]), String(error))
      }
    })
  )

  it.live(
    "computes embeddings in the order of their inputs",
    Effect.fnUntraced(function* () {
      const texts = ["a red apple", "a blue whale", "a red apple"]
      const { embeddings } = yield* Effect.provide(LlamaCpp.embeddingModel("smollm2").generate(texts), embedding)
      assert.lengthOf(embeddings, 3)
      assert.deepStrictEqual(embeddings[0], embeddings[2])
      assert.notDeepEqual(embeddings[0], embeddings[1])
    })
  )

  it.live(
    "answers on the command line",
    Effect.fnUntraced(function* () {
      const home = mkdtempSync(join(tmpdir(), "effect-llm-real-"))
      const env = { LLAMA_CPP_BASE_URL: `${url}/v1` }
      const args = ["chat", "-m", "llama-cpp/smollm2", "--max-tokens", "4", "Say hello."]
      const { code, err, out } = yield* Effect.promise(() => spawned(args, { home, env }))
      rmSync(home, { recursive: true, force: true })
      assert.deepStrictEqual({ code, out: out.trim() !== "" }, { code: 0, out: true }, err)
    })
  )
})
