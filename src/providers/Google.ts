import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Google's Gemini API.
 *
 * ```ts
 * const model = Google.model("gemini-3.8-flash")
 * ```
 *
 * Settings: `GEMINI_API_KEY`, `GOOGLE_API_KEY` or `GOOGLE_GENERATIVE_AI_API_KEY`; `GOOGLE_BASE_URL`.
 *
 * @see https://ai.google.dev/api
 * @see https://ai.google.dev/gemini-api/docs/api-key
 * @since 0.1.0
 * @category providers
 */
export class Google extends Provider.Service<Google>()({
  id: "google",
  capabilities: {
    embedding: Protocols.googleEmbeddings,
    tokenCount: Protocols.googleTokenCount,
    image: Protocols.googleImages,
    files: Protocols.googleFiles
  },
  protocol: Protocols.googleGenerateContent,
  baseUrl: "https://generativelanguage.googleapis.com/v1beta",
  // Files are uploaded beside the API.
  capabilityPath: (path, _, { baseUrl }) =>
    path.startsWith("/upload/") ? baseUrl.replace(/(?=\/v\w+$)|$/, "/upload") + path.slice("/upload".length) : path,
  auth: { header: "x-goog-api-key" },
  keyNames: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"]
}) {}
