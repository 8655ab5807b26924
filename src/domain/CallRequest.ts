import * as Schema from "effect/Schema"
import { ProviderOptions } from "./ContentPart.ts"

/**
 * What every request has, whatever the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallRequest {
  /** The end user, by the application's own id. */
  readonly user?: string | undefined
  /**
   * Additional HTTP headers of this call, whichever provider it goes to, so a header with a key is refused. For keys, see
   * `withCredentials` of the provider's class.
   */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Merged into the body as they are, under the provider's or the protocol's id. */
  readonly providerOptions?: ProviderOptions | undefined
  /** As in `ChatRequest`: `fail` (the default), `drop` or `send`. */
  readonly onUnsupported?: "fail" | "drop" | "send" | undefined
  readonly serviceTier?: string | undefined
}

/**
 * The fields of `CallRequest`, for the schemas of requests.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CallRequestFields = {
  user: Schema.optional(Schema.String),
  headers: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  providerOptions: Schema.optional(ProviderOptions),
  onUnsupported: Schema.optional(Schema.Literals(["fail", "drop", "send"])),
  serviceTier: Schema.optional(Schema.String)
}

/**
 * Which fields of `CallRequest` may change a response, for `Caching`.
 *
 * @since 0.1.0
 * @category constants
 */
export const cachedFields = {
  user: "keyed",
  headers: "keyed",
  providerOptions: "keyed",
  onUnsupported: "keyed",
  serviceTier: "keyed"
} satisfies { readonly [Field in keyof CallRequest]-?: "keyed" | "ignored" }
