import type { StructuredOutput } from "../model/StructuredOutput.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"

/**
 * What makes a provider: who it is, which protocol it speaks, where, and how it is told who asks.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderDefinition<Id extends string, Quirks extends object, Setting extends string = never> {
  /** As in `provider/model`; also the key of its rows in the data tables. */
  readonly id: Id
  readonly protocol: ChatProtocol<Quirks>
  /** The address below which the protocol's paths lie; absent when every user has another. */
  readonly baseUrl?: string | undefined
  /** Where the key goes: `authorization: Bearer`, another header, or nowhere. Default `bearer`. */
  readonly auth?: "bearer" | "none" | { readonly header: string } | undefined
  /** Whether it also answers without a key, as local servers do. */
  readonly keyOptional?: boolean | undefined
  /** The prefix of its settings: `ACME` reads `ACME_API_KEY` and `ACME_BASE_URL`. Default: the id in capitals. */
  readonly settingPrefix?: string | undefined
  /** Further settings that become headers: the option's name, the header, and what `layerConfig` reads. */
  readonly settings?: { readonly [name in Setting]: HeaderSetting } | undefined
  /** Headers of every request. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Fields of every request body, below what the request says. */
  readonly body?: { readonly [key: string]: unknown } | undefined
  /** How this server differs from its protocol's default. */
  readonly quirks?: Partial<Quirks> | undefined
  /** How its models are made to answer in a JSON Schema, where they cannot take the schema itself. */
  readonly structuredOutput?: StructuredOutput | undefined
  /** Whose rows in `data/errors.json` and `data/restrictions.json` hold for it. Default: its own id. */
  readonly rows?: string | undefined
}

/**
 * A setting that is sent as a header. `config` is what `layerConfig` reads it from; of several names the first that is
 * set counts.
 *
 * @since 0.1.0
 * @category models
 */
export interface HeaderSetting {
  readonly header: string
  readonly config: string | readonly [string, ...ReadonlyArray<string>]
}
