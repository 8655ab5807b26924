import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import type { ToolCallPart } from "../../../src/domain/ContentPart.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { json } from "../halves.ts"
import { readDeltas, readUnary, unary } from "./wire.ts"

const calls = (deltas: ReadonlyArray<ReadonlyArray<object>>) =>
  readDeltas(deltas.map((tool_calls) => ({ tool_calls }))).response.toolCalls

const call = (id: string, name: string, input: ToolCallPart["input"]): ToolCallPart => ({
  type: "tool-call",
  id,
  name,
  input
})

const weather = call("a", "weather", { city: "Rome" })
const time = call("b", "time", { zone: "UTC" })

describe("tool calls in a stream", () => {
  it("are read as OpenAI sends them: name first, arguments in pieces", () => {
    const { events, response } = readDeltas([
      { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "weather", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"city"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ':"Rome"}' } }] }
    ])
    assert.deepStrictEqual(response.toolCalls, [weather])
    assert.deepStrictEqual<unknown>(json(events.filter(({ type }) => type.startsWith("tool"))), [
      { type: "tool-input-start", id: "a", name: "weather" },
      { type: "tool-input-delta", id: "a", delta: '{"city"' },
      { type: "tool-input-delta", id: "a", delta: ':"Rome"}' },
      { type: "tool-call", id: "a", call: weather }
    ])
  })

  it("of one tool may all have index 0 and no id, if each comes whole", () => {
    const whole = (city: string) => ({
      index: 0,
      id: "",
      type: "function",
      function: { name: "weather", arguments: JSON.stringify({ city }) }
    })
    assert.deepStrictEqual(
      calls([[whole("Rome")], [whole("Oslo")]]).map(({ input }) => input),
      [{ city: "Rome" }, { city: "Oslo" }]
    )
  })

  it("may be repeated whole after their pieces, begin with {}, or be encoded as a JSON string", () => {
    const pieces = (...all: ReadonlyArray<string>) =>
      calls([
        [{ index: 0, id: "a", function: { name: "weather", arguments: "" } }],
        ...all.map((piece) => [{ index: 0, function: { arguments: piece } }])
      ])
    for (const all of [
      ['{"city":', '"Rome"}', '{"city":"Rome"}'],
      ["{}", '{"city":', '"Rome"}'],
      ["{}", '{"city":"Rome"}'],
      [JSON.stringify('{"city":"Rome"}')]
    ]) {
      assert.deepStrictEqual<unknown>(json(pieces(...all)), [weather], all.join(" "))
    }
    for (const all of [['{"city":"Rome"}', '{"city":"Oslo"}'], ["{}", "x"], ["{}", "[]"], ["xx"], ['"x"', '"x"']]) {
      const [given] = pieces(...all)
      assert.strictEqual(given?.rawInput, all.join(""))
      assert.isUndefined(given?.input)
    }
  })

  it("of custom tools are the text that the model wrote, whatever it repeats", () => {
    const [custom] = calls([[{ index: 0, id: "a", type: "custom", custom: { name: "code", input: "{}{}" } }]])
    assert.deepInclude(custom, { rawInput: "{}{}" })
  })

  it("may be in a separate choice without an index", () => {
    const tool_calls = [{ id: "a", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } }]
    const { text, toolCalls, warnings } = readUnary({
      choices: [
        { message: { role: "assistant", content: "Let me see." }, finish_reason: "tool_calls" },
        { message: { role: "assistant", tool_calls }, finish_reason: "tool_calls" }
      ]
    })
    assert.deepStrictEqual([text, toolCalls, warnings], ["Let me see.", [weather], []])
  })

  it("may have name and arguments without function around them", () => {
    const bare = [
      { name: "weather", arguments: { city: "Rome" } },
      { name: "time", arguments: { zone: "UTC" } }
    ]
    for (const found of [calls([bare]), readUnary(unary({ tool_calls: bare })).toolCalls]) {
      assert.deepStrictEqual(
        found.map(({ input, name }) => [name, input]),
        [
          ["weather", { city: "Rome" }],
          ["time", { zone: "UTC" }]
        ]
      )
    }
  })

  it("that share an id are distinguished by index, and get distinct ids", () => {
    const piece = (index: number, args: string, name?: string) => ({
      tool_calls: [{ index, id: "same", function: { name, arguments: args } }]
    })
    const { response } = readDeltas([
      piece(0, '{"city":', "weather"),
      piece(1, '{"zone":', "time"),
      piece(0, '"Rome"}'),
      piece(1, '"UTC"}')
    ])
    assert.deepStrictEqual(
      response.toolCalls.map(({ input, name }) => [name, input]),
      [
        ["weather", { city: "Rome" }],
        ["time", { zone: "UTC" }]
      ]
    )
    assert.strictEqual(new Set(response.toolCalls.map(({ id }) => id)).size, 2)
    assert.strictEqual(response.toolCalls[0]?.id, "same")
  })

  it("may interleave", () => {
    assert.deepStrictEqual(
      calls([
        [{ index: 0, id: "a", function: { name: "weather", arguments: '{"city":' } }],
        [{ index: 1, id: "b", function: { name: "time", arguments: '{"zone":' } }],
        [{ index: 0, function: { arguments: '"Rome"}' } }],
        [{ index: 1, function: { arguments: '"UTC"}' } }]
      ]),
      [weather, time]
    )
  })

  it("may have no index", () => {
    assert.deepStrictEqual(
      calls([
        [{ id: "a", function: { name: "weather", arguments: '{"city":' } }],
        [{ function: { arguments: '"Rome"}' } }],
        [{ id: "b", function: { name: "time", arguments: '{"zone":"UTC"}' } }]
      ]),
      [weather, time]
    )
  })

  it("may be distinguished by id alone, repeated in every piece", () => {
    assert.deepStrictEqual(
      calls([
        [{ id: "a", function: { name: "weather", arguments: '{"city":' } }],
        [{ id: "b", function: { name: "time", arguments: '{"zone":' } }],
        [{ id: "a", function: { name: "weather", arguments: '"Rome"}' } }],
        [{ id: "b", function: { arguments: '"UTC"}' } }]
      ]),
      [weather, time]
    )
  })

  it("may have a different id in every piece", () => {
    const [first] = calls([
      [{ index: 0, id: "a", function: { name: "weather", arguments: "" } }],
      [{ index: 0, id: "x1", function: { arguments: '{"city":' } }],
      [{ index: 0, id: "x2", function: { name: "weather", arguments: '"Rome"}' } }]
    ])
    assert.deepStrictEqual(first, weather)
  })

  it("may all have index 0", () => {
    assert.deepStrictEqual(
      calls([
        [{ index: 0, id: "a", function: { name: "weather", arguments: '{"city":"Rome"}' } }],
        [{ index: 0, id: "b", function: { name: "time", arguments: '{"zone":"UTC"}' } }]
      ]),
      [weather, time]
    )
    assert.deepStrictEqual(
      calls([
        [{ index: 0, id: "a", function: { name: "weather" } }],
        [{ index: 0, id: "b", function: { name: "time" } }],
        [{ index: 0, id: "a", function: { arguments: '{"city":"Rome"}' } }],
        [{ index: 0, id: "b", function: { arguments: '{"zone":"UTC"}' } }]
      ]),
      [weather, time]
    )
  })

  it("may have pieces whose index counts on, without an id or a name", () => {
    const pieces = (name: string, all: ReadonlyArray<string>, from: number) =>
      all.map((piece, at) => [{ index: from + at, id: null, function: { name, arguments: piece } }])
    for (const name of [null, "", undefined]) {
      const first = [{ index: 0, id: "a", type: "function", function: { name: "weather", arguments: "" } }]
      const second = [{ index: 0, id: "b", type: "function", function: { name: "time", arguments: "" } }]
      const rest = pieces(name as never, ['{"city"', ':"Rome"}'], 1)
      assert.deepStrictEqual(calls([first, ...rest]), [weather])
      assert.deepStrictEqual(calls([first, ...rest, second, ...pieces(name as never, ['{"zone"', ':"UTC"}'], 1)]), [
        weather,
        time
      ])
    }
  })

  it("may have no id: they get one derived from the response's", () => {
    const ids = calls([
      [{ index: 0, function: { name: "weather", arguments: "{}" } }],
      [{ index: 1, id: "", function: { name: "time", arguments: "{}" } }]
    ]).map(({ id }) => id)
    assert.deepStrictEqual(ids, ["call_answer-1_0", "call_answer-1_1"])
  })

  it("may have neither index nor id", () => {
    const found = calls([
      [{ function: { name: "weather", arguments: '{"city":"Rome"}' } }],
      [{ function: { name: "weather", arguments: '{"city":"Oslo"}' } }],
      [{ function: { name: "time", arguments: "{}" } }, { function: { name: "time", arguments: "{}" } }]
    ])
    assert.deepStrictEqual(
      found.map(({ name }) => name),
      ["weather", "weather", "time", "time"]
    )
    assert.strictEqual(new Set(found.map(({ id }) => id)).size, 4)
  })

  it("may have a name that is split, repeated or growing", () => {
    const names: ReadonlyArray<ReadonlyArray<string>> = [
      ["get_", "weather"],
      ["get_weather", "get_weather", "get_weather"],
      ["get_", "get_wea", "get_weather"]
    ]
    for (const pieces of names) {
      for (const place of [{ index: 0, id: "a" }, { index: 0 }, {}]) {
        const found = calls([
          ...pieces.map((name) => [{ ...place, function: { name, arguments: "" } }]),
          [{ ...place, function: { arguments: "{}" } }]
        ])
        assert.deepStrictEqual(
          found.map(({ name }) => name),
          ["get_weather"]
        )
      }
    }
  })

  it("may repeat the name with each piece of the arguments", () => {
    const found = calls([
      [{ function: { name: "weather", arguments: '{"city":' } }],
      [{ function: { name: "weather", arguments: '"Rome"}' } }]
    ])
    assert.deepStrictEqual(
      found.map(({ input }) => input),
      [{ city: "Rome" }]
    )
  })

  it("may have an object as arguments", () => {
    assert.deepStrictEqual(
      calls([[{ index: 0, id: "a", function: { name: "weather", arguments: { city: "Rome" } } }]]),
      [weather]
    )
  })

  it("without arguments have an empty object as input", () => {
    for (const args of ["", " ", "{}", null, undefined]) {
      const body = { index: 0, id: "a", function: { name: "now", arguments: args } }
      assert.deepStrictEqual(calls([[body]]), [call("a", "now", {})])
      assert.deepStrictEqual(readUnary(unary({ tool_calls: [body] })).toolCalls, [call("a", "now", {})])
    }
  })

  it("keep the raw input where it is not canonical JSON, or not JSON", () => {
    const [spaced, broken] = calls([
      [{ index: 0, id: "a", function: { name: "f", arguments: '{"n": 12345678901234567890}' } }],
      [{ index: 1, id: "b", function: { name: "f", arguments: '{"n":' } }]
    ])
    assert.strictEqual(spaced?.rawInput, '{"n": 12345678901234567890}')
    assert.deepStrictEqual(broken, { type: "tool-call", id: "b", name: "f", rawInput: '{"n":' })
  })

  it("end the reasoning before them", () => {
    const { events } = readDeltas([
      { reasoning_content: "hm" },
      { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }] }
    ])
    const types = events.map(({ type }) => type)
    assert.isBelow(types.indexOf("reasoning-end"), types.indexOf("tool-input-start"))
  })

  it.prop(
    "decode the same however any number of calls is split, with or without index",
    {
      inputs: Arbitrary.array(Arbitrary.all([Arb.name, Arb.jsonObject]), { minLength: 1, maxLength: 4 }),
      at: Arb.cuts,
      numbered: Arb.literal(true, false)
    },
    ({ at, inputs, numbered }) => {
      const deltas = inputs.flatMap(([name, input], index) =>
        Arb.cut(JSON.stringify(input), at).map((piece, n) => [
          {
            ...(numbered ? { index } : {}),
            ...(n === 0 ? { id: `id_${index}`, type: "function" } : {}),
            function: n === 0 ? { name, arguments: piece } : { arguments: piece }
          }
        ])
      )
      assert.deepStrictEqual(
        JSON.parse(JSON.stringify(calls(deltas))),
        JSON.parse(JSON.stringify(inputs.map(([name, input], index) => call(`id_${index}`, name, input))))
      )
    }
  )
})

