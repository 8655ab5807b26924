import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { DeepSeek } from "effect-llm/providers/DeepSeek"
import { Groq } from "effect-llm/providers/Groq"
import { Moonshot } from "effect-llm/providers/Moonshot"
import { Perplexity } from "effect-llm/providers/Perplexity"
import { Xai } from "effect-llm/providers/Xai"
import { Zai } from "effect-llm/providers/Zai"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { BedrockConverse } from "effect-llm/protocols/BedrockConverse"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import table from "../../../data/restrictions.json" with { type: "json" }
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import type { Json } from "../../../src/domain/Json.ts"
import * as OptionRestrictions from "../../../src/client/restrictions/OptionRestrictions.ts"
import * as Restrictions from "../../../src/client/restrictions/Restrictions.ts"
import { json } from "../../protocols/halves.ts"

type Fields = Partial<ChatRequest>
type Options = { readonly [key: string]: Json }

const compatible = (provider: { readonly definition: { readonly quirks?: object | undefined } }) => ({
  protocol: OpenAiChat as ChatProtocol,
  quirks: provider.definition.quirks ?? {}
})
const providers: { readonly [id: string]: { readonly protocol: ChatProtocol; readonly quirks: object } } = {
  openai: { protocol: OpenAiChat, quirks: { metadataNeedsStore: false } },
  azure: { protocol: OpenAiChat, quirks: {} },
  anthropic: { protocol: AnthropicMessages, quirks: {} },
  bedrock: { protocol: BedrockConverse, quirks: {} },
  google: { protocol: GoogleGenerateContent, quirks: {} },
  deepseek: compatible(DeepSeek),
  xai: compatible(Xai),
  groq: compatible(Groq),
  zai: compatible(Zai),
  moonshot: compatible(Moonshot),
  perplexity: compatible(Perplexity)
}

/** A model for each row that refuses something. */
const models = [
  "openai/gpt-4.1",
  "openai/gpt-5-chat-latest",
  "openai/o3",
  "openai/o4-mini",
  "openai/o3-mini",
  "openai/gpt-5-mini",
  "openai/gpt-5-pro",
  "openai/gpt-5-codex",
  "openai/gpt-5.2-chat-latest",
  "openai/gpt-5.1",
  "openai/gpt-5.1-codex-mini",
  "openai/gpt-5.2-codex",
  "openai/gpt-5.4",
  "openai/gpt-5.4-pro",
  "openai/gpt-5.5",
  "openai/gpt-5.6-sol",
  "openai/gpt-6-luna",
  "openai/gpt-6.1-sol",
  "azure/gpt-5-mini",
  "anthropic/claude-3-haiku-20240307",
  "anthropic/claude-3-7-sonnet-latest",
  "anthropic/claude-sonnet-4-20250514",
  "anthropic/claude-sonnet-4-5",
  "anthropic/claude-haiku-4-5",
  "anthropic/claude-opus-4-5",
  "anthropic/claude-opus-4-6",
  "anthropic/claude-opus-4-7",
  "anthropic/claude-sonnet-5",
  "anthropic/claude-haiku-5-5",
  "anthropic/claude-sonnet-5-5",
  "anthropic/claude-opus-5-5",
  "anthropic/claude-fable-5-1",
  "bedrock/anthropic.claude-v2:1",
  "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
  "bedrock/us.amazon.nova-lite-v1:0",
  "bedrock/us.amazon.nova-2-lite-v1:0",
  "bedrock/us.meta.llama4-scout-17b-instruct-v1:0",
  "google/gemini-2.5-pro",
  "google/gemini-3-pro-preview",
  "deepseek/deepseek-reasoner",
  "xai/grok-4",
  "xai/grok-4.20",
  "xai/grok-3-mini",
  "xai/grok-4.3",
  "xai/grok-4.5",
  "xai/grok-4.6",
  "groq/openai/gpt-oss-120b",
  "zai/glm-5.3",
  "moonshot/kimi-k3",
  "perplexity/sonar-pro"
]

const tools = [{ name: "f", inputSchema: { type: "object", properties: {} } }]
const hi: ChatRequest = { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] }

/** The wishes that rows speak of, each alone. */
const wishes: { readonly [wish: string]: Fields } = {
  temperature: { temperature: 0.3 },
  topP: { topP: 0.4 },
  topK: { topK: 5 },
  stop: { stop: ["END"] },
  frequencyPenalty: { frequencyPenalty: 0.5 },
  presencePenalty: { presencePenalty: 0.6 },
  logprobs: { logprobs: 2 },
  "forced choice": { toolChoice: "required", tools },
  "forced tool": { toolChoice: { tool: "f" }, tools },
  "no parallel calls": { parallelToolCalls: false, tools },
  tools: { tools },
  "short answer": { maxOutputTokens: 2000 }
}

/** How reasoning is asked for. */
const reasonings: { readonly [name: string]: ChatRequest["reasoning"] } = {
  "as it likes": {},
  off: { effort: "none" },
  minimal: { effort: "minimal" },
  high: { effort: "high" },
  xhigh: { effort: "xhigh" },
  "a budget": { budget: 4000 },
  "no budget": { budget: 0 },
  "a tiny budget": { budget: 100 }
}

