import * as Effect from "effect/Effect"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"
import { vertexRequirements, vertexSettings, vertexUrl } from "./google/VertexSettings.ts"

/** `gemini-3.8-flash`, `meta/llama-...`, or a whole name (`endpoints/123`, `publishers/google/models/...`). */
const nameOf = (model: string): string => {
  if (/^(?:endpoints|publishers)\//.test(model)) return model
  const [maker, name] = model.includes("/") ? model.split("/", 2) : ["google", model]
  return `publishers/${maker}/models/${name}`
}

const pathOf = (model: string): string =>
  nameOf(model).split("/").map(encodeURIComponent).join("/").replaceAll("%40", "@")

/**
 * Gemini, and the open models of other vendors, on Google's Vertex AI.
 *
 * ```ts
 * const model = GoogleVertex.model("gemini-3.8-flash")
 * ```
 *
 * Settings:
 *
 * - address: `GOOGLE_VERTEX_PROJECT` or `GOOGLE_CLOUD_PROJECT`, and `GOOGLE_VERTEX_LOCATION` or `GOOGLE_CLOUD_LOCATION` (default
 *   `global`); or the whole URL, up to the location, as `GOOGLE_VERTEX_BASE_URL`;
 * - identity, in this order: `GOOGLE_VERTEX_API_KEY` (express mode, without a project); a token,
 *   `GOOGLE_VERTEX_ACCESS_TOKEN`; the JSON of a service account, `GOOGLE_VERTEX_CREDENTIALS`; its file,
 *   `GOOGLE_APPLICATION_CREDENTIALS`; the login of `gcloud auth application-default login`; the metadata server.
 *
 * A model of another vendor is named with it: `meta/llama-...`; an endpoint by its path: `endpoints/123`.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 * @see https://docs.cloud.google.com/docs/authentication/application-default-credentials
 * @since 0.1.0
 * @category providers
 */
export class GoogleVertex extends Provider.Service<GoogleVertex>()({
  id: "google-vertex",
  capabilities: {
    embedding: Protocols.vertexEmbeddings,
    tokenCount: Protocols.vertexTokenCount,
    image: Protocols.googleImages
  },
  rows: "google",
  protocol: Protocols.googleGenerateContent,
  baseUrl: (settings) => vertexUrl("v1beta1", settings),
  path: (model, stream) => `/${pathOf(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  capabilityPath: (path, model) => `/${pathOf(model)}${path.slice(path.lastIndexOf(":"))}`,
  auth: { header: "x-goog-api-key" },
  keyNames: ["GOOGLE_VERTEX_API_KEY"],
  settings: vertexSettings,
  requiredSettings: [["GOOGLE_VERTEX_API_KEY"], ...vertexRequirements],
  authorize: (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./google/VertexAuthorize.ts")),
      ({ vertexAuthorize }) => vertexAuthorize("google-vertex", options)
    ),
  quirks: { callIds: false, labels: true, serviceTier: "header" }
}) {}
