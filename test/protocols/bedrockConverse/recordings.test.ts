import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { ToolCallPart } from "../../../src/domain/ContentPart.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import { BedrockConverse } from "../../../src/protocols/BedrockConverse.ts"
import { decode, fold, framesOf, gather, json, meaning, options, read, type Wire } from "./wire.ts"

const folder = fileURLToPath(new URL("../../../../shared/recordings/", import.meta.url))
const isThere = existsSync(`${folder}index.json`)
const load = (file: string): Wire => JSON.parse(readFileSync(folder + file, "utf8"))

const exchanges = isThere
  ? (load("index.json") as ReadonlyArray<Wire>)
      .filter(({ protocol }) => protocol === "bedrock-converse")
      .map(({ file }) => Object.assign(load(file), { name: String(file).replace(/^.*__(.*?)__(.*)\.json$/, "$1 $2") }))
  : []

const bodyOf = ({ response: { body } }: Wire): Wire => (typeof body === "string" ? JSON.parse(body) : body)

const isStream = ({ response }: Wire) => response.bodyEncoding === "base64"

const modelOf = ({ request }: Wire): string => decodeURIComponent(/model\/([^/]+)\//.exec(request.url)![1]!)

/** What the wire says, read without our code. */
const checkFacts = (body: Wire, answer: ChatResponse): void => {
  const blocks: ReadonlyArray<Wire> = body.output.message.content
  const of = (key: string) => blocks.flatMap((block) => (block[key] === undefined ? [] : [block[key]]))
  const said = blocks.map(({ citationsContent, text }) => text ?? citationsContent?.content?.[0]?.text ?? "")
  assert.strictEqual(answer.text, said.join(""))
  const thoughts = of("reasoningContent")
  assert.strictEqual(answer.reasoningText, thoughts.map(({ reasoningText }) => reasoningText?.text ?? "").join(""))
  assert.deepStrictEqual(
    answer.content.flatMap((part) => (part.type === "reasoning" ? [part.signature ?? part.encrypted] : [])),
    thoughts.map(({ reasoningText, redactedContent }) => reasoningText?.signature ?? redactedContent)
  )
  assert.deepStrictEqual(
    answer.content
      .filter((part): part is ToolCallPart => part.type === "tool-call")
      .map(({ id, input, name, providerExecuted }) => ({ id, name, input, server: providerExecuted === true })),
    of("toolUse").map(({ input, name, toolUseId, type }) => ({
      id: toolUseId,
      name,
      input,
      server: type === "server_tool_use"
    }))
  )
  assert.deepStrictEqual(
    answer.content.flatMap((part) => (part.type === "text" ? (part.citations ?? []).map(({ raw }) => raw) : [])),
    of("citationsContent").flatMap(({ citations }) => citations)
  )
  assert.deepStrictEqual(
    answer.content.flatMap((part) => (part.type === "provider" ? [part.value] : [])) as unknown,
    blocks.filter(({ toolResult }) => toolResult !== undefined)
  )
  const { usage } = body
  const cached = (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0)
  assert.strictEqual(answer.usage.inputTokens.total, usage.inputTokens + cached)
  assert.strictEqual(answer.usage.outputTokens.total, usage.outputTokens)
  assert.strictEqual(usage.totalTokens, usage.inputTokens + cached + usage.outputTokens)
  assert.strictEqual(answer.usage.inputTokens.cacheRead, usage.cacheReadInputTokens)
  assert.strictEqual(answer.rawFinishReason, body.stopReason)
}

/**
 * Two spellings of one request. Taken as equal: an absent key, `null`, an empty list or object (`system: []`,
 * `inferenceConfig: {}`) and messages of one role in a row; `thinking` and `reasoning_config`, two names for one thing;
 * the place of the provider's own tools among the tools, which come last.
 */
const normal = (request: Wire): Wire => {
  const { additionalModelRequestFields: fields, messages, toolConfig, ...rest } = withoutNothing(request)
  const turns: Array<Wire> = []
  for (const { content, role, ...message } of messages as ReadonlyArray<Wire>) {
    const last = turns.at(-1)
    if (last !== undefined && last.role === role) last.content.push(...content)
    else turns.push({ ...message, role, content: [...content] })
  }
  const schema = rest.outputConfig?.textFormat?.structure.jsonSchema
  if (schema !== undefined) schema.schema = JSON.parse(schema.schema)
  const { reasoning_config, ...others } = fields ?? {}
  const { tools, ...config } = toolConfig ?? {}
  const isOwn = ({ systemTool }: Wire) => systemTool === undefined
  return json({
    ...rest,
    messages: turns,
    additionalModelRequestFields: { thinking: reasoning_config, ...others },
    toolConfig: { ...config, tools: tools && [...tools.filter(isOwn), ...tools.filter((tool: Wire) => !isOwn(tool))] }
  })
}

const withoutNothing = (request: Wire): Wire =>
  Object.fromEntries(
    Object.entries(request).filter(
      ([, value]) => value !== null && !(typeof value === "object" && Object.keys(value as object).length === 0)
    )
  )

describe.skipIf(!isThere)(
  `recorded exchanges (${isThere ? exchanges.length : "the folder is absent, skipped"})`,
  () => {
    it("all exist", () => assert.isAtLeast(exchanges.length, 20))

    const answered = exchanges.filter(({ response }) => response.status === 200)

    describe("whole responses decode to their content, and survive the server half", () => {
      for (const exchange of answered.filter((exchange) => !isStream(exchange))) {
        it(`${exchange.name}`, () => {
          const body = bodyOf(exchange)
          checkFacts(body, decode(body))
          const again = BedrockConverse.encodeResponse(decode(body), { model: "asked", created: 0, id: "none" })
          assert.deepStrictEqual(meaning(decode(again)), meaning(decode(body)))
        })
      }
    })

    describe("streams fold to their content, and to what the whole response would decode to", () => {
      for (const exchange of answered.filter(isStream)) {
        it(`${exchange.name}`, () => {
          const frames = framesOf(exchange.response.body)
          const { events, whole } = read(frames)
          assert.isTrue(whole)
          assert.deepStrictEqual(
            events.filter(({ type }) => type === "malformed-frame"),
            []
          )
          assert.lengthOf(
            events.filter(({ type }) => type === "finish"),
            1
          )
          const body = gather(frames)
          checkFacts(body, fold(frames))
          assert.deepStrictEqual(meaning(fold(frames), false), meaning(decode(body), false))

          const encoder = BedrockConverse.makeEncoder({ model: "asked", created: 0, id: "none" })
          const again = [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
          assert.deepStrictEqual(meaning(fold(again)), meaning(fold(frames)))
        })

        it(`${exchange.name} that breaks off anywhere before its stop reason is not whole`, () => {
          const frames = framesOf(exchange.response.body)
          const last = frames.findIndex(({ event }) => event === "messageStop")
          for (let count = 0; count <= last; count++) assert.isFalse(read(frames.slice(0, count)).whole)
          assert.isTrue(read(frames.slice(0, last + 1)).whole)
        })
      }
    })

    describe("errors have their kind and message", () => {
      for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
        it(`${exchange.response.status} ${exchange.name}`, () => {
          const body = bodyOf(exchange)
          const { headers } = exchange.response
          const failure = BedrockConverse.decodeError(body, headers)
          assert.strictEqual(failure.message, body.message)
          assert.strictEqual(failure.type, headers["x-amzn-errortype"]?.split(":")[0])
          assert.deepStrictEqual(
            Result.getOrThrow(Result.flip(BedrockConverse.decodeResponse(body, options))),
            BedrockConverse.decodeError(body)
          )
        })
      }
    })

    describe("requests keep their meaning through the server half and the client half", () => {
      for (const exchange of exchanges) {
        it(`${exchange.name}`, () => {
          const { body } = exchange.request
          const { request } = Result.getOrThrow(BedrockConverse.decodeRequest(body))
          assert.isUndefined(Conversation.check(request))
          const { body: again, warnings } = Result.getOrThrow(
            BedrockConverse.encodeRequest(request, {
              provider: "bedrock",
              model: modelOf(exchange),
              stream: exchange.stream
            })
          )
          assert.deepStrictEqual(normal(json(again)), normal(body))
          assert.deepStrictEqual(warnings, [])
        })
      }
    })
  }
)
