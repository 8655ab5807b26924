import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"
import { Json, OptionalJson } from "./Json.ts"

/**
 * Bytes, written in JSON as `{ "base64": "..." }`, so that they cannot be taken for a URL or a text beside which they
 * may stand.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Bytes: Schema.Codec<Uint8Array> = Schema.declare<Uint8Array>(
  (u): u is Uint8Array => u instanceof Uint8Array,
  {
    expected: "a Uint8Array",
    toCodecJson: () =>
      Schema.link<Uint8Array>()(
        Schema.Struct({ base64: Schema.Uint8ArrayFromBase64 }),
        Transformation.transform({ decode: ({ base64 }) => base64, encode: (base64) => ({ base64 }) })
      ),
    toCodecArbitrary: () => Schema.link<Uint8Array>()(Schema.Uint8Array, Transformation.passthrough())
  }
)

/**
 * Where a statement in an answer comes from. `start` and `end` are offsets into the text part, in UTF-16 code units
 * as the provider counts them; `raw` is the provider's own object, returned unchanged in the next turn.
 *
 * @since 0.1.0
 * @category models
 */
export interface Citation extends Schema.Schema.Type<typeof citationSchema> {}

const citationSchema = Schema.Struct({
  url: Schema.optional(Schema.String),
  title: Schema.optional(Schema.String),
  citedText: Schema.optional(Schema.String),
  documentIndex: Schema.optional(Schema.Int),
  start: Schema.optional(Schema.Int),
  end: Schema.optional(Schema.Int),
  raw: OptionalJson
})

/**
 * The schema of `Citation`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Citation: Schema.Codec<Citation> = citationSchema

const providerOptionsSchema = Schema.Record(Schema.String, Schema.Record(Schema.String, Json))

/**
 * The schema of `ProviderOptions`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProviderOptions: Schema.Codec<ProviderOptions> = providerOptionsSchema

/**
 * Settings that only one provider or protocol knows, keyed by its id; merged into the wire object as they are.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderOptions extends Schema.Schema.Type<typeof providerOptionsSchema> {}

/**
 * Marks the end of a prompt prefix that the provider should keep in its cache.
 * `ttl` is how long: `5m` (the default of every provider that has a choice) or `1h`.
 *
 * @since 0.1.0
 * @category models
 */
export interface CacheControl extends Schema.Schema.Type<typeof cacheControlSchema> {}

const cacheControlSchema = Schema.Struct({
  ttl: Schema.optional(Schema.Literals(["5m", "1h"]))
})

/**
 * The schema of `CacheControl`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CacheControl: Schema.Codec<CacheControl> = cacheControlSchema

const promptFields = {
  cacheControl: Schema.optional(CacheControl),
  providerOptions: Schema.optional(ProviderOptions)
}

/**
 * Text, in a prompt or in an answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextPart extends Schema.Schema.Type<typeof textPartSchema> {}

const textPartSchema = Schema.Struct({
  type: Schema.Literal("text"),
  text: Schema.String,
  citations: Schema.optional(Schema.Array(Citation)),
  ...promptFields
})

/**
 * The schema of `TextPart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TextPart: Schema.Codec<TextPart> = textPartSchema

/**
 * Where the bytes of an image, a recording or a document are: a URL, a `data:` URI, the bytes themselves,
 * a file that the provider already holds, or (documents only) plain text. In JSON, bytes are `{ "base64": "..." }`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MediaData: Schema.Codec<MediaData> = Schema.Union([
  Schema.String,
  Bytes,
  Schema.Struct({ fileId: Schema.String }),
  Schema.Struct({ text: Schema.String })
])

/**
 * @since 0.1.0
 * @category models
 */
export type MediaData = string | Uint8Array | { readonly fileId: string } | { readonly text: string }

const mediaFields = {
  data: MediaData,
  /** IANA media type, such as `image/png`; required when `data` is bytes. */
  mediaType: Schema.optional(Schema.String),
  ...promptFields
}

/**
 * An image. `detail` is how closely the model looks at it, where the provider has the choice.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImagePart extends Schema.Schema.Type<typeof imagePartSchema> {}

const imagePartSchema = Schema.Struct({
  type: Schema.Literal("image"),
  ...mediaFields,
  detail: Schema.optional(Schema.String)
})

/**
 * The schema of `ImagePart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImagePart: Schema.Codec<ImagePart> = imagePartSchema

/**
 * A recording. In answers, `transcript` is what is said in it and `id` names it in later turns.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudioPart extends Schema.Schema.Type<typeof audioPartSchema> {}

const audioPartSchema = Schema.Struct({
  type: Schema.Literal("audio"),
  ...mediaFields,
  id: Schema.optional(Schema.String),
  transcript: Schema.optional(Schema.String)
})

/**
 * The schema of `AudioPart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AudioPart: Schema.Codec<AudioPart> = audioPartSchema

/**
 * A document (PDF, text, ...) or another file (video) that the model reads.
 * `citations` asks for citations into it, where the provider has them.
 *
 * @since 0.1.0
 * @category models
 */
