import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as ByteStream from "../client/ByteStream.ts"
import {
  type Call,
  toError,
  isSuccess,
  placeOf,
  toProviderError,
  toFrameError,
  toParseError,
  toNetworkError
} from "../client/Call.ts"
import * as Endpoint from "../client/Endpoint.ts"
import { send, textOf } from "../client/Sending.ts"
import { configOf } from "../client/Settings.ts"
import { NetworkError } from "../domain/CallErrors.ts"
import type { Frame } from "../domain/Frame.ts"
import { Json } from "../domain/Json.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import type { OllamaChatQuirks } from "../protocols/OllamaChat.ts"
import { withoutMark } from "../transport/Utf8Reader.ts"
import { Ollama } from "./Ollama.ts"
import type { LayerOptions } from "./Provider.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const details = nullable(
  Schema.Struct({
    format: nullable(Schema.String),
    family: nullable(Schema.String),
    families: nullable(Schema.Array(Schema.String)),
    parameter_size: nullable(Schema.String),
    quantization_level: nullable(Schema.String)
  })
)

/**
 * A model on the server; `size` in bytes, `modified_at` in ISO 8601.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listed extends Schema.Schema.Type<typeof listedSchema> {}

const listedSchema = Schema.Struct({
  name: Schema.String,
  model: nullable(Schema.String),
  modified_at: nullable(Schema.String),
  size: nullable(Schema.Number),
  digest: nullable(Schema.String),
  details
})

/**
 * Source: https://docs.ollama.com/api/tags
 *
 * @since 0.1.0
 * @category schemas
 */
export const Listed: Schema.Codec<Listed> = listedSchema

/**
 * A loaded model; sizes in bytes, `expires_at` (when it is unloaded) in ISO 8601.
 *
 * @since 0.1.0
 * @category models
 */
export interface Running extends Schema.Schema.Type<typeof runningSchema> {}

const runningSchema = Schema.Struct({
  ...listedSchema.fields,
  expires_at: nullable(Schema.String),
  size_vram: nullable(Schema.Number),
  /** The context window it is loaded with, in tokens. */
  context_length: nullable(Schema.Int)
})

/**
 * Source: https://docs.ollama.com/api/ps
 *
 * @since 0.1.0
 * @category schemas
 */
export const Running: Schema.Codec<Running> = runningSchema

/**
 * The details of a model: capabilities (`completion`, `tools`, `vision`, `thinking`, ...), reasoning, template and
 * parameters; the names in `model_info` depend on its architecture (`llama.context_length`, ...).
 *
 * @since 0.1.0
 * @category models
 */
export interface Information extends Schema.Schema.Type<typeof informationSchema> {}

const informationSchema = Schema.Struct({
  capabilities: nullable(Schema.Array(Schema.String)),
  thinking: nullable(
    Schema.Struct({
      values: nullable(Schema.Array(Schema.Union([Schema.Boolean, Schema.String]))),
      default: nullable(Schema.Union([Schema.Boolean, Schema.String]))
    })
  ),
  model_info: nullable(Schema.Record(Schema.String, Json)),
  parameters: nullable(Schema.String),
  template: nullable(Schema.String),
  system: nullable(Schema.String),
  license: nullable(Schema.String),
  modified_at: nullable(Schema.String),
  details
})

/**
 * Source: https://docs.ollama.com/api-reference/show-model-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const Information: Schema.Codec<Information> = informationSchema

/**
 * The progress of a download: `status` in the server's words, and the bytes completed of the layer `digest`.
 *
 * @since 0.1.0
 * @category models
 */
export interface PullProgress extends Schema.Schema.Type<typeof pullProgressSchema> {}

const pullProgressSchema = Schema.Struct({
  status: Schema.String,
  digest: nullable(Schema.String),
  total: nullable(Schema.Number),
  completed: nullable(Schema.Number)
})

/**
 * Source: https://docs.ollama.com/api/pull
 *
 * @since 0.1.0
 * @category schemas
 */
export const PullProgress: Schema.Codec<PullProgress> = pullProgressSchema

type Served = Endpoint.Endpoint<OllamaChatQuirks>

interface Shape {
  /** The models on the server. */
  readonly list: Effect.Effect<ReadonlyArray<Listed>, ProviderError>
  /** The loaded models. */
  readonly running: Effect.Effect<ReadonlyArray<Running>, ProviderError>
  /** The details of a model; fails with `ModelNotFoundError` if the server does not have it. */
  readonly show: (model: string) => Effect.Effect<Information, ProviderError>
  /**
   * Downloads a model and reports progress. The stream ends when the model is complete, and fails with
   * `ModelNotFoundError` if it does not exist or `NetworkError` if the server breaks off. An interrupt stops the download,
   * and the next one resumes it.
   */
  readonly pull: (model: string) => Stream.Stream<PullProgress, ProviderError>
}

/**
 * The models of an Ollama server: lists, inspects and downloads them.
 *
 * ```ts
 * const download = Effect.gen(function* () {
 *   const { pull } = yield* OllamaModels
 *   yield* Stream.runForEach(pull("qwen3:8b"), ({ status }) => Effect.log(status))
 * }).pipe(Effect.provide(OllamaModels.layerConfig))
 * ```
 *
 * Its settings are those of `Ollama`, but it is a service of its own, with its own layer.
 *
 * @see https://docs.ollama.com/api
 * @since 0.1.0
 * @category services
 */
