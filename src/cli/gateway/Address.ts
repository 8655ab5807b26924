import type * as Redacted from "effect/Redacted"
import * as Config from "effect/Config"
import * as Flag from "effect/cli/Flag"
import { json, optional } from "../Flags.ts"

/** The default address of a gateway. */
export const defaultUrl = "http://127.0.0.1:4000"

/** The flags for the address of a gateway, and for the key of its administrator. */
export const gateway = {
  url: Flag.String("url").pipe(
    Flag.withDescription("The address of the gateway (default: EFFECT_LLM_URL, else http://127.0.0.1:4000)"),
    Flag.withFallbackConfig(Config.String("EFFECT_LLM_URL")),
    Flag.withDefault(defaultUrl)
  ),
  key: optional(
    Flag.Redacted("key").pipe(
      Flag.withDescription("The key of an administrator (default: EFFECT_LLM_ADMIN_KEY)"),
      Flag.withFallbackConfig(Config.Redacted("EFFECT_LLM_ADMIN_KEY"))
    )
  ),
  json
}

/** The values of these flags. */
export interface Address {
  readonly url: string
  readonly key: Redacted.Redacted | undefined
  readonly json: boolean
}
