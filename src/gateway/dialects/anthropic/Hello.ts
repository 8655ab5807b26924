import * as Effect from "effect/Effect"
import { json } from "../../http/Answer.ts"
import type { Route } from "../../http/Routes.ts"
import { anthropic } from "./Anthropic.ts"

/** Where Claude Code looks whether somebody is there. */
export const hello: ReadonlyArray<Route> = [
  { method: "GET", path: "/api/hello", dialect: anthropic, access: "open", run: () => Effect.succeed(json({})) }
]
