import * as BigDecimal from "effect/BigDecimal"
import * as Predicate from "effect/Predicate"
import { fromDecimal, type Rate, toDecimal } from "effect-llm/catalog/Rate"
import type { Path } from "../file/Mistake.ts"
import type { ModelKind } from "../build/ModelKind.ts"
import type { RequestDefaults } from "../schema/RequestDefaults.ts"
import type { Reader } from "./Reader.ts"
import { defined, given } from "../Given.ts"

/** A part of settings as it will be written, in which a number may be a reference. The result is checked as a whole. */
export interface Written {
  readonly [key: string]: unknown
}

/** LiteLLM's `mode` of a model. */
const kinds: { readonly [mode: string]: ModelKind } = {
  chat: "chat",
  completion: "chat",
  responses: "chat",
  embedding: "embedding",
  image_generation: "image",
  audio_speech: "speech",
  audio_transcription: "transcription",
  moderation: "moderation",
  moderations: "moderation",
  rerank: "rerank"
}

const kindByName: ReadonlyArray<readonly [RegExp, ModelKind]> = [
  [/embed|(?:^|\/)bge-|(?:^|\/)voyage-\d|(?:^|\/)e5-/i, "embedding"],
  [/(?:^|\/)(?:whisper|gpt-4o(?:-mini)?-transcribe)/i, "transcription"],
  [/(?:^|\/)(?:tts-|gpt-4o(?:-mini)?-tts)/i, "speech"],
  [/(?:^|\/)(?:dall-e|gpt-image|imagen)/i, "image"],
  [/rerank/i, "rerank"],
  [/(?:^|\/)(?:omni|text)-moderation/i, "moderation"]
]

/** The kind of a model; from its name, where the file does not say. */
export const kindOf = (reader: Reader, info: Path, model: string): ModelKind => {
  const mode = reader.peek([...info, "mode"])
  if (typeof mode === "string" && Object.hasOwn(kinds, mode)) {
    reader.take([...info, "mode"])
    return kinds[mode] ?? "chat"
  }
  if (mode !== undefined) reader.note([...info, "mode"], `${String(mode)} is not a kind of model here: taken as chat`)
  return kindByName.find(([pattern]) => pattern.test(model))?.[1] ?? "chat"
}

/** Our meters by LiteLLM's names, and how many of its units a rate of ours covers. */
const meters: { readonly [name: string]: readonly [meter: string, units: bigint] } = {
  input_cost_per_token: ["input", 1_000_000n],
  output_cost_per_token: ["output", 1_000_000n],
  cache_read_input_token_cost: ["cacheRead", 1_000_000n],
  cache_creation_input_token_cost: ["cacheWrite5m", 1_000_000n],
  cache_creation_input_token_cost_above_1hr: ["cacheWrite1h", 1_000_000n],
  output_cost_per_reasoning_token: ["reasoning", 1_000_000n],
  input_cost_per_audio_token: ["inputAudio", 1_000_000n],
  output_cost_per_audio_token: ["outputAudio", 1_000_000n],
  input_cost_per_character: ["inputCharacters", 1_000_000n],
  output_cost_per_character: ["outputCharacters", 1_000_000n],
  input_cost_per_second: ["inputSeconds", 3600n],
  output_cost_per_second: ["outputSeconds", 3600n],
  input_cost_per_image: ["inputImages", 1n],
  output_cost_per_image: ["outputImages", 1n],
  input_cost_per_pixel: ["inputPixels", 1_000_000_000n],
  output_cost_per_pixel: ["outputPixels", 1_000_000_000n],
  input_cost_per_query: ["requests", 1000n]
}

/** The price of a deployment, from either place where LiteLLM reads it. Image models are priced by the images they produce. */
export const priceOf = (
  reader: Reader,
  params: Path,
  info: Path,
  kind: ModelKind
): { readonly [meter: string]: Rate } | undefined => {
  const rates: Record<string, Rate> = {}
  for (const [name, [meter, units]] of Object.entries(meters))
    for (const path of [
      [...info, name],
      [...params, name]
    ]) {
      const rate = reader.number(path)
      if (rate === undefined) continue
      rates[kind === "image" && meter === "inputImages" ? "outputImages" : meter] = fromDecimal(
        BigDecimal.multiply(toDecimal(rate), BigDecimal.make(units, 0))
      )
    }
  return Object.keys(rates).length === 0 ? undefined : rates
}

