import * as Protocols from "effect-llm/providers/Protocols"
import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import type { Dialect } from "../Dialect.ts"
import { callRoutes } from "../openai/Calls.ts"
import { openAi } from "../openai/OpenAi.ts"

/** Errors have OpenAI's form, as at most providers; those of Cohere's own protocol have Cohere's. */
const dialect: Dialect = { ...openAi, protocol: "cohere-rerank-v2" }

/** Rerank in Cohere's shape, which Jina, vLLM and others share. */
export const rerank: ReadonlyArray<Route<Models>> = callRoutes({
  dialect,
  paths: ["/v2/rerank", "/v1/rerank", "/rerank"],
  kind: "rerank",
  server: Protocols.cohereRerank
})
