import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import type { Exchange } from "../../http/Routes.ts"
import type { Dialect } from "../Dialect.ts"

/** Google's words. */
export const google: Dialect = {
  name: "google",
  protocol: GoogleGenerateContent.id,
  requestIdHeader: "x-request-id",
  encodeError: GoogleGenerateContent.encodeError,
  owns: (headers) => headers["x-goog-api-key"] !== undefined || headers["x-goog-api-client"] !== undefined,
  ownsPath: (path) => /^\/v1(?:alpha|beta\d*)\/|:[a-zA-Z]+$/.test(path)
}

/** What comes before Google's paths: nothing, or a version. */
export const versions: ReadonlyArray<string> = ["/v1beta", "/v1", "", "/v1alpha", "/v1beta1"]

/** The collections that a model may be in, with the name by which it is called. */
const collections: ReadonlyArray<{ readonly path: string; readonly nameOf: (model: string) => string }> = [
  { path: "/models", nameOf: (model) => model },
  { path: "/tunedModels", nameOf: (model) => `tunedModels/${model}` },
  { path: "/publishers/{publisher}/models", nameOf: (model) => model },
  { path: "/projects/{project}/locations/{location}/publishers/{publisher}/models", nameOf: (model) => model }
]

/** Every path at which a model is, with its name. */
const places = versions.flatMap((version) =>
  collections.map(({ nameOf, path }) => ({
    path: `${version}${path}/{model...}`,
    modelOf: ({ params }: Exchange) => nameOf(params.model ?? "")
  }))
)

/** What may come before the name of a model. Some clients leave `models/` out where the name has a slash. */
const before =
  /^(?:v1(?:alpha|beta1?)?\/)?(?:(?:(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+\/)?models\/)?/

/** The paths of a model, or those at which one of its methods is called. */
export const placesOf = (
  method: "" | `:${string}`
): ReadonlyArray<{ readonly path: string; readonly modelOf: (exchange: Exchange) => string }> =>
  method === ""
    ? places
    : [{ path: `/{model...}${method}`, modelOf: ({ params }) => (params.model ?? "").replace(before, "") }]
