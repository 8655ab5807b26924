import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Hugging Face's router to inference providers.
 *
 * ```ts
 * const model = HuggingFace.model("openai/gpt-oss-120b:groq")
 * ```
 *
 * Settings: `HF_TOKEN` or `HUGGINGFACE_API_KEY`; `HUGGINGFACE_BASE_URL`.
 *
 * The provider may be named after the model, as above.
 *
 * @see https://huggingface.co/docs/inference-providers
 * @since 0.1.0
 * @category providers
 */
export class HuggingFace extends OpenAiCompatible.Service<HuggingFace>()({
  id: "huggingface",
  baseUrl: "https://router.huggingface.co/v1",
  keyNames: ["HF_TOKEN", "HUGGINGFACE_API_KEY"]
}) {}
