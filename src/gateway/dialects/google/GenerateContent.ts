import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import type { Exchange } from "../../http/Routes.ts"
import { chatRoute } from "../ChatRoute.ts"
import { google, versions } from "./Google.ts"

/** The collections that a model may be in, with the name by which it is called. */
export const collections: ReadonlyArray<{ readonly path: string; readonly nameOf: (model: string) => string }> = [
  { path: "/models", nameOf: (model) => model },
  { path: "/tunedModels", nameOf: (model) => `tunedModels/${model}` },
  { path: "/publishers/{publisher}/models", nameOf: (model) => model },
  { path: "/projects/{project}/locations/{location}/publishers/{publisher}/models", nameOf: (model) => model }
]

/** A path of every version and collection for what a model is asked, with the name of that model. */
export const placesOf = (
  method: string
): ReadonlyArray<{ readonly path: string; readonly modelOf: (exchange: Exchange) => string }> =>
  versions.flatMap((version) =>
    collections.map(({ nameOf, path }) => ({
      path: `${version}${path}/{model...}:${method}`,
      modelOf: ({ params }: Exchange) => nameOf(params.model ?? "")
    }))
  )

/** Without `alt=sse` a stream is an array. */
const inArray = { ...GoogleGenerateContent, framing: "json-array" as const }

/** `generateContent`, whole and streamed. */
export const generateContent = [
  ...placesOf("generateContent").map(({ modelOf, path }) =>
    chatRoute(google, GoogleGenerateContent, {
      path,
      said: (exchange) => ({ model: modelOf(exchange), stream: false })
    })
  ),
  ...placesOf("streamGenerateContent").map(({ modelOf, path }) =>
    chatRoute(
      google,
      ({ received }) => (received.query.get("alt") === "sse" ? GoogleGenerateContent : inArray),
      { path, said: (exchange) => ({ model: modelOf(exchange), stream: true }) }
    )
  )
]
