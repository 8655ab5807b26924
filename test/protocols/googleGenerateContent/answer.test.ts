import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { GoogleGenerateContent } from "../../../src/protocols/GoogleGenerateContent.ts"
import { halvesOf, json, type Wire } from "../halves.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"

const { decode, fold, options, read, toFrames } = halvesOf(GoogleGenerateContent, "google")

const protocol = GoogleGenerateContent.id
const body = (parts: ReadonlyArray<Wire>, candidate: Wire = {}, rest: Wire = {}): Wire => ({
  candidates: [{ content: { role: "model", parts }, finishReason: "STOP", ...candidate }],
  responseId: "r1",
  ...rest
})
const frame = (data: Wire) => ({ data: JSON.stringify(data) })
const chunk = (parts: ReadonlyArray<Wire>, candidate: Wire = {}) =>
  frame(body(parts, { finishReason: undefined, ...candidate }))

describe("enums as numbers", () => {
  it("are finish reasons", () => {
    const call = { functionCall: { name: "f", args: {} } }
    const reasonOf = (finishReason: number, part: Wire = { text: "a" }) => {
      const { finishReason: reason, rawFinishReason: raw } = decode(body([part], { finishReason }))
      return [reason, raw]
    }
    assert.deepStrictEqual(reasonOf(1), ["stop", "STOP"])
    assert.deepStrictEqual(reasonOf(1, call), ["tool-calls", "STOP"])
    assert.deepStrictEqual(reasonOf(2), ["length", "MAX_TOKENS"])
    assert.deepStrictEqual(reasonOf(17), ["other", "OTHER"])
  })
})

