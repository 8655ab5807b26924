import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Duration, Effect, Schedule, Schema, Stream } from "effect"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import type * as Cost from "../../src/domain/Cost.ts"
import { ChatResponse, type RateLimitError, ServerError } from "../../src/domain/ChatResponse.ts"
import { StructuredOutputError } from "../../src/domain/OutputErrors.ts"
import type { AssistantPart } from "../../src/domain/Message.ts"
import { unknown } from "../../src/domain/Usage.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"

class Person extends Schema.Class<Person>("Person")(
  { name: Schema.String, born: Schema.Int, died: Schema.optional(Schema.Int) },
  { description: "Somebody" }
) {}

const ada = { name: "Ada Lovelace", born: 1815, died: 1852 }

const answer = (content: ReadonlyArray<AssistantPart>, finishReason: ChatResponse["finishReason"] = "stop") =>
  new ChatResponse({ provider: "a", model: "b", content, finishReason, usage: unknown, warnings: [], attempts: [] })

const formatOf = (model: ScriptedModel.ScriptedModel<unknown>) => {
  const format = model.calls[0]?.request.responseFormat
  assert(format?.type === "json-schema")
  return format
}

describe("ChatModel.generateObject", () => {
  it.effect("sends the schema with its name and description, and decodes the response", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(JSON.stringify(ada))
      const { response, value } = yield* ChatModel.generateObject(model, {
        schema: Person,
        request: { messages: "Who wrote the first program?", temperature: 0 }
      })
      assert.instanceOf(value, Person)
      assert.deepStrictEqual({ ...value }, ada)
      assert.strictEqual(response.text, JSON.stringify(ada))
      assert.strictEqual(model.calls[0]?.request.temperature, 0)
      const format = formatOf(model)
      assert.deepInclude(format, { name: "Person", description: "Somebody", strict: true })
      assert.deepInclude(format.schema, {
        type: "object",
        required: ["name", "born", "died"],
        additionalProperties: false
      })
      assert.notProperty(format.schema, "$ref")
    })
  )

  it.effect("fails with what was expected, and where", () =>
    Effect.gen(function* () {
      const reasons = [
        ['{"name":"Ada","born":1815.5,"died":null}', 'Expected an integer\n  at ["born"]'],
        ['{"name":"Ada","born":"1815","died":null}', 'Expected number\n  at ["born"]'],
        ['{"born":1815,"died":null}', 'Missing key\n  at ["name"]'],
        ["[]", "Expected object"]
      ] as const
      for (const [text, issue] of reasons) {
        const failed = ChatModel.generateObject(ScriptedModel.make(text), { schema: Person, request: "Who?" })
        const error = yield* Effect.flip(failed)
        assert.strictEqual(error._tag === "StructuredOutputError" ? error.issue : error._tag, issue)
      }
    })
  )

  it.effect("names the format after the schema, in characters that every provider accepts, or `answer`", () =>
    Effect.gen(function* () {
      const nameOf = (identifier: string | undefined) =>
        Effect.gen(function* () {
          const model = ScriptedModel.make('{"a":1}')
          const fields = Schema.Struct({ a: Schema.Int })
          const schema = identifier === undefined ? fields : fields.annotate({ identifier })
          yield* ChatModel.generateObject(model, { schema, request: "Hi" })
          return formatOf(model).name
        })
      assert.strictEqual(yield* nameOf("shop/Order line-1_é"), "shop_Order_line-1__")
      assert.strictEqual(yield* nameOf("x".repeat(70)), "x".repeat(64))
      assert.strictEqual(yield* nameOf(undefined), "answer")
    })
  )

  it.effect("uses the caller's name, description and strictness", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(JSON.stringify(ada))
      const asked = { schema: Person, request: "Who?", name: "author", description: "Who wrote it", strict: false }
      yield* model.pipe(ChatModel.generateObject(asked))
      assert.deepInclude(formatOf(model), { name: "author", description: "Who wrote it", strict: false })
    })
  )

  describe("rewrites what providers cannot express, and turns it back", () => {
    const cases: ReadonlyArray<readonly [string, Schema.Codec<unknown, unknown>, written: unknown, value: unknown]> = [
      ["a property left out", Schema.Struct({ a: Schema.optionalKey(Schema.String) }), { a: null }, {}],
      [
        "a tuple",
        Schema.Struct({ a: Schema.Tuple([Schema.Int, Schema.String]) }),
        { a: { 0: 1, 1: "x" } },
        { a: [1, "x"] }
      ],
      [
        "a record",
        Schema.Struct({ a: Schema.Record(Schema.String, Schema.Int) }),
        { a: [{ 0: "k", 1: 2 }] },
        { a: { k: 2 } }
      ],
      [
        "a date",
        Schema.Struct({ a: Schema.Date }),
        { a: "2026-11-21T00:00:00.000Z" },
        { a: new Date(Date.UTC(2026, 10, 21)) }
      ],
      ["a root that is a list", Schema.Array(Schema.Int), { value: [1, 2] }, [1, 2]],
      ["a root that is a text", Schema.String, { value: "x" }, "x"],
      ["a root that is a record", Schema.Record(Schema.String, Schema.Int), { value: [{ 0: "k", 1: 2 }] }, { k: 2 }],
      [
        "a root that is a union",
        Schema.Union([Schema.Struct({ a: Schema.Int }), Schema.Struct({ b: Schema.Int })]),
        { value: { b: 2 } },
        { b: 2 }
      ]
    ]
    for (const [name, schema, written, value] of cases) {
      it.effect(name, () =>
        Effect.gen(function* () {
          const model = ScriptedModel.make(JSON.stringify(written))
          assert.deepStrictEqual((yield* ChatModel.generateObject(model, { schema, request: "?" })).value, value)
          assert.strictEqual(formatOf(model).schema.type, "object")
          assert.strictEqual(formatOf(model).name, "answer")
        })
      )
    }

    it.effect("a recursive schema", () =>
      Effect.gen(function* () {
        interface Tree {
          readonly leaf: string
          readonly branches: ReadonlyArray<Tree>
        }
        const Tree = Schema.Struct({
          leaf: Schema.String,
          branches: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
        }).annotate({ identifier: "Tree" })
        const tree: Tree = { leaf: "a", branches: [{ leaf: "b", branches: [] }] }
        const model = ScriptedModel.make(JSON.stringify(tree))
        assert.deepStrictEqual((yield* ChatModel.generateObject(model, { schema: Tree, request: "?" })).value, tree)
        assert.strictEqual(formatOf(model).schema.type, "object")
        assert.property(formatOf(model).schema, "$defs")
      })
    )
  })

  it.effect("last resort: extracts JSON from one code fence", () =>
    Effect.gen(function* () {
      for (const text of [
        '```json\n{"a":1}\n```',
        'Here you are:\n```\n{\n"a":1}\n```\nAnything else?',
        '```JSON\r\n{"a":1}\r\n```',
        'The `a` of it:\n```json\n{"a":1}\n```\nas `Int`.',
        ' {"a":1} '
      ]) {
        const model = ScriptedModel.make(answer([{ type: "text", text }]))
        const { value } = yield* ChatModel.generateObject(model, {
          schema: Schema.Struct({ a: Schema.Int }),
          request: "?"
        })
        assert.deepStrictEqual(value, { a: 1 }, text)
      }
    })
  )

  it.effect("last resort: looks for a fence in time proportional to the text", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(answer([{ type: "text", text: "```\n".padEnd(200_000, "\n") + "`" }]))
      const before = process.threadCpuUsage()
      const error = yield* Effect.flip(ChatModel.generateObject(model, { schema: Schema.Struct({}), request: "?" }))
      assert.instanceOf(error, StructuredOutputError)
      assert.isBelow(process.threadCpuUsage(before).user / 1000, 1000)
    })
  )

  describe("fails with StructuredOutputError, which holds the text and the response, when", () => {
    const cases: ReadonlyArray<readonly [string, ChatResponse, issue: RegExp]> = [
      ["the model wrote something else", answer([{ type: "text", text: "Ada" }]), /not JSON/],
      [
        "two fences leave it open which is meant",
        answer([{ type: "text", text: "```\n{}\n```\n```\n{}\n```" }]),
        /not JSON/
      ],
      ["what is beside the JSON is no fence", answer([{ type: "text", text: 'ab\n{"a":1}}' }]), /not JSON/],
      ["the fence is left open", answer([{ type: "text", text: '```json\n{"a":1}' }]), /not JSON/],
      [
        "the fence begins with more than a language",
        answer([{ type: "text", text: '```json as asked {\n{"a":1}\n```' }]),
        /not JSON/
      ],
      ["a property is missing", answer([{ type: "text", text: '{"name":"Ada"}' }]), /born/],
      ["a property is wrong", answer([{ type: "text", text: '{"name":"Ada","born":1.5}' }]), /born/],
      ["the token limit cut it off", answer([{ type: "text", text: '{"name":"A' }], "length"), /token limit/],
      ["it cut off a forced call before its input", answer([{ type: "text", text: "{}" }], "length"), /token limit/],
      ["it cut off what was mended", answer([{ type: "text", text: '{"name":"A"}' }], "length"), /token limit.*born/s],
      ["the provider withheld it", answer([], "content-filter"), /withheld/],
      ["the model declined", answer([{ type: "refusal", text: "I cannot" }]), /declined: I cannot/],
      ["nothing came", answer([]), /empty/],
      ["blanks came", answer([{ type: "text", text: " \n" }]), /empty/],
      [
        "the model called a tool",
        answer([{ type: "tool-call", id: "1", name: "search", input: {} }], "tool-calls"),
        /called tools/
      ]
    ]
    for (const [name, response, issue] of cases) {
      it.effect(name, () =>
        Effect.gen(function* () {
          const model = ScriptedModel.make(response)
          const error = yield* Effect.flip(ChatModel.generateObject(model, { schema: Person, request: "?" }))
          assert.instanceOf(error, StructuredOutputError)
          assert.match(error.issue, issue)
          assert.strictEqual(error.issue.includes("token limit"), response.finishReason === "length")
          assert.strictEqual(error.rawText, response.text)
          assert.strictEqual(error.response, response)
          assert.strictEqual(`${error.provider} ${error.model}`, "a b")
        })
      )
    }
  })

  describe("adapts to each model", () => {
    const called = answer([{ type: "tool-call", id: "1", name: "Person", input: ada }], "tool-calls")
    const person = { schema: Person, request: "Who?" } as const

    it.effect("by a forced tool", () =>
      Effect.gen(function* () {
        const model = ScriptedModel.make(called, { structuredOutput: "tool" })
        const { response, value } = yield* ChatModel.generateObject(model, person)
        assert.deepStrictEqual({ ...value }, ada)
        assert.strictEqual(response.finishReason, "stop")
        const { request } = model.calls[0]!
        assert.isUndefined(request.responseFormat)
        assert.deepStrictEqual(request.toolChoice, { tool: "Person" })
      })
    )

    it.effect("by JSON mode", () =>
      Effect.gen(function* () {
        const model = ScriptedModel.make(JSON.stringify(ada), { structuredOutput: "json" })
        assert.deepStrictEqual({ ...(yield* ChatModel.generateObject(model, person)).value }, ada)
        assert.deepStrictEqual(model.calls[0]?.request.responseFormat, { type: "json" })
      })
    )

    it.effect("in a fallback, through retries and time limits, unary and streamed", () =>
      Effect.gen(function* () {
        const native = ScriptedModel.make(new ServerError({}), { id: "a/native" })
        const json = ScriptedModel.make(new ServerError({}), { id: "b/json", structuredOutput: "json" })
        const tool = ScriptedModel.make(called, { id: "c/tool", structuredOutput: "tool" })
        const chain = Fallback.make([
          native.pipe(ChatModel.retry(Schedule.recurs(1))),
          json,
          tool.pipe(ChatModel.timeout({ idle: "1 second" }), ChatModel.retry(Schedule.recurs(1)))
        ])
        assert.deepStrictEqual({ ...(yield* ChatModel.generateObject(chain, person)).value }, ada)
        assert.deepStrictEqual(
          [native, json, tool].map(({ calls }) => calls[0]?.request.responseFormat?.type),
          ["json-schema", "json", undefined]
        )
        assert.isTrue(tool.calls[0]?.stream)
        const events = yield* Stream.runCollect(
          chain.stream({ messages: "Who?", responseFormat: { type: "json-schema", name: "Person", schema: {} } })
        )
        assert.strictEqual(foldEvents(events).text, JSON.stringify(ada))
      })
    )
  })

  it("is typed by the schema", () => {
    class Names extends Context.Service<Names, string>()("Names") {}
    const Named = Schema.String.pipe(
      Schema.decodeTo(Schema.String, {
        decode: { run: () => Effect.map(Names, (name) => name) } as never,
        encode: { run: () => Effect.succeed("") } as never
      })
    ) as unknown as Schema.Codec<string, string, Names>
    const model = ChatModel.make<RateLimitError, "key">({
      id: "a/b",
      generate: () => Effect.never,
      stream: () => Stream.never
    })
    const asked = ChatModel.generateObject(model, {
      schema: Schema.Struct({ named: Named, at: Schema.Date }),
      request: "?"
    })
    expectTypeOf(asked).toEqualTypeOf<
      Effect.Effect<
        ChatModel.ObjectResponse<{ readonly named: string; readonly at: Date }>,
        RateLimitError | StructuredOutputError,
        "key" | Names
      >
    >()
    // @ts-expect-error a request is needed
    ChatModel.generateObject(model, { schema: Person })
  })

  it.effect("retries with the reason, a limited number of times", () =>
    Effect.gen(function* () {
      const wrong = { name: "Ada", born: "long ago" }
      const script = ["Ada", JSON.stringify(wrong), JSON.stringify(ada)]
      const model = ScriptedModel.make(script)
      const request = { schema: Person, request: "Who?", repair: { times: 2 } }
      const { response, value } = yield* ChatModel.generateObject(model, request)
      assert.strictEqual(value.born, 1815)
      assert.deepStrictEqual(
        response.attempts.map(({ error }) => (error?._tag === "ValidationError" ? error.reasons.length : 0)),
        [1, 1, 0]
      )
      assert.include(JSON.stringify(model.calls[1]?.request.messages.at(-1)), "the response is not JSON")
      assert.include(JSON.stringify(model.calls[2]?.request.messages.at(-1)), "born")
      assert.strictEqual(formatOf(model).type, model.calls[2]?.request.responseFormat?.type)
      const once = ScriptedModel.make(script).pipe(ChatModel.generateObject({ ...request, repair: { times: 1 } }))
      const error = yield* Effect.flip(once)
      assert.strictEqual(error._tag, "StructuredOutputError")
      if (error._tag === "StructuredOutputError") assert.strictEqual(error.response.attempts.length, 2)
    })
  )

  it.effect("does not repair what was declined or cut off", () =>
    Effect.gen(function* () {
      for (const first of [
        answer([{ type: "refusal", text: "No." }]),
        answer([{ type: "text", text: "{" }], "length"),
        answer([{ type: "text", text: "{" }], "content-filter")
      ]) {
        const model = ScriptedModel.make([first, JSON.stringify(ada)])
        yield* Effect.flip(ChatModel.generateObject(model, { schema: Person, request: "?", repair: { times: 3 } }))
        assert.strictEqual(model.calls.length, 1)
      }
    })
  )

  it.effect("treats `{}` at the token limit as no response, even if it would decode", () =>
    Effect.gen(function* () {
      const schema = Schema.Struct({
        a: Schema.NullOr(Schema.Int).pipe(Schema.withDecodingDefaultKey(Effect.succeed(0)))
      })
      const cut = ScriptedModel.make(answer([{ type: "text", text: " {}\n" }], "length"))
      assert.include(
        (yield* Effect.flip(ChatModel.generateObject(cut, { schema, request: "?" }))).message,
        "token limit"
      )
    })
  )

  it.effect("marks only the last attempt of a rejected response as failed, and keeps the cost of each", () =>
    Effect.gen(function* () {
      const cost: Cost.Cost = { _tag: "Unpriced", reason: { _tag: "NoPrice" } }
      const failed = { model: "a/b", duration: Duration.seconds(2), error: new ServerError({}) }
      const counted = answer([{ type: "text", text: "Ada" }]).with({
        cost,
        attempts: [failed, { model: "a/b", duration: Duration.seconds(1) }]
      })
      const uncounted = answer([{ type: "text", text: "Ada" }]).with({ cost, timings: { total: Duration.seconds(3) } })
      const model = ScriptedModel.make([counted, uncounted, JSON.stringify(ada)])
      const { response } = yield* ChatModel.generateObject(model, {
        schema: Person,
        request: "?",
        repair: { times: 2 }
      })
      assert.deepStrictEqual(
        response.attempts.map(({ cost, duration, error }) => [Duration.toSeconds(duration), error?._tag, cost?._tag]),
        [
          [2, "ServerError", undefined],
          [1, "ValidationError", "Unpriced"],
          [3, "ValidationError", "Unpriced"],
          [0, undefined, undefined]
        ]
      )
    })
  )
})
