/**
 * The parts that messages and responses consist of: text, media, reasoning, tool calls and their results.
 *
 * ```ts
 * const image: ImagePart = { type: "image", data: "https://example.com/cat.png" }
 * ```
 *
 * Base64 goes in a `data:` URL or in as bytes; a bare string is a URL.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"
import { Json, OptionalJson } from "./Json.ts"

/**
 * Bytes; in JSON `{ "base64": "..." }`, so that they cannot be confused with URLs and texts in the same
 * place.
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
 * The source of a statement. `start` and `end` are offsets into the text part, in UTF-16 code units as the provider
 * counts them; `raw` is the provider's own object, sent back unchanged in the next turn.
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
 * Settings of one provider or protocol, by its id; merged into the wire object as they are.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderOptions extends Schema.Schema.Type<typeof providerOptionsSchema> {}

/**
 * Marks the end of a prompt prefix to cache. `ttl` is how long: `5m` (the default of every provider with a choice) or
 * `1h`.
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
 * Text, in a prompt or a response.
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
 * The content of an image, audio or a document: a URL, a `data:` URL, bytes, a file that the provider stores, or
 * (documents only) plain text. In JSON, bytes are `{ "base64": "..." }`.
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

/**
 * Whether the content itself is here. Links and stored files expire.
 *
 * @since 0.1.0
 * @category guards
 */
export const isInline = (data: MediaData): boolean =>
  typeof data === "string" ? data.startsWith("data:") : data instanceof Uint8Array || "text" in data

const mediaFields = {
  data: MediaData,
  /** IANA media type, such as `image/png`; required when `data` is bytes. */
  mediaType: Schema.optional(Schema.String),
  ...promptFields
}

/**
 * An image. `detail` is the resolution at which the model sees it, where the provider offers several.
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
 * Audio. In responses, `transcript` is its text, and `id` refers to it in later turns.
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
 * A document (PDF, text, ...) or another file (video) for the model to read. `citations` requests citations of it,
 * where the provider has them.
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
 * Reasoning of the model. `signature` and `encrypted` prove or hide it: they and `text` go back byte for byte in the
 * next turn. `raw` is the provider's own object, where these fields cannot restore it. `protocol` is the id of the
 * protocol whose servers signed it: no other can read it.
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
 * A tool call of the model. `input` is the parsed JSON of the arguments; `rawInput` is the text that the model wrote,
 * where `JSON.stringify(input)` differs from it. Where the text is not JSON at all, `input` is absent.
 * `providerExecuted` marks calls that the provider runs itself (web search and the like).
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
 * The result of the tool call with the same `id`.
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
 * The text of a refusal.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusalPart extends Schema.Schema.Type<typeof refusalPartSchema> {}

const refusalPartSchema = Schema.Struct({
  type: Schema.Literal("refusal"),
  text: Schema.String,
  /** Whether the provider wrote it, not the model: then it is not sent back. */
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
 * A part that only one protocol knows (the result of a tool that the provider ran, and the like), kept as it is and
 * sent back unchanged in the next turn to the same protocol; other protocols leave it out.
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
 * Any content part.
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
