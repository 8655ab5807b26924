import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import type { ModerationInput, ModerationRequest, ModerationResponse } from "../../domain/Moderation.ts"
import * as Usage from "../../domain/Usage.ts"
import type { CallProtocol, CallServer } from "../Protocol.ts"
import { type CallContext, type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { CallReader } from "../wire/CallReader.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { urlOf } from "../wire/request/MediaInput.ts"
import { unsupported } from "../wire/request/RequestCodec.ts"
import { array, isObject, nonNegativeInt, object, text } from "../wire/WireObject.ts"
import type { ResponseParseError } from "../../domain/ChatResponse.ts"

const parameters: CallParameters<ModerationRequest> = { inputs: sent, user: unsupported, serviceTier: unsupported }

/**
 * OpenAI's moderations: several texts, or one input of texts and images together.
 *
 * @see https://platform.openai.com/docs/api-reference/moderations/create
 */
export const OpenAiModerations: CallProtocol<ModerationRequest, ModerationResponse> &
  CallServer<ModerationRequest, ModerationResponse> = {
  id: "openai-moderations",
  words: { inputs: ["input"] },
  decodeError,
  encodeRequest: encoder("openai-moderations", parameters, (call) => {
    const { inputs } = call.request
    if (inputs.length === 0) call.invalid("inputs", "there is nothing to moderate")
    if (inputs.length > 1 && inputs.some((input) => typeof input !== "string")) {
      call.refuse("inputs", "the provider accepts one input with images per call")
    }
    const [first] = inputs
    const input = typeof first === "object" ? partsOf(first, call) : inputs.filter((input) => typeof input === "string")
    return { path: "/moderations", json: { model: call.model, input } }
  }),
  decodeResponse: (body, { request }) => decode(body, request),
  decodeRequest: (body, pathModel) => {
    const reader = new CallReader("openai-moderations", body)
    const input = reader.take("input")
    const given = typeof input === "string" ? [input] : array(input)
    const texts = given.filter((text) => typeof text === "string")
    const content = given.flatMap(partOf)
    const isWhole = texts.length === given.length || content.length === given.length
    if (given.length === 0 || !isWhole) {
      reader.invalid("input", "expected a text, a list of texts, or a list of texts and images as objects")
    }
    return reader.end<ModerationRequest>({
      model: text(reader.take("model")) ?? pathModel ?? "omni-moderation-latest",
      request: { inputs: content.length > 0 ? [{ content }] : texts }
    })
  },
  encodeResponse: ({ id, model, results }, { id: requestId, model: requestedModel }) => ({
    id: id ?? requestId,
    model: model ?? requestedModel,
    results: results.map(({ appliedInputTypes = {}, categories, flagged, scores }) => ({
      flagged,
      categories: { ...withAll(categoryNames, false), ...categories },
      category_scores: { ...withAll(categoryNames, 0), ...scores },
      category_applied_input_types: { ...withAll(categoryNames, []), ...appliedInputTypes }
    }))
  })
}

/** Every response has all of OpenAI's categories; those that were not judged apply to no input. */
const categoryNames = [
  "hate",
  "hate/threatening",
  "harassment",
  "harassment/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/intent",
  "self-harm/instructions",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic"
]

const withAll = <A>(names: ReadonlyArray<string>, value: A): { readonly [name: string]: A } =>
  Object.fromEntries(names.map((name) => [name, value]))

type Content = Extract<ModerationInput, { readonly content: unknown }>

const partsOf = ({ content }: Content, call: CallContext<ModerationRequest>): Json =>
  content.map((part): Json => {
    if (part.type === "text") return { type: "text", text: part.text }
    const url = urlOf(part.data, part.mediaType)
    if (url === undefined) call.refuse("inputs", "the provider accepts images as URLs or bytes")
    return { type: "image_url", image_url: { url: url ?? "" } }
  })

const partOf = (u: unknown): Content["content"] => {
  const { image_url: image, text } = object(u) ?? {}
  const url = object(image)?.url
  return typeof text === "string"
    ? [{ type: "text", text }]
    : typeof url === "string"
      ? [{ type: "image", data: url }]
      : []
}

/**
 * Mistral's moderations, of texts. It judges categories only: an input is flagged where one of them holds.
 *
 * @see https://docs.mistral.ai/api/endpoint/classifiers
 */
export const MistralModerations: CallProtocol<ModerationRequest, ModerationResponse> = {
  id: "mistral-moderations",
  decodeError,
  encodeRequest: encoder("mistral-moderations", parameters, (call) => {
    const { inputs } = call.request
    if (inputs.length === 0) call.invalid("inputs", "there is nothing to moderate")
    const input = inputs.map((input, at) => {
      if (typeof input === "string") return input
      const texts = input.content.flatMap((part) => (part.type === "text" ? [part.text] : []))
      if (texts.length < input.content.length) {
        call.refuse("inputs", `inputs[${at}]: the provider accepts text, not images`)
      }
      return texts.join("\n\n")
    })
    return { path: "/moderations", json: { model: call.model, input } }
  }),
  decodeResponse: (body, { request }) => decode(body, request),
  decodeRequest: (body) => {
    const reader = new CallReader("mistral-moderations", body)
    const input = reader.take("input")
    const inputs = (typeof input === "string" ? [input] : array(input)).filter((text) => typeof text === "string")
    if (inputs.length === 0) reader.invalid("input", "expected a text or a list of texts")
    return reader.end<ModerationRequest>({ model: reader.text("model"), request: { inputs } })
  }
}

/** Reads the judgements of a response. Where it does not say whether an input is flagged, any category does. */
const decode = (
  body: unknown,
  { inputs }: ModerationRequest
): Result.Result<ModerationResponse, ResponseParseError> => {
  const results = array(object(body)?.results).flatMap((item) => {
    if (!isObject(item) || !isObject(item.categories)) return []
    const categories = of(item.categories, (value) => typeof value === "boolean")
    const applied = object(item.category_applied_input_types)
    return [
      {
        flagged: typeof item.flagged === "boolean" ? item.flagged : Object.values(categories).some(Boolean),
        categories,
        scores: of(item.category_scores, (value) => typeof value === "number" && Number.isFinite(value)),
        appliedInputTypes: applied && of(applied, (value): value is ReadonlyArray<string> => Array.isArray(value))
      }
    ]
  })
  if (!isObject(body) || results.length !== inputs.length) {
    const detail = `${inputs.length} results were requested, but only ${results.length} could be read`
    return unreadable(detail)
  }
  const usage = object(body.usage)
  return Result.succeed({
    id: text(body.id),
    model: text(body.model),
    results: results as ModerationResponse["results"],
    usage: Usage.make(
      { input: nonNegativeInt(usage?.prompt_tokens ?? usage?.total_tokens), output: 0 },
      { raw: usage as Json }
    ),
    warnings: [],
    attempts: [],
    raw: body as Json
  })
}

/** The values of a kind; `null` stands for a category that was not judged. */
const of = <A>(
  u: unknown,
  is: ((value: unknown) => value is A) | ((value: unknown) => boolean)
): { readonly [name: string]: A } =>
  Object.fromEntries(Object.entries(object(u) ?? {}).filter(([, value]) => is(value))) as { readonly [name: string]: A }
