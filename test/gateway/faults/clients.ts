/** What a client of each dialect makes of a response: its text, whether it takes it for whole, and its error. */
import { spokenDialects } from "../calls/dialects.ts"

export interface Read {
  readonly text: string
  /** Whether a client takes it for a whole response. */
  readonly isWhole: boolean
  /** What the error says, in the dialect's shape. */
  readonly error: string | undefined
  /** What is no message of the dialect. */
  readonly foreign: ReadonlyArray<string>
}

type Tree = { readonly [key: string]: Tree & string & ReadonlyArray<Tree & string> }

export interface Client {
  readonly path: (model: string, stream: boolean) => string
  readonly body: (model: string, stream: boolean) => { readonly [key: string]: unknown }
  readonly framing: "sse" | "ndjson"
  /** The text of a whole response, or of a message of a stream. */
  readonly textOf: (message: Tree) => string | undefined
  readonly isEnd: (message: Tree) => boolean
  /** What an error says: of a body, or of a message of a stream. */
  readonly errorOf: (message: Tree) => unknown
}

const messageIn = ({ error }: Tree): unknown => (typeof error?.message === "string" ? error.message : undefined)

/** OpenAI's clients show whatever a vendor says. */
const openAiMessage = (body: Tree): unknown =>
  messageIn(body) ?? [body.error, body.message, body.detail].find((said) => typeof said === "string")

const chat: Omit<Client, "path" | "body"> = {
  framing: "sse",
  textOf: ({ choices }) => choices?.map(({ delta, message }) => (message ?? delta)?.content ?? "").join(""),
  isEnd: ({ choices }) => choices?.some(({ finish_reason, message }) => message && finish_reason) === true,
  errorOf: openAiMessage
}

const spoken = (name: string) => {
  const { body, path } = spokenDialects[name] ?? { body: () => ({}), path: () => "" }
  return { body, path }
}

export const clients: { readonly [name: string]: Client } = {
  "OpenAI's chat": { ...spoken("OpenAI's chat"), ...chat },
  neutral: { ...spoken("OpenAI's chat"), path: () => "/llm/generate", ...chat },
  "OpenAI's responses": {
    ...spoken("OpenAI's responses"),
    framing: "sse",
    textOf: ({ delta, output, type }) =>
      type === "response.output_text.delta"
        ? delta
        : output?.flatMap(({ content }) => content?.map(({ text }) => text) ?? []).join(""),
    isEnd: ({ status, type }) => type === "response.completed" || (status as unknown) === "completed",
    errorOf: (message) =>
      message.type === "response.failed"
        ? message.response?.error?.message
        : message.type === "error"
          ? (message.message ?? message.error?.message)
          : openAiMessage(message)
  },
  "Anthropic's messages": {
    ...spoken("Anthropic's messages"),
    framing: "sse",
    textOf: ({ content, delta }) => delta?.text ?? content?.map(({ text }) => text).join(""),
    isEnd: ({ stop_reason, type }) => (type as unknown) === "message_stop" || stop_reason !== undefined,
    errorOf: messageIn
  },
  "Google's generateContent": {
    ...spoken("Google's generateContent"),
    framing: "sse",
    textOf: ({ candidates }) => candidates?.[0]?.content?.parts?.map(({ text }) => text ?? "").join(""),
    isEnd: ({ candidates }) => candidates?.[0]?.finishReason !== undefined,
    errorOf: messageIn
  },
  "Ollama's chat": {
    ...spoken("Ollama's chat"),
    framing: "ndjson",
    textOf: ({ message }) => message?.content,
    isEnd: ({ done }) => (done as unknown) === true,
    errorOf: ({ error }) => error
  }
}

const parse = (text: string): Tree | undefined => {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === "object" && value !== null ? (value as Tree) : undefined
  } catch {
    return undefined
  }
}

const messagesOf = ({ framing }: Client, text: string): ReadonlyArray<string> =>
  framing === "ndjson"
    ? text.split("\n").filter((line) => line !== "")
    : text.split("\n\n").flatMap((event) => /^data: ?(.*)$/m.exec(event)?.[1] ?? [])

/** Reads a response as its client does. */
export const read = (client: Client, status: number, text: string, stream: boolean): Read => {
  if (status !== 200) {
    const body = parse(text)
    const error = body && client.errorOf(body)
    return {
      text: "",
      isWhole: false,
      error: typeof error === "string" ? error : undefined,
      foreign: body ? [] : [text]
    }
  }
  const messages = stream ? messagesOf(client, text) : [text]
  let all = ""
  let isWhole = false
  let error: string | undefined
  const foreign: Array<string> = []
  for (const message of messages) {
    if (message === "[DONE]") {
      isWhole = true
      continue
    }
    const tree = parse(message)
    if (tree === undefined) {
      foreign.push(message)
      continue
    }
    const said = client.errorOf(tree)
    if (typeof said === "string") error = said
    else {
      all += client.textOf(tree) ?? ""
      isWhole ||= client.isEnd(tree)
    }
  }
  return { text: all, isWhole, error, foreign }
}
