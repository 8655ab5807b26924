import specialTokens from "../../data/special-tokens.json" with { type: "json" }
import type { OpenAiChatQuirks } from "../protocols/OpenAiChat.ts"
import type { Capabilities, StaticsOf } from "../client/CapabilityStatics.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"
import type { ProviderDefinition } from "../client/ProviderDefinition.ts"

/**
 * What most servers that speak OpenAI's protocol have in common, and OpenAI itself does not.
 *
 * @since 0.1.0
 * @category constants
 */
export const compatibleQuirks: Partial<OpenAiChatQuirks> = {
  maxTokensField: "max_tokens",
  topK: true,
  strictSchemas: false,
  metadataNeedsStore: false,
  longCallIds: true,
  answerFields: false,
  textParts: false,
  anyMedia: true
}

/**
 * What servers of local models have in common: thoughts come and go in `reasoning_content` or within `<think>`, and
 * tokens of the chat template may leak into the end of the text, where they are removed with a warning.
 *
 * @since 0.1.0
 * @category constants
 */
export const localQuirks: Partial<OpenAiChatQuirks> = {
  ...compatibleQuirks,
  reasoningField: "reasoning_content",
  thinkTags: true,
  get stripTokens() {
    return specialTokens.tokens.map(({ token }) => token)
  }
}

/**
 * The class of a provider that speaks OpenAI's chat completions.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderClass<
  Self,
  Id extends string,
  Setting extends string,
  R = never
> extends Provider.ProviderClass<Self, Id, OpenAiChatQuirks, Setting, R> {}

/**
 * Any server that speaks OpenAI's chat completions, as a service of its own:
 *
 * ```ts
 * class Acme extends OpenAiCompatible.Service<Acme>()({ id: "acme", baseUrl: "https://llm.acme.example/v1" }) {}
 * ```
 *
 * Settings: `ACME_API_KEY` and `ACME_BASE_URL`. With `keyOptional` it also answers without a key. A provider that is a row of
 * `data/providers.json` needs no definition: see `ProviderTable.Service`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Service =
  <Self>() =>
  <const Id extends string, const Setting extends string = never, Has extends Capabilities = {}, R = never>(
    definition: Omit<ProviderDefinition<Id, OpenAiChatQuirks, Setting, R>, "protocol"> & {
      readonly capabilities?: Has | undefined
    }
  ): ProviderClass<Self, Id, Setting, R> & StaticsOf<Self, Has> =>
    Provider.Service<Self>()<Id, OpenAiChatQuirks, Setting, Has, R>({
      ...definition,
      protocol: Protocols.openAiChat,
      quirks: { ...compatibleQuirks, ...definition.quirks }
    })
