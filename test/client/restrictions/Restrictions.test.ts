import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { ChatRequest } from "effect-llm"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import limits from "../../../data/limits.json" with { type: "json" }
import noSchemas from "../../../data/no-schemas.json" with { type: "json" }
import table from "../../../data/restrictions.json" with { type: "json" }
import * as ParameterRestriction from "../../../src/catalog/ParameterRestriction.ts"
import type { ChatRequestInput } from "../../../src/domain/ChatRequest.ts"
import * as Restrictions from "../../../src/client/restrictions/Restrictions.ts"
import {
  imageUrlPart,
  oneOf,
  parameters,
  request as requestOf,
  textPart,
  type UserPart
} from "../../domain/arbitraries.ts"
import { recordingsExist, recordingsOf } from "../../providers/recordings.ts"

const apply = (id: string, input: ChatRequestInput) => {
  const [provider = "", model = ""] = id.split("/")
  return Restrictions.apply(Restrictions.make(provider, model, []), ChatRequest.make(input))
}
const refused = (id: string, fields: Omit<ChatRequest.ChatRequest, "messages">) => {
  const applied = apply(id, { messages: "Hi", ...fields })
  return Result.isFailure(applied) ? applied.failure.parameter : undefined
}
const warned = (id: string, fields: Omit<ChatRequest.ChatRequest, "messages">) => {
  const applied = apply(id, { messages: "Hi", onUnsupported: "drop", ...fields })
  return Result.isSuccess(applied) ? applied.success.warnings.map(({ parameter }) => parameter) : undefined
}
const image = { role: "user", content: [{ type: "image", data: "https://a.example/a.png" }, "What is it?"] } as const

