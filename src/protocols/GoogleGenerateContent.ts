import type { ChatProtocol } from "./ChatProtocol.ts"
import { decodeError, encodeError } from "./googleGenerateContent/Errors.ts"
import { pathOf } from "./googleGenerateContent/ModelPath.ts"
import { type GoogleGenerateContentQuirks, request } from "./googleGenerateContent/Request.ts"
import { decodeResponse, GenerateStreamDecoder } from "./googleGenerateContent/Response.ts"
import { encodeResponse, GenerateStreamEncoder } from "./googleGenerateContent/server/Response.ts"

export type { GoogleGenerateContentQuirks } from "./googleGenerateContent/Request.ts"

/**
 * Google's generateContent and streamGenerateContent, as the Gemini API and Vertex AI speak them.
 *
 * - `providerOptions` under `google-generate-content` and under the provider's id are merged into the body, the content, the
 *   part or the function declaration as a JSON merge patch (RFC 7386): `safetySettings`, `cachedContent`, `toolConfig`,
 *   `generationConfig: { mediaResolution, responseModalities, speechConfig, imageConfig }`, ... In the body, `tools` (those that
 *   Google runs: `{ googleSearch: {} }`, `{ codeExecution: {} }`, `{ urlContext: {} }`) are added to the request's.
 * - Reasoning and its signatures go back as received: the signature of reasoning is its `signature`, that of any other
 *   part is in the part's options. Reasoning of another protocol is left out with a warning, and calls of another protocol
 *   get the stand-in that Google names for calls without a signature. Requested reasoning is returned;
 *   `generationConfig: { thinkingConfig: { includeThoughts: false } }` turns that off.
 * - A call without an id gets one, which is not sent back. Code that Google ran (`code_execution`) and searches
 *   (`GOOGLE_SEARCH_WEB`) are calls with `providerExecuted`; their results, images within reasoning and unknown parts are
 *   provider parts, and go back unchanged.
 * - Grounding and fetched pages are `sources` and citations; the number of searches is in the usage.
 * - A blocked prompt, and a response of which nothing was let through, is a failure of type `PROMPT_BLOCKED` or
 *   `RESPONSE_BLOCKED` with Google's reason as its code; a response that was cut off ends in `content-filter`.
 * - A system message in the middle joins the instructions in front. Schemas are rewritten to the subset that Gemini reads.
 *
 * Sources: https://ai.google.dev/api/generate-content and
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 *
 * @since 0.1.0
 * @category protocols
 */
export const GoogleGenerateContent: ChatProtocol<GoogleGenerateContentQuirks> = {
  ...request,
  framing: "sse",
  path: (model, stream) => pathOf(model, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
  decodeResponse,
  makeDecoder: () => new GenerateStreamDecoder(),
  decodeError,
  encodeResponse,
  makeEncoder: (options) => new GenerateStreamEncoder(options),
  encodeError
}
