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
    "refuses every conversation whose first result is lost",
    { messages: Arbitraries.messages() },
    ({ messages }) => {
      const lost = messages.findIndex(({ role }) => role === "tool")
      if (lost < 0) return
      assert.isDefined(check({ messages: messages.filter((_, index) => index !== lost) }))
    }
  )
})