export class OllamaModels extends Context.Service<OllamaModels, Shape>()("effect-llm/providers/OllamaModels") {
  /** Fails with a `ConfigError` if the base URL or the key is unusable. */
  static readonly layer = (
    options: LayerOptions<OllamaChatQuirks, "host"> = {}
  ): Layer.Layer<OllamaModels, Config.ConfigError, HttpClient.HttpClient> => Layer.effect(OllamaModels, make(options))

  /** Reads base URL and key from `Config`. */
  static readonly layerConfig: Layer.Layer<OllamaModels, Config.ConfigError, HttpClient.HttpClient> = Layer.effect(
    OllamaModels,
    Effect.flatMap(configOf(Ollama.definition), (options) => make(options))
  )
}

const make = Effect.fnUntraced(function* (options: LayerOptions<OllamaChatQuirks, "host">) {
  const endpoint = yield* Endpoint.make(Ollama.definition, options)
  const models = <S extends Schema.ConstraintDecoder<unknown>>(path: string, schema: S) =>
    Effect.map(
      call(endpoint, "", endpoint.request(path, "application/json", "GET"), Schema.Struct({ models: list(schema) })),
      ({ models }) => (models ?? []) as ReadonlyArray<S["Type"]>
    )
  return OllamaModels.of({
    list: models("/api/tags", Listed),
    running: models("/api/ps", Running),
    show: (model) => call(endpoint, model, post(endpoint, "/api/show", { model }), Information),
    pull: (model) => Stream.unwrap(download(endpoint, model))
  })
})

const list = <S extends Schema.Constraint>(schema: S) => Schema.NullOr(Schema.Array(schema))

const post = (endpoint: Served, path: string, body: object): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.bodyJsonUnsafe(endpoint.request(path, "application/json"), body)

const callOf = ({ protocol, secrets }: Served, model: string): Call => ({
  provider: Ollama.definition.id,
  rows: Ollama.definition.id,
  model,
  secrets,
  decodeError: protocol.decodeError
})

const call = Effect.fnUntraced(function* <S extends Schema.ConstraintDecoder<unknown>>(
  endpoint: Served,
  model: string,
  request: HttpClientRequest.HttpClientRequest,
  schema: S
): Effect.fn.Return<S["Type"], ProviderError> {
  const call = callOf(endpoint, model)
  const { body, endedAtMillis, head } = yield* send(endpoint.sender, call, request)
  const text = withoutMark(textOf(body))
  if (!isSuccess(head)) return yield* Effect.fail(toProviderError(call, head, text, endedAtMillis))
  const decoded = Schema.decodeUnknownResult(Schema.fromJsonString(schema))(text)
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* Effect.fail(toParseError(call, head, text, decoded.failure.message, decoded.failure))
})

const download = Effect.fnUntraced(function* (
  endpoint: Served,
  model: string
): Effect.fn.Return<Stream.Stream<PullProgress, ProviderError>, ProviderError, Scope.Scope> {
  const call = callOf(endpoint, model)
  const clock = yield* Clock.Clock
  const startedAtMillis = steadyMillis(clock)
  const http = post(endpoint, "/api/pull", { model, stream: true })
  const { head, limits, pull } = yield* ByteStream.open(endpoint.sender, call, http, clock, startedAtMillis)
  const reader = endpoint.framing.makeReader(limits.frameBytes)
  let isThere = false
  const framesOf = (read: ReturnType<typeof reader.read>): Effect.Effect<ReadonlyArray<Frame>, ProviderError> =>
    "_tag" in read ? Effect.fail(toFrameError(call, head, read)) : Effect.succeed(read)
  const step = (frame: Frame): Effect.Effect<PullProgress, ProviderError> => {
    const progress = Schema.decodeUnknownResult(Schema.fromJsonString(PullProgress))(frame.data)
    if (Result.isSuccess(progress)) {
      isThere ||= progress.success.status === "success"
      return Effect.succeed(progress.success)
    }
    const body = Result.try((): unknown => JSON.parse(frame.data))
    return Effect.fail(
      Result.isSuccess(body)
        ? toError(call, head, endpoint.protocol.decodeError(body.success), clock.currentTimeMillisUnsafe())
        : toParseError(call, head, frame.data, "a line of the download is not JSON")
    )
  }
  const detail = "the download was cut off before the model was complete"
  return Stream.fromPull(Effect.succeed(pull)).pipe(
    Stream.mapError(toNetworkError(call, clock, startedAtMillis, head)),
    Stream.mapEffect((bytes) => framesOf(reader.read(bytes))),
    Stream.concat(Stream.suspend(() => Stream.fromEffect(framesOf(reader.end())))),
    Stream.flattenIterable,
    Stream.mapEffect(step),
    Stream.concat(
      Stream.suspend(() => (isThere ? Stream.empty : Stream.fail(new NetworkError({ ...placeOf(call, head), detail }))))
    )
  )
})
