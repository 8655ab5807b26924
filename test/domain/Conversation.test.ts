import { assert, describe, it } from "@effect/vitest"
import type { ContentPart } from "../../src/domain/ContentPart.ts"
import { check, type ConversationLimits, excess } from "../../src/domain/Conversation.ts"
import type { Message } from "../../src/domain/Message.ts"
import * as Arbitraries from "./arbitraries.ts"

const user = (...content: ReadonlyArray<ContentPart>) => ({ role: "user", content }) as Message
const assistant = (...content: ReadonlyArray<ContentPart>) => ({ role: "assistant", content }) as Message
const tool = (...content: ReadonlyArray<ContentPart>) => ({ role: "tool", content }) as Message
const text: ContentPart = { type: "text", text: "hi" }
const call = (id: string, providerExecuted?: boolean): ContentPart => ({
  type: "tool-call",
  id,
  name: "search",
  input: {},
  providerExecuted
})
const result = (
  id: string,
  output: Extract<ContentPart, { type: "tool-result" }>["output"] = "found"
): ContentPart => ({
  type: "tool-result",
  id,
  output
})
const image = (data: Extract<ContentPart, { type: "image" }>["data"], mediaType?: string): ContentPart => ({
  type: "image",
  data,
  mediaType
})

type Case = readonly [name: string, messages: ReadonlyArray<Message>, at: string, limits?: ConversationLimits]

const wrong: ReadonlyArray<Case> = [
  ["no messages", [], "messages"],
  ["a user message without content", [user()], "messages[0]"],
  ["a result without a call", [user(text), tool(result("1"))], "messages[1].content[0]"],
  ["a result before its call", [user(text), tool(result("1")), assistant(call("1"))], "messages[1].content[0]"],
  [
    "a call not answered before the next user turn",
    [user(text), assistant(text, call("1")), user(text)],
    "messages[1].content[1]"
  ],
  [
    "one of two calls not answered",
    [user(text), assistant(call("1"), call("2")), tool(result("1")), user(text)],
    "messages[1].content[1]"
  ],
  ["a last call that waits for its result", [user(text), assistant(call("1"))], "messages[1].content[0]"],
  [
    "one of two calls not answered at the end",
    [user(text), assistant(call("1"), call("2")), tool(result("1"))],
    "messages[1].content[1]"
  ],
  [
    "a call not answered before the next answer",
    [user(text), assistant(call("1"), call("2")), tool(result("2")), assistant(text)],
    "messages[1].content[0]"
  ],
  [
    "a call answered twice",
    [user(text), assistant(call("1")), tool(result("1")), tool(result("1"))],
    "messages[3].content[0]"
  ],
  ["bytes without a media type", [user(text, image(new Uint8Array(3)))], "messages[0].content[1]"],
  ["bytes with an empty media type", [user(image(new Uint8Array(3), ""))], "messages[0].content[0]"],
  ["a file of bytes without a media type", [user({ type: "file", data: new Uint8Array(3) })], "messages[0].content[0]"],
  [
    "bytes without a media type within a tool result",
    [user(text), assistant(call("1")), tool(result("1", [{ type: "image", data: new Uint8Array(1) }]))],
    "messages[2].content[0]"
  ],
  [
    "an image over the limit",
    [user(image(new Uint8Array(4), "image/png"))],
    "messages[0].content[0]",
    { imageBytes: 3 }
  ],
  [
    "a data URI over the limit",
    [user(image("data:image/png;base64,AAAAAA=="))],
    "messages[0].content[0]",
    { imageBytes: 3 }
  ],
  ["too many images", [user(image("https://a/1"), image("https://a/2"))], "messages", { images: 1 }]
]

