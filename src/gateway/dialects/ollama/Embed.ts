import * as Protocols from "effect-llm/providers/Protocols"
import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import { callRoutes } from "../openai/Calls.ts"
import { nameOf } from "./ModelName.ts"
import { ollama } from "./Ollama.ts"

/** Embeddings, in the form of today and in the older one. */
export const embed: ReadonlyArray<Route<Models>> = callRoutes({
  paths: ["/api/embed", "/api/embeddings"],
  kind: "embedding",
  server: Protocols.ollamaEmbed,
  dialect: ollama,
  nameOf
})
