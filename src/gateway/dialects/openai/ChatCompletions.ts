import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import { chatRoute } from "../ChatRoute.ts"
import { openAi } from "./OpenAi.ts"
import { pathsOf } from "./Paths.ts"
import { chatFor } from "./PortableTools.ts"

/** Chat completions, with and without the version, and where Azure has them. */
export const chatCompletions: ReadonlyArray<Route<Models>> = pathsOf("/chat/completions").map((path) =>
  chatRoute(openAi, (_, body) => chatFor(body), {
    path,
    pathOf: ({ params: { model } }) => (model === undefined ? undefined : { model })
  })
)
