import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Refused } from "../calls/Failure.ts"
import type { Received } from "../http/Received.ts"
import type { Caller } from "./Caller.ts"

/** Tells who makes a request. */
export class Access extends Context.Service<
  Access,
  {
    /** Fails with 401 where a key is needed and there is none that holds. */
    readonly authenticate: (received: Received) => Effect.Effect<Caller, Refused>
  }
>()("effect-llm-gateway/Access") {
  /** Everybody may do everything: for a gateway that only this machine reaches. */
  static readonly layerOpen: Layer.Layer<Access> = Layer.succeed(this, {
    authenticate: () => Effect.succeed(anonymous)
  })
}

const anonymous: Caller = {
  id: "anonymous",
  isAdmin: true,
  permits: () => true,
  policy: (model) => model,
  annotations: {}
}