const defaultsByName: ReadonlyArray<readonly [string, keyof RequestDefaults]> = [
  ["max_tokens", "maxOutputTokens"],
  ["max_completion_tokens", "maxOutputTokens"],
  ["temperature", "temperature"],
  ["top_p", "topP"],
  ["top_k", "topK"],
  ["seed", "seed"],
  ["frequency_penalty", "frequencyPenalty"],
  ["presence_penalty", "presencePenalty"]
]

/** The defaults for parameters that requests leave out. */
export const defaultsOf = (reader: Reader, params: Path, provider: string): Written | undefined => {
  const found: Record<string, unknown> = {}
  for (const [theirs, ours] of defaultsByName) found[ours] = reader.number([...params, theirs]) ?? found[ours]
  found.stop = reader.texts([...params, "stop"])
  found.user = reader.text([...params, "user"])
  found.serviceTier = reader.text([...params, "service_tier"])
  found.parallelToolCalls = reader.boolean([...params, "parallel_tool_calls"])
  found.reasoning = reasoningOf(reader, params)
  const body = reader.peek([...params, "extra_body"])
  const options = {
    ...(Predicate.isObject(body) ? (reader.take([...params, "extra_body"]) as object) : {}),
    ...(found.reasoning === undefined ? thinkingOf(reader, params) : {})
  }
  if (Object.keys(options).length > 0) found.providerOptions = { [provider]: options }
  if (reader.boolean([...params, "drop_params"]) === true) found.onUnsupported = "drop"
  return defined(found)
}

/** Thinking without a budget has no setting of its own here. */
const thinkingOf = (reader: Reader, params: Path): Written | undefined => {
  const thinking = reader.peek([...params, "thinking"])
  return Predicate.isObject(thinking) ? { thinking: reader.take([...params, "thinking"]) } : undefined
}

const efforts = new Set(["none", "minimal", "low", "medium", "high", "xhigh", "max"])

const reasoningOf = (reader: Reader, params: Path): Written | undefined => {
  const path = [...params, "reasoning_effort"]
  const nested = Predicate.isObject(reader.peek(path)) ? [...path, "effort"] : path
  const effort = reader.peek(nested)
  const isDisabled = reader.peek([...params, "thinking", "type"]) === "disabled"
  const budget = reader.number([...params, "thinking", "budget_tokens"])
  if (reader.peek([...params, "thinking", "type"]) !== undefined) reader.take([...params, "thinking", "type"])
  if (typeof effort === "string" && efforts.has(effort)) {
    reader.take(nested)
    return { effort, ...(budget === undefined ? {} : { budget }) }
  }
  if (isDisabled) return { effort: "none" }
  return budget === undefined ? undefined : { budget }
}

const capabilities: { readonly [name: string]: string } = {
  supports_function_calling: "tools",
  supports_vision: "images",
  supports_audio_input: "audio",
  supports_pdf_input: "files",
  supports_response_schema: "structuredOutput",
  supports_reasoning: "reasoning",
  supports_native_streaming: "streaming"
}

/** Facts about a model: limits, capabilities, and custom fields, which become its metadata. */
export const factsOf = (reader: Reader, info: Path): Written => {
  const can: Record<string, boolean> = {}
  for (const [theirs, ours] of Object.entries(capabilities)) {
    const flag = reader.boolean([...info, theirs])
    if (flag !== undefined) can[ours] = flag
  }
  const output = reader.number([...info, "max_output_tokens"])
  const either = reader.number([...info, "max_tokens"])
  const facts = {
    name: reader.text([...info, "id"]),
    contextWindow: reader.number([...info, "max_input_tokens"]),
    maxOutputTokens: output ?? either,
    capabilities: Object.keys(can).length === 0 ? undefined : can
  }
  const metadata: Record<string, unknown> = {}
  for (const key of reader.keys(info)) {
    const path = [...info, key]
    if (key === "mode" || Object.hasOwn(meters, key) || Object.hasOwn(capabilities, key)) continue
    if (["id", "max_tokens", "max_input_tokens", "max_output_tokens"].includes(key)) continue
    const value = reader.take(path)
    if (value !== undefined) metadata[key] = value
  }
  return given({ ...facts, metadata: Object.keys(metadata).length === 0 ? undefined : metadata })
}
