import type { ChatProtocol } from "./ChatProtocol.ts"
import { decodeError } from "./googleGenerateContent/Errors.ts"
import { GenerateStreamDecoder } from "./googleGenerateContent/Response.ts"
import { encodeRequest, unsupported } from "./googleGenerateContent/Request.ts"
import { decodeResponse } from "./googleGenerateContent/client/ResponseDecoder.ts"
import type { GoogleGenerateContentQuirks } from "./googleGenerateContent/GoogleGenerateContentQuirks.ts"
import { encodeError } from "./googleGenerateContent/server/ErrorEncoder.ts"
import { GenerateStreamEncoder } from "./googleGenerateContent/server/GenerateStreamEncoder.ts"
import { decodeRequest } from "./googleGenerateContent/server/RequestDecoder.ts"
import { encodeResponse } from "./googleGenerateContent/server/Response.ts"
import { protocolId } from "./googleGenerateContent/wire/Wire.ts"
import { fitted } from "./wire/FittedRequest.ts"
import { identity } from "effect/Function"
import { withPath } from "./wire/RequestPath.ts"
import { chunkShape } from "./googleGenerateContent/wire/ChunkShape.ts"
import { ofShape } from "./wire/Shape.ts"

export type { GoogleGenerateContentQuirks } from "./googleGenerateContent/GoogleGenerateContentQuirks.ts"

/**
 * Google's generateContent and streamGenerateContent, as the Gemini API and Vertex AI speak them.
 *
 * - `providerOptions` under `google-generate-content` and under the provider's id are merged into the body, the content, the
 *   part or the function declaration as a JSON merge patch (RFC 7386): `safetySettings`, `cachedContent`, `toolConfig`,
 *   `generationConfig: { mediaResolution, responseModalities, speechConfig, imageConfig }`, ... In the body, `tools` (those that
 *   Google runs: `{ googleSearch: {} }`, `{ codeExecution: {} }`, `{ urlContext: {} }`) are added to the request's.
 * - Thoughts and thought signatures go back as they came: a signature on a thought is its `signature`, one on any other part
 *   is in the part's options. Thoughts of another protocol are left out with a warning, and calls of another
 *   protocol have what Google names for calls without a signature. Who asks for thinking is shown it;
 *   `generationConfig: { thinkingConfig: { includeThoughts: false } }` turns that off.
 * - A call without an id is given one, which is not sent back. Code that Google ran (`code_execution`) and searches
 *   (`GOOGLE_SEARCH_WEB`) are calls with `providerExecuted`; their results, images of thoughts and any part that is not known
 *   are provider parts, and go back unchanged.
 * - Grounding and pages that were read are `sources` and citations; the number of searches is in the usage.
 * - A prompt that was refused, and an answer of which nothing was let through, is a failure of type `PROMPT_BLOCKED` or
 *   `RESPONSE_BLOCKED` with Google's reason as its code; an answer that was cut off ends in `content-filter`.
 * - A system message in the middle joins the instructions in front. Schemas are rewritten to what Gemini reads.
 *
 * Sources: https://ai.google.dev/api/generate-content and
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 *
 * @since 0.1.0
 * @category protocols
 */
export const GoogleGenerateContent: ChatProtocol<GoogleGenerateContentQuirks> = {
  id: protocolId,
  framing: "sse",
  path: (model, stream) =>
    `/${model.includes("/") ? "" : "models/"}${encodeModel(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  unsupported,
  encodeRequest: fitted(encodeRequest, { callId: () => identity, userFirst: true }),
  decodeResponse: ofShape(chunkShape, decodeResponse),
  makeDecoder: () => new GenerateStreamDecoder(),
  decodeError,
  decodeRequest: (body, path) => decodeRequest(withPath(body, path)),
  encodeResponse,
  makeEncoder: (options) => new GenerateStreamEncoder(options),
  encodeError
}

/** A tuned model is named with its collection (`tunedModels/abc`). */
const encodeModel = (model: string): string => encodeURIComponent(model).replaceAll("%2F", "/").replaceAll("%40", "@")
