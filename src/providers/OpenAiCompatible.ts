/**
 * Providers that speak OpenAI's Chat Completions: most hosts of open models, and every local server.
 *
 * ```ts
 * class Acme extends OpenAiCompatible.Service<Acme>()({ id: "acme", baseUrl: "https://llm.acme.example/v1" }) {}
 * ```
 *
 * Servers differ in small ways, their `quirks`: those given are merged into `compatibleQuirks`. A hundred providers need no
 * definition: see `ProviderTable`.
 *
 * @since 0.1.0
 */
import specialTokens from "../../data/special-tokens.json" with { type: "json" }
import type { Capabilities, StaticsOf } from "../client/CapabilityStatics.ts"
import type { ProviderDefinition } from "../client/ProviderDefinition.ts"
import type { OpenAiChatQuirks } from "../protocols/OpenAiChat.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * What most OpenAI-compatible servers have in common and OpenAI itself does not.
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
  assistantFields: false,
  textParts: false,
  rawArguments: false,
  anyMedia: true
}

// A call, so that bundles which do not use it are without the table of tokens.
const makeLocalQuirks = () => ({
  ...compatibleQuirks,
  reasoningField: "reasoning_content" as const,
  thinkTags: true,
  get stripTokens() {
    return specialTokens.tokens.map(({ token }) => token)
  }
})

/**
 * What servers of local models have in common: reasoning is in `reasoning_content` or within `<think>`, and tokens of
 * the chat template may leak into the end of the text, where they are removed with a warning.
 *
 * @since 0.1.0
 * @category constants
 */
export const localQuirks: Partial<OpenAiChatQuirks> & Pick<OpenAiChatQuirks, "stripTokens"> = makeLocalQuirks()

/**
 * The class of a provider that speaks OpenAI's Chat Completions.
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
 * Makes a service of any server that speaks OpenAI's Chat Completions. `layerConfig` of the class above reads
 * `ACME_API_KEY` and `ACME_BASE_URL`.
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
