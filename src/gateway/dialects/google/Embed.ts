import type { Models } from "../../calls/Models.ts"
import type { Route } from "../../http/Routes.ts"
import * as Protocols from "effect-llm/providers/Protocols"
import { callRoutes } from "../openai/Calls.ts"
import { google, placesOf } from "./Google.ts"

/** Embeddings, of one content and of many. */
export const embed: ReadonlyArray<Route<Models>> = callRoutes({
  paths: [...placesOf(":embedContent"), ...placesOf(":batchEmbedContents")].map(({ path }) => path),
  kind: "embedding",
  server: Protocols.googleEmbeddings,
  dialect: google
})