export interface FilePart extends Schema.Schema.Type<typeof filePartSchema> {}

const filePartSchema = Schema.Struct({
  type: Schema.Literal("file"),
  ...mediaFields,
  fileName: Schema.optional(Schema.String),
  title: Schema.optional(Schema.String),
  context: Schema.optional(Schema.String),
  citations: Schema.optional(Schema.Boolean)
})

/**
 * The schema of `FilePart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FilePart: Schema.Codec<FilePart> = filePartSchema

/**
 * What the model thought before it answered. `signature` and `encrypted` prove or hide the thought: they and `text`
 * go back byte-identical in the next turn. `raw` is the provider's own object where these fields cannot rebuild it.
 * `protocol` is the id of the protocol whose servers made the proof: no other can read it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReasoningPart extends Schema.Schema.Type<typeof reasoningPartSchema> {}

const reasoningPartSchema = Schema.Struct({
  type: Schema.Literal("reasoning"),
  text: Schema.String,
  id: Schema.optional(Schema.String),
  signature: Schema.optional(Schema.String),
  encrypted: Schema.optional(Schema.String),
  protocol: Schema.optional(Schema.String),
  raw: OptionalJson,
  providerOptions: Schema.optional(ProviderOptions)
})

/**
 * The schema of `ReasoningPart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReasoningPart: Schema.Codec<ReasoningPart> = reasoningPartSchema

/**
 * A call that the model asks for. `input` is the parsed JSON of the arguments. `rawInput` is the text that the model
 * wrote, present when `JSON.stringify(input)` is not that same text; when the text is not JSON at all, `input` is
 * absent. `providerExecuted` marks calls that the provider answers itself (web search and the like).
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolCallPart extends Schema.Schema.Type<typeof toolCallPartSchema> {}

const toolCallPartSchema = Schema.Struct({
  type: Schema.Literal("tool-call"),
  id: Schema.String,
  name: Schema.String,
  input: OptionalJson,
  rawInput: Schema.optional(Schema.String),
  providerExecuted: Schema.optional(Schema.Boolean),
  ...promptFields
})

/**
 * The schema of `ToolCallPart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ToolCallPart: Schema.Codec<ToolCallPart> = toolCallPartSchema

/**
 * The answer to the tool call with the same `id`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolResultPart extends Schema.Schema.Type<typeof toolResultPartSchema> {}

const toolResultPartSchema = Schema.Struct({
  type: Schema.Literal("tool-result"),
  id: Schema.String,
  name: Schema.optional(Schema.String),
  output: Schema.Union([Schema.String, Schema.Array(Schema.Union([TextPart, ImagePart, FilePart]))]),
  isError: Schema.optional(Schema.Boolean),
  ...promptFields
})

/**
 * The schema of `ToolResultPart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ToolResultPart: Schema.Codec<ToolResultPart> = toolResultPartSchema

/**
 * The words with which the model declined to answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusalPart extends Schema.Schema.Type<typeof refusalPartSchema> {}

const refusalPartSchema = Schema.Struct({
  type: Schema.Literal("refusal"),
  text: Schema.String,
  /** Whether the provider says this of the refusal; the model did not, so it does not go back as its words. */
  isExplanation: Schema.optional(Schema.Boolean)
})

/**
 * The schema of `RefusalPart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RefusalPart: Schema.Codec<RefusalPart> = refusalPartSchema

/**
 * A part that only one protocol knows (the result of a tool that the provider ran, and the like), kept as it came
 * and returned unchanged in the next turn to the same protocol; other protocols leave it out.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderPart extends Schema.Schema.Type<typeof providerPartSchema> {}

const providerPartSchema = Schema.Struct({
  type: Schema.Literal("provider"),
  protocol: Schema.String,
  value: Json
})

/**
 * The schema of `ProviderPart`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProviderPart: Schema.Codec<ProviderPart> = providerPartSchema

/**
 * Every kind of content.
 *
 * @since 0.1.0
 * @category models
 */
export type ContentPart =
  | TextPart
  | ImagePart
  | AudioPart
  | FilePart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | RefusalPart
  | ProviderPart
