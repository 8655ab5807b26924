import type { Models } from "./calls/Models.ts"
import { rerank } from "./dialects/cohere/Rerank.ts"
import { calls } from "./dialects/openai/Calls.ts"
import { chatCompletions } from "./dialects/openai/ChatCompletions.ts"
import { responses } from "./dialects/openai/Responses.ts"
import type { Route } from "./http/Routes.ts"

/** Everything that the gateway serves. Of routes with one path, the last is whose that no dialect owns. */
export const routes: ReadonlyArray<Route<Models>> = [...chatCompletions, ...responses, ...calls, ...rerank]
