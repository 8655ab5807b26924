import type { Models } from "../../calls/Models.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import * as Protocols from "effect-llm/providers/Protocols"
import { callRoutes } from "../openai/Calls.ts"
import { google, placesOf } from "./Google.ts"

const places = [...placesOf(":embedContent"), ...placesOf(":batchEmbedContents")]

/** Embeddings, of one content and of many. */
export const embed: ReadonlyArray<Route<Models>> = places.flatMap(({ modelOf, path }) =>
  callRoutes({ paths: [path], kind: "embedding", server: Protocols.googleEmbeddings, dialect: google }).map(
    ({ run, ...route }): Route<Models> =>
      Object.assign(route, {
        run: (exchange: Exchange) => run({ ...exchange, params: { ...exchange.params, model: modelOf(exchange) } })
      })
  )
)
