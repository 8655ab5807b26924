/** What a library exports without naming a type: its declarations must find every module that they mention. */
import { Anthropic, type ChatResponse, Fallback, Model, OpenAi, Retry } from "effect-llm"

export const model = OpenAi.model("gpt-6-luna")
export const whole = model.generate("Hi")
export const stream = model.stream("Hi")
export const embedding = OpenAi.embeddingModel("text-embedding-3-small")
export const embedded = embedding.generate("Hi")
export const image = OpenAi.imageModel("gpt-image-2").generate("A cat")
export const judged = OpenAi.moderationModel("omni-moderation-latest").generate("Hi")
export const spoken = OpenAi.speechModel("gpt-4o-mini-tts").stream("Hi")
export const transcription = OpenAi.transcriptionModel("gpt-4o-transcribe")
export const { batches, files, layer } = OpenAi
export const both = Fallback.make([model, Anthropic.model("claude-haiku-5-5")]).pipe(
  Model.retry(Retry.standard),
  Model.withCost
)
export const partsOf = ({ attempts, content, cost, usage }: ChatResponse) => ({ attempts, content, cost, usage })
