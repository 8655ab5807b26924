import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type {
  AudioPart,
  FilePart,
  ImagePart,
  ProviderPart,
  TextPart,
  ToolResultPart
} from "../../../domain/ContentPart.ts"
import { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message } from "../../../domain/Message.ts"
import { checked } from "../../wire/Issues.ts"
import { array, compact, isObject, object, text, unknownFields, type WireObject } from "../../wire/WireObject.ts"
import { decodeAnnotation, decodeItem, messageOptions, protocolId, providerPart, toOptions } from "../Items.ts"

type Decoded<A> = Result.Result<A, InvalidRequestError>

type InputPart = TextPart | ImagePart | AudioPart | FilePart | ProviderPart

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const content = Schema.Union([Schema.String, Schema.Array(Schema.Struct({ type: Schema.String }))])

/** The items that the domain has a form for. */
const itemBodies = {
  message: Schema.Struct({ role: Schema.Literals(["system", "developer", "user", "assistant"]), content }),
  function_call: Schema.Struct({ call_id: Schema.String, name: Schema.String, arguments: Schema.String }),
  custom_tool_call: Schema.Struct({ call_id: Schema.String, name: Schema.String, input: Schema.String }),
  function_call_output: Schema.Struct({ call_id: Schema.String, output: content }),
  custom_tool_call_output: Schema.Struct({ call_id: Schema.String, output: content }),
  reasoning: Schema.Struct({ encrypted_content: nullable(Schema.String) })
}

const Text = Schema.Struct({ text: Schema.String })
const Refusal = Schema.Struct({ refusal: Schema.String })
const Image = Schema.Struct({
  image_url: nullable(Schema.String),
  file_id: nullable(Schema.String),
  detail: nullable(Schema.String)
})
const File = Schema.Struct({
  file_id: nullable(Schema.String),
  file_url: nullable(Schema.String),
  file_data: nullable(Schema.String),
  filename: nullable(Schema.String)
})
const Audio = Schema.Struct({ input_audio: Schema.Struct({ data: Schema.String, format: Schema.String }) })

