import * as Protocols from "effect-llm/providers/Protocols"
import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import { callRoutes } from "../openai/Calls.ts"

/** Rerank in Cohere's shape, which Jina, vLLM and others share; errors are OpenAI's, as those of the others are. */
export const rerank: ReadonlyArray<Route<Models>> = callRoutes({
  paths: ["/v2/rerank", "/v1/rerank", "/rerank"],
  kind: "rerank",
  server: Protocols.cohereRerank
})
