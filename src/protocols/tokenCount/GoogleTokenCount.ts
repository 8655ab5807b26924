import { GoogleGenerateContent } from "../GoogleGenerateContent.ts"
import { object, type WireObject } from "../wire/WireObject.ts"
import { make, only } from "./ChatTokenCount.ts"

const counts = (answer: WireObject) => ({ input: answer.totalTokens, cached: answer.cachedContentTokenCount })

const path = (model: string): string =>
  GoogleGenerateContent.path(model, false).replace(/:generateContent$/, ":countTokens")

/**
 * Gemini's count of the tokens of a request, free of charge.
 *
 * @see https://ai.google.dev/api/tokens
 */
export const GoogleTokenCount = make({
  id: "google-count-tokens",
  chat: GoogleGenerateContent,
  path,
  body: (chat, model) => ({
    generateContentRequest: { model: model.includes("/") ? model : `models/${model}`, ...chat }
  }),
  chatBody: (body) => {
    const { model: _, ...chat } = object(body.generateContentRequest) ?? body
    return chat
  },
  counts
})

const fields = new Set(["contents", "systemInstruction", "tools", "generationConfig"])

/**
 * The same on Vertex AI, where the fields stand at the top.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens
 */
export const VertexTokenCount = make({
  id: "google-count-tokens",
  chat: GoogleGenerateContent,
  path,
  body: (chat) => only(chat, fields),
  chatBody: (body) => body,
  counts
})
