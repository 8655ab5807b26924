import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * Groq: open models, speech and transcription.
 *
 * ```ts
 * const model = Groq.model("openai/gpt-oss-120b")
 * ```
 *
 * Settings: `GROQ_API_KEY`, `GROQ_BASE_URL`.
 *
 * A strict JSON Schema has to keep to OpenAI's subset. Some models write their reasoning into the text, between `<think>` tags.
 *
 * @see https://console.groq.com/docs/api-reference
 * @see https://console.groq.com/docs/structured-outputs
 * @see https://console.groq.com/docs/reasoning
 * @since 0.1.0
 * @category providers
 */
export class Groq extends OpenAiCompatible.Service<Groq>()({
  id: "groq",
  baseUrl: "https://api.groq.com/openai/v1",
  capabilities: { speech: Protocols.openAiSpeech, transcription: Protocols.groqTranscription },
  quirks: { topK: false, strictSchemas: true, reasoningField: "reasoning", thinkTags: true }
}) {}