describe("signatures", () => {
  it("stay on their part: a thought, a text or a call", () => {
    const { content } = decode(
      body([
        { text: "hm", thought: true, thoughtSignature: "s1" },
        { text: "so", thoughtSignature: "s2" },
        { functionCall: { name: "f", args: { a: 1 } }, thoughtSignature: "s3" },
        { functionCall: { name: "g" } }
      ])
    )
    assert.deepStrictEqual(json(content) as Wire, [
      { type: "reasoning", text: "hm", signature: "s1", protocol },
      { type: "text", text: "so", providerOptions: { [protocol]: { thoughtSignature: "s2" } } },
      {
        type: "tool-call",
        id: "gemini-r1_0",
        name: "f",
        input: { a: 1 },
        providerOptions: { [protocol]: { thoughtSignature: "s3" } }
      },
      { type: "tool-call", id: "gemini-r1_1", name: "g", input: {} }
    ])
  })

  it("with an empty text attach to the text before, or form a part after a call", () => {
    const signed = { text: "", thoughtSignature: "s" }
    assert.deepStrictEqual(
      json(
        fold([chunk([{ text: "a" }]), chunk([{ text: "b" }]), chunk([signed]), chunk([{ text: "c" }])]).content
      ) as Wire,
      [
        { type: "text", text: "ab", providerOptions: { [protocol]: { thoughtSignature: "s" } } },
        { type: "text", text: "c" }
      ]
    )
    const { content } = decode(body([{ functionCall: { name: "f", id: "c1" } }, signed]))
    assert.deepStrictEqual(json(content[1]), {
      type: "text",
      text: "",
      providerOptions: { [protocol]: { thoughtSignature: "s" } }
    } as Wire)
  })

  it("are sent back unchanged, in the same parts", () => {
    const parts = [
      { text: "hm", thought: true },
      { text: "so", thoughtSignature: "s+/=" },
      { functionCall: { id: "c1", name: "f", args: { b: 1, a: [null, "é"] } }, thoughtSignature: "s3" },
      { functionCall: { id: "c2", name: "g", args: {} } },
      { executableCode: { language: "PYTHON", code: "1", id: "x" }, thoughtSignature: "s4" },
      { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1\n", id: "x" }, thoughtSignature: "s5" },
      { toolCall: { toolType: "GOOGLE_SEARCH_WEB", args: { queries: ["q"] }, id: "y" }, thoughtSignature: "s6" },
      { toolResponse: { toolType: "GOOGLE_SEARCH_WEB", response: {}, id: "y" } },
      { inlineData: { mimeType: "image/png", data: "AA==" }, thought: true },
      { inlineData: { mimeType: "image/png", data: "AA==" }, thoughtSignature: "s7" },
      { text: "", thoughtSignature: "s8" }
    ]
    const messages = [
      { role: "user" as const, content: [{ type: "text" as const, text: "?" }] },
      decode(body(parts)).message
    ]
    const sent = Result.getOrThrow(
      GoogleGenerateContent.encodeRequest(
        { messages },
        { provider: "google", model: "gemini-3.8-flash", stream: false }
      )
    )
    assert.deepStrictEqual(json(sent.body).contents as Wire, [
      { role: "user", parts: [{ text: "?" }] },
      { role: "model", parts }
    ])
    assert.deepStrictEqual(sent.warnings, [])
  })
})

describe("tools that Google runs", () => {
  it("are calls of the provider, and their results parts of it", () => {
    const { content, finishReason, toolCalls } = decode(
      body([
        { executableCode: { language: "PYTHON", code: "1" } },
        { codeExecutionResult: { outcome: "OUTCOME_OK" } },
        { text: "one" }
      ])
    )
    assert.deepStrictEqual(json(content[0]), {
      type: "tool-call",
      id: "gemini-r1_0",
      name: "code_execution",
      input: { language: "PYTHON", code: "1" },
      providerExecuted: true
    } as Wire)
    assert.deepStrictEqual(content[1]?.type, "provider")
    assert.deepStrictEqual(toolCalls, [])
    assert.strictEqual(finishReason, "stop")
  })
})

describe("sources", () => {
  it("of any kind are returned, and byte offsets become text offsets", () => {
    const { content, sources, usage } = decode(
      body(
        [{ text: "é😀 ja." }],
        {
          groundingMetadata: {
            webSearchQueries: ["a", "b"],
            groundingChunks: [
              { web: { uri: "https://a.example", title: "A" } },
              { retrievedContext: { uri: "gs://b", title: "B", text: "from b" } },
              { maps: { uri: "https://maps.example", placeId: "p" } },
              { image: { sourceUri: "https://c.example", imageUri: "https://c.example/i.png" } }
            ],
            groundingSupports: [
              { segment: { startIndex: 7, endIndex: 9, text: "ja" }, groundingChunkIndices: [0, 1] },
              { segment: { endIndex: 2, text: "é" }, groundingChunkIndices: [2] },
              { segment: { startIndex: 90, endIndex: 99, text: "ja." }, groundingChunkIndices: [3, 9] }
            ]
          },
          urlContextMetadata: {
            urlMetadata: [
              { retrievedUrl: "https://d.example", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_SUCCESS" },
              { retrievedUrl: "https://e.example", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_ERROR" },
              { retrievedUrl: "https://a.example", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_SUCCESS" }
            ]
          },
          citationMetadata: {
            citationSources: [{ startIndex: 0, endIndex: 2, uri: "https://f.example", license: "mit" }]
          }
        },
        { usageMetadata: { promptTokenCount: 1 } }
      )
    )
    const [text] = content
    const said = text?.type === "text" ? (text.citations ?? []) : []
    assert.deepStrictEqual(
      said.map(({ citedText, end, start, url }) => [url, citedText, start, end]),
      [
        ["https://a.example", undefined, 4, 6],
        ["gs://b", "from b", 4, 6],
        ["https://maps.example", undefined, 0, 1],
        ["https://c.example", undefined, 4, 7],
        ["https://f.example", undefined, 0, 1]
      ]
    )
    assert.deepStrictEqual(
      sources?.map(({ url }) => url),
      ["https://a.example", "gs://b", "https://maps.example", "https://c.example", "https://d.example"]
    )
    assert.deepStrictEqual(usage.toolRequests, { web_search: 2 })
  })
})

describe("usage", () => {
  it("does not count a map lookup as a web search", () => {
    const groundingMetadata = { groundingChunks: [{ maps: { uri: "https://a.example" } }], webSearchQueries: ["near"] }
    assert.isUndefined(decode(body([{ text: "x" }], { groundingMetadata }, {})).usage.toolRequests)
  })

  const usageOf = (usageMetadata: Wire) => json(decode(body([{ text: "x" }], {}, { usageMetadata })).usage) as Wire

  it("adds tool tokens to the input and thoughts to the output, and includes cached tokens", () => {
    const { inputTokens, outputTokens, serviceTier } = usageOf({
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 40,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 5,
      totalTokenCount: 155,
      promptTokensDetails: [
        { modality: "AUDIO", tokenCount: 30 },
        { modality: "IMAGE", tokenCount: 20 }
      ],
      toolUsePromptTokensDetails: [{ modality: "IMAGE", tokenCount: 1 }],
      cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 12 }],
      candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 9 }],
      trafficType: "ON_DEMAND_PRIORITY"
    })
    assert.deepStrictEqual(inputTokens, {
      total: 140,
      uncached: 80,
      cacheRead: 60,
      audio: 30,
      image: 21,
      cacheReadAudio: 12
    })
    assert.deepStrictEqual(outputTokens, { total: 15, text: 10, reasoning: 5, image: 9 })
    assert.strictEqual(serviceTier, "priority")
  })

  it("infers 0 output text from the total, and leaves other missing counts unknown", () => {
    assert.deepStrictEqual(usageOf({ promptTokenCount: 15, thoughtsTokenCount: 2, totalTokenCount: 17 }).outputTokens, {
      total: 2,
      text: 0,
      reasoning: 2
    })
    assert.deepStrictEqual(usageOf({ promptTokenCount: 15 }).outputTokens, {})
    assert.deepStrictEqual(usageOf({ trafficType: "ON_DEMAND" }).inputTokens, {})
    assert.deepStrictEqual(json(decode(body([{ text: "x" }])).usage), { inputTokens: {}, outputTokens: {} })
  })
})

