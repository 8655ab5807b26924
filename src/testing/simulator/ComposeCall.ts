import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { EmbeddingInput, EmbeddingRequest, EmbeddingResponse } from "../../domain/Embedding.ts"
import type { ImageRequest, ImageResponse } from "../../domain/Image.ts"
import type { ModerationRequest, ModerationResponse } from "../../domain/Moderation.ts"
import type { RerankRequest, RerankResponse } from "../../domain/Rerank.ts"
import type { SpeechRequest } from "../../domain/Speech.ts"
import type { SpeechEvent } from "../../domain/SpeechEvent.ts"
import type { TokenCountResponse } from "../../domain/TokenCountResponse.ts"
import type { TranscriptionRequest, TranscriptionResponse } from "../../domain/Transcription.ts"
import * as Usage from "../../domain/Usage.ts"
import * as EstimatedTokens from "./EstimatedTokens.ts"
import { commentOf, hashOf, sampleHum, samplePng, secondsOf, wavHead } from "./SampleMedia.ts"

/** Fields of every response. */
const common = { warnings: [], attempts: [] }

const countOf = (text: string): number => EstimatedTokens.split(text).length

const wordsIn = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

/** The default and the largest length of vectors. */
const defaultDimensions = 64
const mostDimensions = 4096

/** Unit vectors in which each word has a direction, so that texts with common words are alike. */
export const embeddings = (model: string, { dimensions, inputs }: EmbeddingRequest): EmbeddingResponse => {
  const texts = inputs.map(textOf)
  return {
    ...common,
    model,
    embeddings: texts.map((text) => vectorOf(text, Math.min(dimensions ?? defaultDimensions, mostDimensions))),
    usage: Usage.make({ input: texts.reduce((sum, text) => sum + countOf(text), 0), output: 0 })
  }
}

/** The input tokens that a response to the request would report. */
export const tokenCount = (_: string, request: ChatRequest): TokenCountResponse => ({
  ...common,
  inputTokens: EstimatedTokens.ofRequest(request),
  usage: Usage.make({ input: 0, output: 0 })
})

const textOf = (input: EmbeddingInput): string =>
  typeof input === "string"
    ? input
    : "tokens" in input
      ? input.tokens.join(" ")
      : input.content.map((part) => (part.type === "text" ? part.text : part.type)).join(" ")

const vectorOf = (text: string, dimensions: number): ReadonlyArray<number> => {
  const vector = Array.from({ length: dimensions }, () => 0)
  for (const word of wordsIn(text)) {
    const hash = hashOf(word)
    vector[hash % dimensions] = (vector[hash % dimensions] ?? 0) + ((hash >>> 16) % 2 === 0 ? 1 : -1)
  }
  const length = Math.hypot(...vector)
  return length === 0 ? vector.fill(1, 0, 1) : vector.map((value) => Math.fround(value / length))
}

/** Flags texts that name a category. */
export const moderations = (model: string, { inputs }: ModerationRequest): ModerationResponse => {
  const texts = inputs.map((input) => (typeof input === "string" ? input : textOf(input))).map(wordsIn)
  return {
    ...common,
    model,
    results: texts.map((words) => {
      const flags = ["hate", "harassment", "sexual", "violence"].map((name) => [name, words.includes(name)] as const)
      return {
        flagged: flags.some(([, flag]) => flag),
        categories: Object.fromEntries(flags),
        scores: Object.fromEntries(flags.map(([name, flag]) => [name, flag ? 0.9 : 0.01])),
        appliedInputTypes: Object.fromEntries(flags.map(([name]) => [name, ["text"]]))
      }
    }),
    usage: Usage.make({ input: texts.reduce((sum, words) => sum + words.length, 0), output: 0 })
  }
}

/** Tokens of one image. */
const imageTokens = 16

/** No response has more images. */
const mostImages = 10

/** Squares of one colour, or with `responseFormat: "url"` URLs that lead nowhere. */
export const images = (model: string, request: ImageRequest): ImageResponse => {
  const { images = [], prompt, responseFormat } = request
  const n = Math.min(request.n ?? 1, mostImages)
  const input = countOf(prompt)
  const seen = images.length * imageTokens
  return {
    ...common,
    model,
    images: Array.from({ length: n }, (_, index) =>
      responseFormat === "url"
        ? { data: `https://images.invalid/${hashOf(prompt)}-${index}.png` }
        : { data: samplePng(`${prompt} ${index}`), mediaType: "image/png" }
    ),
    usage: Usage.make({
      input: input + seen,
      inputImage: seen,
      output: n * imageTokens,
      outputImage: n * imageTokens
    })
  }
}

/** A hum, as WAV or raw samples, with the text as the comment of the file. */
export const speech = (model: string, { format, text }: SpeechRequest): ReadonlyArray<SpeechEvent> => {
  const tokens = EstimatedTokens.split(text)
  const hum = sampleHum(tokens)
  const isBare = format === "pcm"
  const head = isBare
    ? []
    : [
        wavHead(
          hum.reduce((size, piece) => size + piece.length, 0),
          text
        )
      ]
  return [
    { type: "response-start", model, mediaType: isBare ? "audio/pcm" : "audio/wav" },
    ...[...head, ...hum].map((data): SpeechEvent => ({ type: "audio", data })),
    { type: "finish", usage: Usage.make({ input: tokens.length, output: tokens.length, outputAudio: tokens.length }) }
  ]
}

/** The text of the simulator's own recordings; for others, their size. */
export const transcription = (
  model: string,
  { audio, language = "english", timestamps = [] }: TranscriptionRequest
): TranscriptionResponse => {
  const text = typeof audio === "string" ? undefined : commentOf(audio)
  const written = text ?? `A recording of ${audio.length} bytes.`
  const tokens = EstimatedTokens.split(written)
  const stretch = (text: string, from: number, to: number) => ({ text, start: secondsOf(from), end: secondsOf(to) })
  return {
    ...common,
    model,
    text: written,
    language,
    duration: secondsOf(tokens.length),
    segments: timestamps.includes("segment") ? [stretch(written, 0, tokens.length)] : undefined,
    words: timestamps.includes("word")
      ? tokens.map((token, index) => stretch(token.trim(), index, index + 1))
      : undefined,
    usage: Usage.make(
      { input: tokens.length, inputAudio: tokens.length, output: tokens.length },
      model.includes("whisper") ? { units: { inputSeconds: secondsOf(tokens.length) } } : {}
    )
  }
}

/** Ranks documents by the share of the words of the query that they have. */
export const rerank = (model: string, { documents, query, topN }: RerankRequest): RerankResponse => {
  const wanted = new Set(wordsIn(query))
  const texts = documents.map((document) => (typeof document === "string" ? document : JSON.stringify(document)))
  const results = texts.map((text, index) => {
    const words = new Set(wordsIn(text))
    const common = [...wanted].filter((word) => words.has(word)).length
    return { index, relevanceScore: wanted.size === 0 ? 0 : common / wanted.size }
  })
  return {
    ...common,
    model,
    results: results.toSorted((a, b) => b.relevanceScore - a.relevanceScore).slice(0, topN),
    usage: Usage.make({ output: 0 }, { units: { requests: Math.max(1, Math.ceil(documents.length / 100)) } })
  }
}