const right: ReadonlyArray<Case> = [
  ["a question", [user(text)], ""],
  ["an assistant message without content", [user(text), assistant(), user(text)], ""],
  [
    "calls answered in any order",
    [user(text), assistant(call("1"), call("2")), tool(result("2"), result("1")), user(text)],
    ""
  ],
  [
    "an id that begins anew in the next answer",
    [user(text), assistant(call("1")), tool(result("1")), assistant(call("1")), tool(result("1"))],
    ""
  ],
  [
    "calls of one answer that share an id, each with its result",
    [user(text), assistant(call("1"), call("1")), tool(result("1"), result("1"))],
    ""
  ],
  ["a call that the provider answers", [user(text), assistant(call("1", true)), user(text)], ""],
  ["an image at the limit", [user(image(new Uint8Array(3), "image/png"))], "", { imageBytes: 3 }],
  ["a data URI at the limit", [user(image("data:image/png;base64,AAAA"))], "", { imageBytes: 3 }],
  ["a padded data URI at the limit", [user(image("data:image/png;base64,AAA="))], "", { imageBytes: 2 }],
  ["an image that is elsewhere", [user(image("https://a/1"), image({ fileId: "f" }))], "", { imageBytes: 1, images: 2 }]
]

describe("Conversation.check", () => {
  for (const [name, messages, at, limits] of wrong) {
    it(`refuses ${name}, and names the place`, () => {
      if (limits !== undefined) {
        assert.isUndefined(check({ messages }))
        return assert.strictEqual(excess({ messages }, limits)?.at, at)
      }
      const error = check({ messages })
      assert.strictEqual(error?._tag, "InvalidRequestError")
      assert.strictEqual(error?.at, at)
      assert.include(error?.message, at)
    })
  }

  for (const [name, messages, , limits] of right) {
    it(`accepts ${name}`, () => assert.isUndefined(check({ messages }) ?? excess({ messages }, limits ?? {})))
  }

  it.prop("accepts every well-formed conversation", { messages: Arbitraries.messages() }, ({ messages }) => {
    assert.isUndefined(check({ messages }))
  })

  it.prop(
    "rejects every conversation without its first result",
    { messages: Arbitraries.messages() },
    ({ messages }) => {
      const lost = messages.findIndex(({ role }) => role === "tool")
      if (lost < 0) return
      assert.isDefined(check({ messages: messages.filter((_, index) => index !== lost) }))
    }
  )

  const questions: ReadonlyArray<Message> = [user(text)]

  it("describes a mistake, with the id and the path", () => {
    const detailOf = (...messages: ReadonlyArray<Message>) => check({ messages })?.detail
    assert.strictEqual(detailOf(), "there are no messages")
    assert.strictEqual(detailOf(user()), "the message has no content")
    assert.strictEqual(detailOf(...questions, tool()), "the message has no content")
    assert.strictEqual(
      detailOf(...questions, assistant(call('a"b')), user(text)),
      'the tool call "a\\"b" has no tool result before the user turn at messages[2]'
    )
    assert.strictEqual(
      detailOf(...questions, assistant(call("1"), call("2")), tool(result("1")), assistant(text)),
      'the tool call "2" has no tool result before the assistant turn at messages[3]'
    )
    assert.strictEqual(
      detailOf(...questions, assistant(call("1"))),
      'the tool call "1" has no tool result at the end of the conversation'
    )
    assert.strictEqual(
      detailOf(...questions, assistant(call("1")), tool(result("1"), result("1"))),
      'the tool call "1" has two results'
    )
    assert.strictEqual(detailOf(tool(result("1"))), 'no tool call "1" comes before this result')
    assert.strictEqual(detailOf(user(image(new Uint8Array(3)))), "bytes need a mediaType, such as image/png")
  })

  it("accepts no messages, or a result without its call, only if the provider stores earlier turns", () => {
    const withOption = (messages: ReadonlyArray<Message>, options: { readonly [name: string]: string | null }) =>
      check({ messages, providerOptions: { other: {}, openai: options } })?.detail
    for (const name of ["previous_response_id", "conversation"]) {
      assert.isUndefined(withOption([], { [name]: "id" }), name)
      assert.isUndefined(withOption([tool(result("1"))], { [name]: "id" }), name)
      assert.strictEqual(withOption([], { [name]: null }), "there are no messages", name)
    }
    assert.isUndefined(withOption([], { prompt: "id" }))
    assert.strictEqual(withOption([tool(result("1"))], { prompt: "id" }), 'no tool call "1" comes before this result')
    assert.strictEqual(withOption([], { model: "id" }), "there are no messages")
  })

  it("rejects a second result even if the provider stores earlier turns", () => {
    const messages = [tool(result("1")), tool(result("1"))]
    const providerOptions = { openai: { conversation: "id" } }
    assert.strictEqual(check({ messages, providerOptions })?.at, "messages[1].content[0]")
  })

  it("permits a system message between a call and its result", () => {
    const system = { role: "system", content: [text] } as Message
    assert.isUndefined(check({ messages: [...questions, assistant(call("1")), system, tool(result("1"))] }))
    const after = [...questions, assistant(call("1"), call("2")), tool(result("1")), system, assistant(text)]
    assert.strictEqual(check({ messages: after })?.at, "messages[1].content[1]")
  })

  it("permits an assistant turn after a call whose result comes later", () => {
    assert.isUndefined(check({ messages: [...questions, assistant(call("1")), assistant(text), tool(result("1"))] }))
  })

  it("requires a media type only for bytes that do not show it", () => {
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
    assert.isUndefined(check({ messages: [user(image(png))] }))
    assert.isUndefined(check({ messages: [user(image("https://a/1"))] }))
    const audio = (mediaType?: string) => ({ type: "audio", data: new Uint8Array(3), mediaType }) as ContentPart
    assert.isUndefined(check({ messages: [user(audio("audio/wav"))] }))
    assert.strictEqual(check({ messages: [user(audio())] })?.at, "messages[0].content[0]")
  })
})

