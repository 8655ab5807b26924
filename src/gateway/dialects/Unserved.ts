import { invalid } from "../calls/Failure.ts"
import type { Route } from "../http/Routes.ts"
import { anthropic } from "./anthropic/Anthropic.ts"
import type { Dialect } from "./Dialect.ts"
import { openAi } from "./openai/OpenAi.ts"
import { responsePaths } from "./openai/Paths.ts"

/** A path that a vendor has, on which the gateway would take a request for another one. */
const unserved = (dialect: Dialect, path: string, instead: string, method: Route["method"]): Route => ({
  method,
  path,
  dialect,
  access: "open",
  run: ({ received: { path } }) => invalid(`there is no ${path} here: ${instead}`, { status: 404 })
})

/** What clients know that is not served: a 404 that says what to do, in their own words. */
export const notServed: ReadonlyArray<Route> = [
  ...(["", "/{id}", "/{id}/content"] as const).flatMap((below) =>
    (["GET", "POST", "DELETE"] as const).map((method) =>
      unserved(anthropic, `/v1/files${below}`, "put documents and images into the messages", method)
    )
  ),
  ...responsePaths("/compact").map((path) =>
    unserved(openAi, path, "have the conversation summarized by a response, and go on with that", "POST")
  )
]
