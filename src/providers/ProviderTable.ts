/**
 * A hundred providers that differ in address and key only, as rows of `data/providers.json`.
 *
 * ```ts
 * class Novita extends ProviderTable.Service<Novita>()("novita") {}
 *
 * const model = Novita.model("deepseek/deepseek-v3")
 * ```
 *
 * Settings are in `docs/providers.md`. The module loads the whole table (30 kB): for one provider in a browser,
 * `OpenAiCompatible.Service` is smaller.
 *
 * @since 0.1.0
 */
import table from "../../data/providers.json" with { type: "json" }
import type { AnthropicMessagesQuirks } from "../protocols/AnthropicMessages.ts"
import type { OpenAiChatQuirks } from "../protocols/OpenAiChat.ts"
import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"
import type { ProviderDefinition } from "../client/ProviderDefinition.ts"

/**
 * The quirks of the servers in the table, whichever protocol they speak.
 *
 * @since 0.1.0
 * @category models
 */
export type RowQuirks = OpenAiChatQuirks & AnthropicMessagesQuirks

type Row = (typeof table)["providers"][RowId]

/**
 * The ids of all rows.
 *
 * @since 0.1.0
 * @category constants
 */
export const ids: ReadonlyArray<RowId> = Object.entries(table.providers).flatMap(([id, row]) =>
  "class" in row ? [] : [id as RowId]
)

/**
 * Makes a provider class from a row of `data/providers.json`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Service =
  <Self>() =>
  <const I extends RowId>(id: I): Provider.ProviderClass<Self, I, RowQuirks, RowSetting> =>
    Provider.Service<Self>()<I, RowQuirks, RowSetting>(definitionOf(id))

/**
 * The definition of the provider in a row.
 *
 * @since 0.1.0
 * @category constructors
 */
export const definitionOf = <const I extends RowId>(id: I): ProviderDefinition<I, RowQuirks, RowSetting> => {
  const row: Row = table.providers[id]
  const { auth, baseUrl, body, keyOptional, keys, protocol, rows } = row
  const isAnthropic = protocol === "anthropic-messages"
  return {
    id,
    protocol: isAnthropic ? Protocols.anthropicMessages : Protocols.openAiChat,
    baseUrl,
    keyNames: keys,
    auth: auth === undefined ? undefined : { header: auth },
    keyOptional,
    settings: row.settings as { readonly [name in RowSetting]: { readonly config: readonly [string] } } | undefined,
    headers: isAnthropic ? { "anthropic-version": "2023-06-01" } : undefined,
    body,
    rows,
    // Prices in another country may differ, so a row has its own or none.
    catalog: id,
    quirks: isAnthropic ? undefined : quirksOf(row.quirks)
  }
}

const quirksOf = (quirks: Row["quirks"]): Partial<RowQuirks> =>
  quirks === "local"
    ? OpenAiCompatible.localQuirks
    : ({ ...OpenAiCompatible.compatibleQuirks, ...quirks } as Partial<RowQuirks>)

/**
 * A setting that a row of `data/providers.json` may have besides key and address.
 *
 * @since 0.1.0
 * @category models
 */
export type RowSetting = "account" | "host" | "location" | "product" | "project" | "region" | "resource"

/**
 * The id of a provider that is a row of `data/providers.json` and has no class of its own.
 *
 * @since 0.1.0
 * @category models
 */
export type RowId =
  | "302ai"
  | "abacus"
  | "abliteration"
  | "ai21"
  | "aihubmix"
  | "aimlapi"
  | "alibaba-cn"
  | "amazon-nova"
  | "arcee"
  | "assemblyai"
  | "azure-anthropic"
  | "baseten"
  | "bedrock-mantle"
  | "berget"
  | "chutes"
  | "clarifai"
  | "codestral"
  | "cometapi"
  | "compactifai"
  | "cortecs"
  | "crusoe"
  | "deepseek-anthropic"
  | "digitalocean"
  | "docker-model-runner"
  | "edenai"
  | "evroc"
  | "fastrouter"
  | "featherless"
  | "friendli"
  | "gmicloud"
  | "helicone"
  | "hetzner"
  | "hpc-ai"
  | "hyperbolic"
  | "iflow"
  | "inception"
  | "inference-net"
  | "infomaniak"
  | "io-net"
  | "kilo"
  | "kimi-coding"
  | "lambda"
  | "lemonade"
  | "llama"
  | "llamafile"
  | "llmgateway"
  | "longcat"
  | "meta"
  | "minimax-anthropic"
  | "minimax-cn"
  | "modelscope"
  | "moonshot-anthropic"
  | "moonshot-cn"
  | "morph"
  | "nano-gpt"
  | "nearai"
  | "nebius"
  | "novita"
  | "nscale"
  | "oci"
  | "ollama-cloud"
  | "opencode"
  | "opencode-go"
  | "ovhcloud"
  | "poe"
  | "poolside"
  | "privatemode"
  | "publicai"
  | "qiniu"
  | "regolo"
  | "requesty"
  | "sarvam"
  | "scaleway"
  | "siliconflow"
  | "siliconflow-cn"
  | "stackit"
  | "stepfun"
  | "stepfun-ai"
  | "streamlake"
  | "synthetic"
  | "tencent"
  | "tencent-cn"
  | "tinfoil"
  | "upstage"
  | "v0"
  | "venice"
  | "vercel"
  | "volcengine"
  | "vultr"
  | "wandb"
  | "xiaomi"
  | "zai-coding-plan"
  | "zenmux"
  | "zhipuai"
