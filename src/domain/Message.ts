/**
 * Messages of a conversation. Text may stand for a message or for a part of one:
 *
 * ```ts
 * const message = Message.make("Hello") // { role: "user", content: [{ type: "text", text: "Hello" }] }
 * ```
 *
 * Keep the assistant's messages as `response.message` gives them: they hold signatures that some providers require back.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import {
  AudioPart,
  FilePart,
  ImagePart,
  ProviderOptions,
  ProviderPart,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "./ContentPart.ts"

/**
 * Instructions for the model.
 *
 * @since 0.1.0
 * @category models
 */
export interface SystemMessage extends Schema.Schema.Type<typeof systemMessageSchema> {}

const systemMessageSchema = Schema.Struct({
  role: Schema.Literal("system"),
  content: Schema.Array(TextPart),
  name: Schema.optional(Schema.String),
  providerOptions: Schema.optional(ProviderOptions)
})

/**
 * The schema of `SystemMessage`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SystemMessage: Schema.Codec<SystemMessage> = systemMessageSchema

/**
 * A message of the user, or of the application on their behalf.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserMessage extends Schema.Schema.Type<typeof userMessageSchema> {}

const UserPart = Schema.Union([TextPart, ImagePart, AudioPart, FilePart, ProviderPart])

const userMessageSchema = Schema.Struct({
  role: Schema.Literal("user"),
  content: Schema.Array(UserPart),
  name: Schema.optional(Schema.String),
  providerOptions: Schema.optional(ProviderOptions)
})

/**
 * The schema of `UserMessage`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserMessage: Schema.Codec<UserMessage> = userMessageSchema

/**
 * A part of a response.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AssistantPart: Schema.Codec<AssistantPart> = Schema.Union([
  TextPart,
  ReasoningPart,
  ToolCallPart,
  RefusalPart,
  ImagePart,
  AudioPart,
  ProviderPart
])

/**
 * @since 0.1.0
 * @category models
 */
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | RefusalPart | ImagePart | AudioPart | ProviderPart

/**
 * A message of the model from an earlier turn.
 *
 * @since 0.1.0
 * @category models
 */
export interface AssistantMessage extends Schema.Schema.Type<typeof assistantMessageSchema> {}

const assistantMessageSchema = Schema.Struct({
  role: Schema.Literal("assistant"),
  content: Schema.Array(AssistantPart),
  name: Schema.optional(Schema.String),
  providerOptions: Schema.optional(ProviderOptions)
})

/**
 * The schema of `AssistantMessage`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AssistantMessage: Schema.Codec<AssistantMessage> = assistantMessageSchema

/**
 * The results of the tool calls of the assistant message before it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolMessage extends Schema.Schema.Type<typeof toolMessageSchema> {}

const toolMessageSchema = Schema.Struct({
  role: Schema.Literal("tool"),
  content: Schema.Array(ToolResultPart),
  providerOptions: Schema.optional(ProviderOptions)
})

/**
 * The schema of `ToolMessage`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ToolMessage: Schema.Codec<ToolMessage> = toolMessageSchema

/**
 * A message in canonical form.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Message: Schema.Codec<Message> = Schema.Union([SystemMessage, UserMessage, AssistantMessage, ToolMessage])

/**
 * @since 0.1.0
 * @category models
 */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage

type WithText<M> = M extends { readonly role: "tool" }
  ? M
  : M extends { readonly content: ReadonlyArray<infer Part> }
    ? Omit<M, "content"> & { readonly content: string | ReadonlyArray<string | Part> }
    : never

/**
 * A message as people write it: a bare string is a user message, a string may replace a text part, and the role `developer`, a
 * synonym of some providers, is `system`.
 *
 * @since 0.1.0
 * @category models
 */
export type MessageInput =
  | string
  | WithText<Message>
  | (Omit<WithText<SystemMessage>, "role"> & { readonly role: "developer" })

const written = <Part>(part: Schema.Codec<Part>) =>
  Schema.Union([Schema.String, Schema.Array(Schema.Union([Schema.String, part]))])

/**
 * The schema of `MessageInput`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MessageInput: Schema.Codec<MessageInput> = Schema.Union([
  Schema.String,
  Schema.Struct({
    ...systemMessageSchema.fields,
    role: Schema.Literals(["system", "developer"]),
    content: written(TextPart)
  }),
  Schema.Struct({ ...userMessageSchema.fields, content: written(UserPart) }),
  Schema.Struct({ ...assistantMessageSchema.fields, content: written(AssistantPart) }),
  toolMessageSchema
])

const toPart = <Part>(part: string | Part): Part | TextPart =>
  typeof part === "string" ? { type: "text", text: part } : part

/**
 * Brings a message into canonical form.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (input: MessageInput): Message => {
  if (typeof input === "string") return { role: "user", content: [{ type: "text", text: input }] }
  if (input.role === "developer") return make({ ...input, role: "system" })
  if (input.role === "tool") return input
  const { content } = input
  if (typeof content === "string") return { ...input, content: [{ type: "text", text: content }] } as Message
  return content.some((part: unknown) => typeof part === "string")
    ? ({ ...input, content: content.map(toPart) } as Message)
    : (input as Message)
}