describe("endings", () => {
  const reasons: ReadonlyArray<readonly [string, string]> = [
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content-filter"],
    ["RECITATION", "content-filter"],
    ["BLOCKLIST", "content-filter"],
    ["PROHIBITED_CONTENT", "content-filter"],
    ["SPII", "content-filter"],
    ["IMAGE_SAFETY", "content-filter"],
    ["MALFORMED_FUNCTION_CALL", "other"],
    ["UNEXPECTED_TOOL_CALL", "other"],
    ["SOMETHING_NEW", "other"]
  ]
  for (const [word, reason] of reasons) {
    it(`${word} after some text is ${reason}`, () => {
      const answer = decode(body([{ text: "x" }], { finishReason: word }))
      assert.strictEqual(answer.finishReason, reason)
      assert.strictEqual(answer.rawFinishReason, word)
      assert.strictEqual(fold(toFrames(toEvents(answer))).rawFinishReason, word)
    })
  }

  it("a response without a candidate is empty if it has usage, and a failure otherwise", () => {
    const answer = decode({ usageMetadata: { promptTokenCount: 3 }, modelVersion: "m" })
    assert.deepStrictEqual(answer.content, [])
    assert.strictEqual(answer.finishReason, "other")
    const none = Result.getOrThrow(Result.flip(GoogleGenerateContent.decodeResponse({ hello: 1 }, options)))
    assert.strictEqual(none._tag, "ResponseParseError")
  })

  it("nulls, missing parts and parts of new kinds are no trouble", () => {
    const nulls = {
      content: { parts: null },
      finishReason: "STOP",
      index: null,
      groundingMetadata: null,
      safetyRatings: null
    }
    assert.deepStrictEqual(decode({ candidates: [nulls], usageMetadata: null, promptFeedback: null }).content, [])
    const value = { newThing: { a: 1 }, thoughtSignature: "s" }
    assert.deepStrictEqual(decode(body([value])).content as Wire, [{ type: "provider", protocol, value }])
  })
})