describe("Conversation.excess", () => {
  const at = (limits: ConversationLimits, ...parts: ReadonlyArray<ContentPart>) =>
    excess({ messages: [user(text), user(...parts)] }, limits)

  it("has the size and the limit, of an image and of the number of images", () => {
    assert.deepStrictEqual(at({ imageBytes: 3 }, text, image(new Uint8Array(4), "image/png")), {
      at: "messages[1].content[1]",
      detail: "the image has 4 bytes; this provider accepts at most 3"
    })
    assert.deepStrictEqual(at({ images: 1 }, image("https://a/1"), image("https://a/2")), {
      at: "messages",
      detail: "there are 2 images; this provider accepts at most 1 in a request"
    })
  })

  it("counts the bytes of a data URI without its prefix and its padding, whether in Base64 or not", () => {
    const sizes = [
      ["data:image/png;base64,AAAA", 3],
      ["data:image/png;base64,AAA=", 2],
      ["data:image/png;base64,AA==", 1],
      ["data:image/svg+xml,abcde", 5]
    ] as const
    for (const [uri, size] of sizes) {
      assert.isUndefined(at({ imageBytes: size }, image(uri)), uri)
      assert.isDefined(at({ imageBytes: size - 1 }, image(uri)), uri)
    }
    assert.isUndefined(at({ imageBytes: 1 }, image("https://a.example/data:image/png;base64,AAAA")))
  })

  it("counts the images within tool results, and nothing but images", () => {
    const shown = tool(result("1", [{ type: "image", data: new Uint8Array(9), mediaType: "image/png" }]))
    const file = user({ type: "file", data: new Uint8Array(9), mediaType: "application/pdf" })
    const messages = [user(text), assistant(call("1")), shown, file]
    assert.deepInclude(excess({ messages }, { imageBytes: 8 }), { at: "messages[2].content[0]" })
    assert.isUndefined(excess({ messages }, { imageBytes: 9, images: 1 }))
    assert.deepInclude(excess({ messages }, { images: 0 }), { at: "messages" })
  })
})
