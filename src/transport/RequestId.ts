import type * as Headers from "effect/http/Headers"

/** OpenAI and most; Anthropic; Azure; AWS; OpenRouter; Mistral; DeepSeek; Cohere; Deepgram; whoever is behind Cloudflare. */
const names = [
  "x-request-id",
  "request-id",
  "apim-request-id",
  "x-amzn-requestid",
  "x-generation-id",
  "x-kong-request-id",
  "x-ds-trace-id",
  "x-debug-trace-id",
  "dg-request-id",
  "cf-ray"
]

/** The id under which the provider logged a request, which its support asks for. */
export const decode = (headers: Headers.Headers): string | undefined => {
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined && value !== "") return value
  }
  return undefined
}