describe("a stream", () => {
  it("that is blocked, or an error, fails; also in an array", () => {
    const blocked = read([frame({ promptFeedback: { blockReason: "SAFETY", blockReasonMessage: "no" } })])
    assert.deepInclude(blocked.failure, { type: "PROMPT_BLOCKED", code: "SAFETY", message: "no" })
    const error = {
      error: { code: 503, message: "overloaded", status: "UNAVAILABLE", details: [{ retryDelay: "1.5s" }] }
    }
    for (const data of [error, [error]]) {
      const { events, failure } = read([chunk([{ text: "a" }]), frame(data)])
      assert.deepInclude(failure, { status: 503, type: "UNAVAILABLE", retryAfterSeconds: 1.5 })
      assert.isFalse(events.some(({ type }) => type === "finish"))
    }
  })

  it("continues after unreadable frames", () => {
    const { events, whole } = read([
      { data: "{oops" },
      frame({ what: 1 }),
      chunk([{ text: "a" }], { finishReason: "STOP" }),
      { data: "[DONE]" }
    ])
    assert.isTrue(whole)
    assert.lengthOf(
      events.filter(({ type }) => type === "malformed-frame"),
      2
    )
  })

  it("reads usage after the finish reason", () => {
    const late = frame({ usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 } })
    assert.strictEqual(fold([chunk([{ text: "a" }], { finishReason: "STOP" }), late]).usage.outputTokens.total, 2)
  })

  it("of arguments in pieces is put together, whether or not an empty call closes it", () => {
    const piece = (partialArgs: ReadonlyArray<Wire>, more: boolean) =>
      chunk([{ functionCall: { partialArgs, ...(more ? { willContinue: true } : {}) } }])
    const frames = [
      chunk([{ functionCall: { name: "f", willContinue: true }, thoughtSignature: "s" }]),
      piece([{ jsonPath: "$.items[0].name", stringValue: "a", willContinue: true }], true),
      piece([{ jsonPath: "$.items[0].name", stringValue: 'b"' }], true),
      piece(
        [
          { jsonPath: "$.items[1]['odd.key']", numberValue: 0 },
          { jsonPath: "$.ok", boolValue: false }
        ],
        true
      ),
      piece(
        [
          { jsonPath: "$.__proto__.x", nullValue: null },
          { jsonPath: "$.far[999999999]", stringValue: "z" }
        ],
        false
      ),
      chunk([{ text: "" }], { finishReason: "STOP" })
    ]
    const [call] = fold(frames).toolCalls
    assert.strictEqual(
      JSON.stringify(call?.input),
      '{"items":[{"name":"ab\\""},{"odd.key":0}],"ok":false,"__proto__":{"x":null},"far":["z"]}'
    )
    assert.isUndefined(({} as Wire).x)
    assert.deepStrictEqual(call?.providerOptions, { [protocol]: { thoughtSignature: "s" } })
    const open = fold(frames.slice(0, 4).concat(chunk([], { finishReason: "STOP" })))
    assert.lengthOf(open.toolCalls, 1)
  })

  it("has images and audio whole, and log probabilities as they arrive", () => {
    const answer = fold([
      chunk([{ inlineData: { mimeType: "audio/L16;rate=24000", data: "AAA=" } }]),
      chunk([{ text: "a" }], {
        logprobsResult: {
          chosenCandidates: [{ token: "a", tokenId: 1, logProbability: -0.5 }],
          topCandidates: [
            {
              candidates: [
                { token: "a", logProbability: -0.5 },
                { token: "b", logProbability: -1 }
              ]
            }
          ]
        },
        finishReason: "STOP"
      })
    ])
    assert.deepInclude(answer.content[0], { type: "audio", data: "data:audio/L16;rate=24000;base64,AAA=" })
    assert.deepStrictEqual(answer.logprobs, [
      {
        token: "a",
        logprob: -0.5,
        top: [
          { token: "a", logprob: -0.5 },
          { token: "b", logprob: -1 }
        ]
      }
    ])
  })
})