const keysOf = (body: { readonly fields: object }, ...more: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(["type", ...Object.keys(body.fields), ...more])

const textKeys = keysOf(Text, "annotations", "logprobs")
const imageKeys = keysOf(Image)
const fileKeys = keysOf(File)
const audioKeys = keysOf(Audio)

/**
 * Reads a conversation. Consecutive items of an answer are one message, except that the second of two messages without an
 * id begins another; consecutive results are one message too. Unknown items stay as they are, as parts of the answer.
 * Reasoning without `encrypted_content` keeps its whole item where the server stores nothing (`isStateless`).
 */
export const decodeInput = (input: unknown, isStateless = false): Decoded<ReadonlyArray<Message>> => {
  if (typeof input === "string") return Result.succeed([{ role: "user", content: [{ type: "text", text: input }] }])
  const messages: Array<Message> = []
  const servedIds = new Set<unknown>()
  let wasBare = false
  return Result.gen(function* () {
    for (const [index, received] of array(input).filter(isObject).entries()) {
      const at = `input[${index}]`
      const type = text(received.type) ?? (received.role === undefined ? "item_reference" : "message")
      const item = type === "item_reference" ? { ...received, type } : received
      if (Object.hasOwn(itemBodies, type)) yield* checked(itemBodies[type as keyof typeof itemBodies], item, at)
      const isResult = type.endsWith("_output") && !servedIds.has(item.call_id)
      const result = isResult ? yield* decodeResult(item, at) : undefined
      if (result !== undefined) addResult(messages, result)
      else if (type === "mcp_approval_response") messages.push({ role: "user", content: [providerPart(item)] })
      else if (type === "message" && item.role !== "assistant") messages.push(yield* decodeMessage(item, at))
      else {
        yield* checkAnswer(item, at)
        const parts = type === "message" ? decodeAnswer(item) : decodeItem(item).map(withRaw(item, isStateless))
        const [call] = parts
        if (call?.type === "tool-call" && call.providerExecuted === true) servedIds.add(call.id)
        const isBare = type === "message" && item.id === undefined
        addParts(messages, parts, isBare && wasBare)
        wasBare = isBare
      }
    }
    return messages
  })
}

const addParts = (messages: Array<Message>, parts: ReadonlyArray<AssistantPart>, isNew: boolean): void => {
  const last = messages.at(-1)
  if (last?.role === "assistant" && !isNew) {
    messages[messages.length - 1] = { ...last, content: [...last.content, ...parts] }
  } else messages.push({ role: "assistant", content: parts })
}

const addResult = (messages: Array<Message>, result: ToolResultPart): void => {
  const last = messages.at(-1)
  if (last?.role === "tool") messages[messages.length - 1] = { ...last, content: [...last.content, result] }
  else messages.push({ role: "tool", content: [result] })
}

/** Instructions that hold more than text are a user's message with the role among its options. */
const decodeMessage = (item: WireObject, at: string): Decoded<Message> =>
  Result.map(decodeContent(item.content, `${at}.content`), (content) => {
    const { role, ...rest } = item
    const options = messageOptions(rest)
    if (role === "user") return { role, content, ...(options && { providerOptions: options }) }
    const own = options?.[protocolId]
    const texts = content.filter((part) => part.type === "text")
    if (texts.length < content.length) {
      return { role: "user", content, providerOptions: { [protocolId]: { ...own, role: String(role) } } }
    }
    const providerOptions = role === "developer" ? toOptions({ ...own, role }) : options
    return { role: "system", content: texts, ...(providerOptions && { providerOptions }) }
  })

const checkAnswer = (item: WireObject, at: string): Decoded<void> =>
  Result.gen(function* () {
    for (const [index, part] of array(item.content).entries()) {
      const type = isObject(part) ? part.type : undefined
      const partAt = `${at}.content[${index}]`
      if (type === "refusal") yield* checked(Refusal, part, partAt)
      else if (type === "output_text" || type === "input_text") yield* checked(Text, part, partAt)
    }
  })

/** The parts of an assistant's message. */
const decodeAnswer = (item: WireObject): ReadonlyArray<AssistantPart> => {
  const providerOptions = messageOptions(item)
  const options = providerOptions === undefined ? {} : { providerOptions }
  if (typeof item.content === "string") return [{ type: "text", text: item.content, ...options }]
  return array(item.content)
    .filter(isObject)
    .flatMap((part): ReadonlyArray<AssistantPart> => {
      if (part.type === "refusal") return [{ type: "refusal", text: text(part.refusal) ?? "" }]
      if (typeof part.text !== "string") return []
      const citations = array(part.annotations).filter(isObject).map(decodeAnnotation)
      if (part.text === "" && citations.length === 0 && providerOptions === undefined) return []
      return [{ type: "text", text: part.text, ...(citations.length === 0 ? {} : { citations }), ...options }]
    })
}

/** Reasoning is more than its text where it is not encrypted or has content, even if that is empty. */
const withRaw =
  (item: WireObject, isStateless: boolean) =>
  (part: AssistantPart): AssistantPart => {
    const isPlain = !Array.isArray(item.content) && (!isStateless || text(item.encrypted_content) !== undefined)
    if (part.type !== "reasoning" || isPlain) return part
    const { status: _, ...raw } = item
    return { raw: raw as Json, ...part }
  }

/** Parts of unknown types stay as they are if they are named like input. */
const decodeContent = (content: unknown, at: string): Decoded<ReadonlyArray<InputPart>> =>
  Result.gen(function* () {
    if (typeof content === "string") return [{ type: "text", text: content }]
    const parts: Array<InputPart> = []
    for (const [index, part] of array(content).entries()) {
      if (isObject(part)) parts.push(yield* decodePart(part, `${at}[${index}]`))
    }
    return parts
  })

const decodePart = (part: WireObject, at: string): Decoded<InputPart> =>
  Result.gen(function* () {
    switch (part.type) {
      case "input_text":
      case "output_text":
      case "text": {
        const { text } = yield* checked(Text, part, at)
        return { type: "text", text, ...promptFields(part, textKeys) }
      }
      case "input_image": {
        const { detail, file_id, image_url } = yield* checked(Image, part, at)
        const data = image_url ?? (typeof file_id === "string" ? { fileId: file_id } : undefined)
        if (data === undefined) return yield* invalid(at, "an image has an image_url or a file_id")
        return { type: "image", data, ...compact({ detail: detail ?? undefined }), ...promptFields(part, imageKeys) }
      }
      case "input_file": {
        const { file_data, file_id, file_url, filename } = yield* checked(File, part, at)
        const data = file_data ?? file_url ?? (typeof file_id === "string" ? { fileId: file_id } : undefined)
        if (data === undefined) return yield* invalid(at, "a file has a file_data, a file_url or a file_id")
        return { type: "file", data, ...compact({ fileName: filename ?? undefined }), ...promptFields(part, fileKeys) }
      }
      case "input_audio": {
        const { data, format } = (yield* checked(Audio, part, at)).input_audio
        const mediaType = `audio/${format === "mp3" ? "mpeg" : format}`
        const uri = `data:${mediaType};base64,${data}`
        return { type: "audio", data: uri, mediaType, ...promptFields(part, audioKeys) }
      }
      default:
        return String(part.type).startsWith("input_")
          ? providerPart(part)
          : yield* invalid(`${at}.type`, "must be input_text, input_image, input_file or input_audio")
    }
  })

const invalid = (at: string, detail: string) => Result.fail(new InvalidRequestError({ at, detail }))

/** The cache mark and the unknown fields of a part. */
const promptFields = (
  part: WireObject,
  known: ReadonlySet<string>
): Pick<TextPart, "cacheControl" | "providerOptions"> => {
  const mark = part.prompt_cache_breakpoint
  const isPlain = isObject(mark) && Object.keys(mark).every((key) => key === "mode")
  const rest = unknownFields(part, isPlain ? new Set([...known, "prompt_cache_breakpoint"]) : known)
  return compact({ cacheControl: isObject(mark) ? {} : undefined, providerOptions: toOptions(rest) })
}

interface ResultForm {
  readonly output: ToolResultPart["output"]
  readonly isError?: true
  /** Fields that the output does not show, and that go back as they came. */
  readonly raw?: { readonly [key: string]: Json }
}

const resultKeys = new Set(["type", "call_id", "output"])
const completedKeys = new Set([...resultKeys, "status", "tools"])

/** The result of a call that the caller ran, or undefined for one that the server ran. Lists become JSON text. */
const decodeResult = (item: WireObject, at: string): Decoded<ToolResultPart | undefined> =>
  Result.map(decodeResultForm(item, at), (form) => {
    const { status, type } = item
    const id = text(item.call_id) ?? (type === "local_shell_call_output" ? text(item.id) : undefined)
    if (form === undefined || id === undefined) return undefined
    const { isError, output, raw } = form
    const providerOptions = toOptions({
      ...unknownFields(item, status === "completed" || isError === true ? completedKeys : resultKeys),
      ...raw,
      ...(type === "function_call_output" ? {} : { type: String(type) })
    })
    return compact({ type: "tool-result" as const, id, output, isError, providerOptions })
  })

const decodeResultForm = (item: WireObject, at: string): Decoded<ResultForm | undefined> =>
  Result.gen(function* () {
    const { output } = item
    switch (item.type) {
      case "function_call_output":
      case "custom_tool_call_output": {
        if (typeof output === "string") return { output }
        const parts = yield* decodeContent(output, `${at}.output`)
        const readable = parts.filter((part) => part.type === "text" || part.type === "image" || part.type === "file")
        return readable.length === parts.length
          ? { output: readable }
          : { output: readable, raw: { output: output as Json } }
      }
      case "computer_call_output": {
        const { file_id, image_url } = object(output) ?? {}
        const fileId = text(file_id)
        const data = text(image_url) ?? (fileId === undefined ? undefined : { fileId })
        return data === undefined ? undefined : { output: [{ type: "image", data }] }
      }
      case "local_shell_call_output":
        return { output: text(output) ?? "" }
      case "apply_patch_call_output":
        return { output: text(output) ?? "", ...(item.status === "failed" ? { isError: true as const } : {}) }
      case "shell_call_output":
        return { output: JSON.stringify(array(output)) }
      case "tool_search_output":
        return item.execution === "client" ? { output: JSON.stringify(array(item.tools).filter(isObject)) } : undefined
      default:
        return undefined
    }
  })
