import * as Effect from "effect/Effect"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"
import { vertexNeeds, vertexSettings, vertexUrl } from "./google/VertexSettings.ts"

/** `gemini-3.8-flash`, `meta/llama-...`, or a whole name (`endpoints/123`, `publishers/google/models/...`). */
const nameOf = (model: string): string => {
  if (/^(?:endpoints|publishers)\//.test(model)) return model
  const [maker, name] = model.includes("/") ? model.split("/", 2) : ["google", model]
  return `publishers/${maker}/models/${name}`
}

const pathOf = (model: string): string =>
  nameOf(model).split("/").map(encodeURIComponent).join("/").replaceAll("%40", "@")

/**
 * Gemini on Google's Vertex AI. Settings:
 *
 * - where: `GOOGLE_CLOUD_PROJECT` (or `GOOGLE_VERTEX_PROJECT`) and `GOOGLE_CLOUD_LOCATION` (or `GOOGLE_VERTEX_LOCATION`;
 *   default `global`); or the whole address, up to the location, as `GOOGLE_VERTEX_BASE_URL`.
 * - who asks, looked for in this order: `GOOGLE_VERTEX_API_KEY` (express mode, without a project); a token,
 *   `GOOGLE_VERTEX_ACCESS_TOKEN`; the JSON of a service account, `GOOGLE_VERTEX_CREDENTIALS`; its file,
 *   `GOOGLE_APPLICATION_CREDENTIALS`; what `gcloud auth application-default login` left; the metadata server.
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
  callPath: (path, model) => `/${pathOf(model)}${path.slice(path.lastIndexOf(":"))}`,
  auth: { header: "x-goog-api-key" },
  keyNames: ["GOOGLE_VERTEX_API_KEY"],
  settings: vertexSettings,
  needs: [["GOOGLE_VERTEX_API_KEY"], ...vertexNeeds],
  authorize: (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./google/VertexAuthorize.ts")),
      ({ vertexAuthorize }) => vertexAuthorize("google-vertex", options)
    ),
  quirks: { callIds: false, labels: true, serviceTier: "header" }
}) {}
