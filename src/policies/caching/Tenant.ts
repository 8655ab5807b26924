import * as Effect from "effect/Effect"
import type { CallInfo } from "../Policy.ts"

/** Who may see whose responses; an effect may ask for whom the call of this fiber is. */
export type Tenant = string | ((call: CallInfo) => string | Effect.Effect<string>)

/** The tenant of a call. */
export const tenantOf = (tenant: Tenant, call: CallInfo): Effect.Effect<string> => {
  const found = typeof tenant === "function" ? tenant(call) : tenant
  return Effect.isEffect(found) ? found : Effect.succeed(found)
}