describe("restrictions", () => {
  it("name parameters of a request, or parts of one", () => {
    const parts = ["responseFormat.json", "responseFormat.json_schema", "reasoning.effort", "reasoning.budget"]
    const names = [...Object.keys(ChatRequest.ChatRequest.fields), ...parts, "image", "audio", "file"]
    const named = table.restrictions.flatMap(({ ignore = [], reject = [], together = [] }) => [
      ...reject,
      ...together,
      ...ignore.filter((name) => name !== "*")
    ])
    assert.includeMembers(names, named)
  })

  it("refuse a parameter, but not its default value", () => {
    assert.strictEqual(refused("openai/gpt-5-mini", { temperature: 0.2 }), "temperature")
    assert.isUndefined(refused("openai/gpt-5-mini", { temperature: 1, topP: 1 }))
    assert.isUndefined(refused("openai/gpt-4.1", { temperature: 0.2 }))
  })

  it("reject an effort that the model lacks, or any effort for a model without reasoning", () => {
    assert.strictEqual(refused("openai/gpt-5-mini", { reasoning: { effort: "xhigh" } }), "reasoning.effort")
    assert.isUndefined(refused("openai/gpt-5-mini", { reasoning: { effort: "minimal" } }))
    assert.strictEqual(refused("openai/gpt-4.1", { reasoning: { effort: "low" } }), "reasoning.effort")
    assert.strictEqual(refused("anthropic/claude-opus-5-5", { reasoning: { budget: 2000 } }), "reasoning.budget")
  })

  it("apply only under their condition", () => {
    assert.isUndefined(refused("openai/gpt-5.1", { temperature: 0.2 }))
    assert.isUndefined(refused("openai/gpt-5.1", { temperature: 0.2, reasoning: { effort: "none" } }))
    assert.strictEqual(refused("openai/gpt-5.1", { temperature: 0.2, reasoning: { effort: "high" } }), "temperature")
    const budget = { reasoning: { budget: 2000 } }
    assert.isUndefined(refused("anthropic/claude-sonnet-4-5", { toolChoice: "required" }))
    assert.strictEqual(refused("anthropic/claude-sonnet-4-5", { ...budget, toolChoice: { tool: "a" } }), "toolChoice")
    assert.isUndefined(refused("anthropic/claude-sonnet-4-5", { ...budget, toolChoice: "auto" }))
  })

  it("reject two parameters together, or drop the last if permitted", () => {
    assert.strictEqual(refused("anthropic/claude-opus-4-5", { temperature: 0.5, topP: 0.5 }), "topP")
    assert.isUndefined(refused("anthropic/claude-opus-4-5", { topP: 0.5 }))
    assert.deepStrictEqual(warned("anthropic/claude-opus-4-5", { temperature: 0.5, topP: 0.5 }), ["topP"])
  })

  it("reject content, or drop it if permitted", () => {
    const applied = apply("openai/o3-mini", { messages: [image] })
    assert.strictEqual(Result.isFailure(applied) && applied.failure.parameter, "image")
    const dropped = apply("openai/o3-mini", { messages: [image], onUnsupported: "drop" })
    assert.isTrue(Result.isSuccess(dropped))
    assert.deepStrictEqual(
      Result.isSuccess(dropped) && dropped.success.request.messages.map(({ content }) => content),
      [[{ type: "text", text: "What is it?" }]]
    )
  })

  it("warn of what has no effect", () => {
    assert.deepStrictEqual(warned("deepseek/deepseek-reasoner", { temperature: 0.5 }), ["temperature"])
    assert.deepStrictEqual(
      warned("deepseek/deepseek-reasoner", { temperature: 0.5, reasoning: { effort: "none" } }),
      []
    )
  })

  it("have the date of their check, and advise how to send anyway", () => {
    const applied = apply("openai/gpt-5-mini", { messages: "Hi", temperature: 0.2 })
    const detail = Result.isFailure(applied) ? Restrictions.detailOf(applied.failure) : undefined
    assert.match(detail ?? "", /^This was checked on \d{4}-\d\d-\d\d; .*onUnsupported: "send"/)
  })

  it("enforce the documented limits of lists and numbers", () => {
    const texts = (count: number) => Array.from({ length: count }, String)
    assert.isUndefined(refused("openai/gpt-4.1", { stop: texts(4), temperature: 2, logprobs: 20 }))
    assert.strictEqual(refused("openai/gpt-4.1", { stop: texts(5) }), "stop")
    assert.strictEqual(refused("openai/gpt-4.1", { temperature: 2.1 }), "temperature")
    assert.strictEqual(refused("openai/gpt-4.1", { logprobs: 21 }), "logprobs")
    assert.strictEqual(refused("openai/gpt-4.1", { metadata: { a: "x".repeat(513) } }), "metadata")
    assert.strictEqual(refused("anthropic/claude-sonnet-4-5", { temperature: 1.1 }), "temperature")
    assert.isUndefined(refused("openai/gpt-4.1", { stop: texts(5), temperature: 3, onUnsupported: "send" }))
  })

  it("have no limit that is not enforced", () => {
    const enforced =
      "provider model note source checked requestBytes images imageBytes imageBase64Bytes imagePixels manyImages " +
      "manyImagePixels stop topLogprobs tools temperature metadata metadataKeyChars metadataValueChars"
    for (const row of limits.limits) assert.includeMembers(enforced.split(" "), Object.keys(row))
  })

  it("block nothing that is to be sent anyway, but warn", () => {
    const request = { messages: "Hi", temperature: 0.2, stop: ["x"], onUnsupported: "send" } as const
    const applied = apply("openai/gpt-5-mini", request)
    assert.isTrue(Result.isSuccess(applied))
    if (Result.isFailure(applied)) return
    assert.deepInclude(applied.success.request, { temperature: 0.2, stop: ["x"] })
    assert.deepStrictEqual(
      applied.success.warnings.map(({ parameter }) => parameter),
      ["temperature", "stop"]
    )
    const none = Restrictions.make("acme", "a", ["topK"])
    assert.isTrue(
      Result.isSuccess(Restrictions.apply(none, ChatRequest.make({ messages: "Hi", topK: 3, onUnsupported: "send" })))
    )
  })

  it("name what the protocol lacks", () => {
    const none = Restrictions.make("acme", "a", ["topK"])
    const applied = Restrictions.apply(none, ChatRequest.make({ messages: "Hi", topK: 3 }))
    assert.strictEqual(Result.isFailure(applied) && applied.failure.parameter, "topK")
  })

  it("list models without response schemas", () => {
    const rejects = (provider: string, id: string) =>
      ParameterRestriction.of({ provider, id }).some(
        ({ reject }) => reject?.includes("responseFormat.json_schema") === true
      )
    for (const model of ["gpt-3.5-turbo", "gpt-4", "gpt-4-0613", "gpt-4-turbo", "gpt-4o-2024-05-13"]) {
      assert.isTrue(rejects("openai", model), model)
    }
    for (const model of ["gpt-4o", "gpt-4o-mini", "gpt-4o-2024-08-06", "gpt-4.1", "gpt-4.5-preview", "gpt-5-mini"]) {
      assert.isFalse(rejects("openai", model), model)
    }
    for (const model of ["claude-3-haiku-20240307", "claude-3-7-sonnet-latest", "claude-opus-4-0"]) {
      assert.isTrue(rejects("anthropic", model), model)
      assert.isFalse(Restrictions.make("anthropic", model, []).quirks.strictTools)
    }
    for (const model of ["claude-opus-4-1-20250805", "claude-sonnet-4-5", "claude-haiku-4-5", "claude-sonnet-5"]) {
      assert.isFalse(rejects("anthropic", model), model)
    }
  })

  it("give the protocol a model's differences, and the conversation its limits", () => {
    assert.deepStrictEqual(Restrictions.make("openai", "gpt-5-mini", []).quirks.maxTokensField, "max_completion_tokens")
    assert.deepStrictEqual(Restrictions.make("anthropic", "claude-haiku-4-5", []).quirks.thinking, "budget")
    const { imageBytes, images } = Restrictions.make("anthropic", "claude-haiku-4-5", []).limits
    assert.strictEqual(imageBytes, (5 * 1024 * 1024 * 3) / 4)
    assert.strictEqual(images, 100)
    assert.isTrue(Object.values(Restrictions.make("acme", "a", []).limits).every((limit) => limit === undefined))
  })

  const anyRequest = requestOf({
    user: oneOf<UserPart>(textPart, imageUrlPart),
    parameters: Object.keys(parameters) as Array<keyof typeof parameters>,
    tools: true
  })
  const models = ["openai/gpt-5-mini", "openai/o3-mini", "anthropic/claude-opus-5-5", "anthropic/claude-sonnet-4-5"]

  it.prop(
    "nothing dropped is rejected, and every dropped parameter that is not neutral causes a warning",
    [anyRequest],
    ([request]) => {
      for (const id of models) {
        const dropped = apply(id, { ...request, onUnsupported: "drop" })
        if (Result.isFailure(dropped)) return assert.fail(dropped.failure.parameter)
        const again = apply(id, { ...dropped.success.request, onUnsupported: "fail" })
        assert.isTrue(Result.isSuccess(again))
        if (dropped.success.warnings.length === 0) {
          const asking = (given: ChatRequest.ChatRequest) =>
            Object.entries(given).filter(([name]) =>
              ChatRequest.isDemanded(given, name as keyof ChatRequest.ChatRequest)
            )
          assert.deepStrictEqual(asking(dropped.success.request), asking({ ...request, onUnsupported: "drop" }))
        }
      }
    }
  )

  it("give the protocol a model's output limit, and how to turn reasoning off", () => {
    const quirks = (model: string) => Restrictions.make("anthropic", model, []).quirks
    assert.strictEqual(quirks("claude-3-haiku-20240307").maxOutputTokens, 4096)
    assert.isUndefined(quirks("claude-sonnet-4-5").maxOutputTokens)
    assert.strictEqual(quirks("claude-sonnet-5-5").thinkingOff, "between_tools")
  })

  it("have patterns that are regular expressions, for providers in lower case", () => {
    for (const { model, provider } of [...table.restrictions, ...noSchemas.models, ...limits.limits]) {
      assert.doesNotThrow(() => new RegExp(model))
      assert.match(provider, /^[a-z-]+$/)
    }
  })

  it.skipIf(!recordingsExist)("reject no recorded request that succeeded", () => {
    let checked = 0
    for (const wire of [OpenAiChat, AnthropicMessages]) {
      for (const { file, provider, request, response } of recordingsOf(wire.id)) {
        if (response.status !== 200) continue
        const decoded = wire.decodeRequest(request.body)
        if (Result.isFailure(decoded)) continue
        const { model, request: asked } = decoded.success
        const applied = Restrictions.apply(Restrictions.make(provider, model, []), asked)
        assert.isTrue(Result.isSuccess(applied), file)
        checked++
      }
    }
    assert.isAbove(checked, 100)
  })
})