const subjectOf = (id: string, how: Pick<ChatRequest, "onUnsupported"> = {}) => {
  const [provider = "", ...rest] = id.split("/")
  const model = rest.join("/")
  const { protocol, quirks } = providers[provider]!
  const restrictions = Restrictions.make(provider, model, protocol.unsupported, protocol.id)
  const options = {
    provider,
    model,
    stream: false,
    quirks: { ...quirks, ...Restrictions.quirksFor(restrictions, { ...hi, ...how }) }
  }
  /** As a call is made: restrictions, encoding, what the options ask for. */
  const attempt = (request: ChatRequest) => {
    const applied = OptionRestrictions.apply(restrictions, request, protocol, options)
    const encoded = Result.flatMap(applied, (applied) => protocol.encodeRequest(applied.request, options))
    return { isRefused: Result.isFailure(encoded), body: json(Result.getOrUndefined(encoded)?.body ?? {}) }
  }
  /**
   * The same wish in the provider's own fields: what it changes in the body of a request. None where the wire has no word
   * for it, or another word that is near.
   */
  const spelled = (fields: Fields, unknownFields: Fields): Options | undefined => {
    const [bare, wished] = [
      { ...hi, ...unknownFields },
      { ...hi, ...unknownFields, ...fields }
    ].map((request) => Result.getOrUndefined(protocol.encodeRequest(request, options)))
    if (bare === undefined || wished === undefined || wished.warnings.length > 0) return undefined
    const [before, after] = [json(bare.body) as Options, json(wished.body) as Options]
    const changed = Object.entries(after).filter(
      ([key, value]) =>
        // A budget makes room for itself.
        JSON.stringify(value) !== JSON.stringify(before[key]) &&
        (key !== "max_tokens" || fields.maxOutputTokens !== undefined)
    )
    const isNear = fields.reasoning?.effort === "minimal" && JSON.stringify(changed).includes('"low"')
    return changed.length === 0 || isNear ? undefined : Object.fromEntries(changed)
  }
  const inOptions = (fields: Options | undefined): Fields =>
    fields === undefined ? {} : { providerOptions: { [provider]: fields } }
  return { attempt, spelled, inOptions }
}

describe("a wish", () => {
  it("has a model for every rejecting row", () => {
    for (const row of table.restrictions) {
      const refuses = ["reject", "rejectValues", "together", "reasoningEfforts", "reasoningBudget"].some(
        (key) => key in row
      )
      const isTried = models.some((id) => {
        const [provider = "", ...rest] = id.split("/")
        return provider === row.provider && new RegExp(row.model).test(rest.join("/"))
      })
      assert.isTrue(!refuses || isTried || row.provider === "openrouter", `${row.provider} ${row.model}`)
    }
  })

  for (const id of models) {
    it(`is sent or refused alike in each of its spellings: ${id}`, () => {
      const { attempt, inOptions, spelled } = subjectOf(id)
      let compared = 0
      for (const [how, reasoning] of Object.entries({ "not said": undefined, ...reasonings })) {
        for (const [what, wish] of Object.entries({ nothing: {}, ...wishes })) {
          const thinking: Fields = reasoning === undefined ? {} : { reasoning }
          const byParameters = attempt({ ...hi, ...thinking, ...wish })
          const [ownThinking, ownWish, ownBoth] = [
            spelled(thinking, wish),
            spelled(wish, thinking),
            spelled({ ...thinking, ...wish }, {})
          ]
          const spellings: ReadonlyArray<readonly [string, Fields | undefined]> = [
            ["reasoning", ownThinking && { ...wish, ...inOptions(ownThinking) }],
            ["the wish", ownWish && { ...thinking, ...inOptions(ownWish) }],
            ["both", ownThinking && ownWish && ownBoth && inOptions(ownBoth)]
          ]
          for (const [where, fields] of spellings) {
            if (fields === undefined) continue
            const byOptions = attempt({ ...hi, ...fields })
            const message = `${what}, reasoning ${how}, ${where} in the options`
            assert.strictEqual(byOptions.isRefused, byParameters.isRefused, message)
            if (!byOptions.isRefused) assert.deepStrictEqual(byOptions.body, byParameters.body, message)
            compared++
            if (!byParameters.isRefused) continue
            const [dropped, droppedInOptions] = [{ ...thinking, ...wish }, fields].map((fields) =>
              attempt({ ...hi, ...fields, onUnsupported: "drop" })
            )
            assert.deepStrictEqual(droppedInOptions, dropped, `${message}, left out`)
          }
        }
      }
      assert.isAbove(compared, 5)
    })
  }
})

describe("a request that is sent regardless of the tables", () => {
  it("is encoded as requested, in each of its spellings", () => {
    const { attempt, inOptions, spelled } = subjectOf("anthropic/claude-opus-5-5", { onUnsupported: "send" })
    const thinking: Fields = { reasoning: { budget: 4000 }, maxOutputTokens: 8000 }
    const { body, isRefused } = attempt({ ...hi, ...thinking, temperature: 0.3, onUnsupported: "send" })
    assert.isFalse(isRefused)
    assert.deepInclude(body, { temperature: 0.3, thinking: { type: "enabled", budget_tokens: 4000 } })
    const own = inOptions(spelled({ temperature: 0.3 }, {}))
    assert.strictEqual(attempt({ ...hi, ...own, onUnsupported: "send" }).body.temperature, 0.3)
    assert.isTrue(attempt({ ...hi, ...own }).isRefused)
  })

  it("is rejected if the protocol has no field for it", () => {
    const { attempt } = subjectOf("anthropic/claude-sonnet-5", { onUnsupported: "send" })
    assert.isTrue(attempt({ ...hi, seed: 7, onUnsupported: "send" }).isRefused)
  })
})