describe("other kinds of calls", () => {
  it("reads function_call, whole or in pieces", () => {
    const whole = readUnary(unary({ content: null, function_call: { name: "weather", arguments: '{"city":"Rome"}' } }))
    assert.deepStrictEqual(whole.toolCalls, [call("call_answer-1_0", "weather", { city: "Rome" })])
    const pieces = readDeltas([
      { function_call: { name: "weather", arguments: "" } },
      { function_call: { arguments: '{"city":' } },
      { function_call: { arguments: '"Rome"}' } }
    ])
    assert.deepStrictEqual(pieces.response.toolCalls, whole.toolCalls)
  })

  it("reads custom tools, whose input is any text", () => {
    const custom = { id: "a", type: "custom", custom: { name: "shell", input: "ls -l" } }
    assert.deepStrictEqual(readUnary(unary({ tool_calls: [custom] })).toolCalls, [
      {
        type: "tool-call",
        id: "a",
        name: "shell",
        rawInput: "ls -l",
        providerOptions: { "openai-chat": { type: "custom" } }
      }
    ])
  })

  it("keeps fields that must go back with a call", () => {
    const extra_content = { google: { thought_signature: "s" } }
    const wire = { id: "a", type: "function", function: { name: "f", arguments: "{}" }, extra_content }
    assert.deepStrictEqual(readUnary(unary({ tool_calls: [wire] })).toolCalls[0]?.providerOptions, {
      "openai-chat": { extra_content }
    })
  })
})
