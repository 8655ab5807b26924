import * as Effect from "effect/Effect"
import { vertexRequirements, vertexSettings, vertexUrl } from "./google/VertexSettings.ts"
import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Claude on Google's Vertex AI.
 *
 * ```ts
 * const model = GoogleVertexAnthropic.model("claude-sonnet-5")
 * ```
 *
 * Settings: those of `GoogleVertex` but the API key; `GOOGLE_VERTEX_ANTHROPIC_BASE_URL` is the URL up to the location.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
 * @since 0.1.0
 * @category providers
 */
export class GoogleVertexAnthropic extends Provider.Service<GoogleVertexAnthropic>()({
  id: "google-vertex-anthropic",
  rows: "anthropic",
  protocol: Protocols.vertexAnthropic,
  baseUrl: (settings) => vertexUrl("v1", settings),
  auth: "none",
  settings: vertexSettings,
  requiredSettings: vertexRequirements,
  authorize: (options) =>
    Effect.flatMap(
      Effect.promise(() => import("./google/VertexAuthorize.ts")),
      ({ vertexAuthorize }) => vertexAuthorize("google-vertex-anthropic", options)
    )
}) {}
