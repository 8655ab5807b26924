import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"
import type { Warning } from "../../domain/Warning.ts"

/**
 * How many ends of a prefix to cache Claude takes in one request.
 * Source: https://github.com/envoyproxy/ai-gateway/pull/1712 ("A maximum of 4 blocks with cache_control may be provided")
 */
export const claudeMarks = 4

/**
 * The request with as many ends of a prefix to cache as the provider takes. The first to go are the earliest within the
 * conversation, since later ones cover what they did; those of tools and instructions stay as long as they can. A request
 * that needs no change is returned as it is.
 */
export const withinMarks = (request: ChatRequest, most: number): ChatRequest => {
  const { messages, tools = [] } = request
  let [instructions, conversation] = [0, 0]
  for (const { content, role } of messages) {
    if (role === "system") instructions += marksIn(content)
    else conversation += marksIn(content)
  }
  const over = tools.filter(isMarked).length + instructions + conversation - most
  if (over <= 0) return request
  const ofConversation = unmarking(over)
  const ofInstructions = unmarking(over - conversation)
  const ofTools = unmarking(over - conversation - instructions)
  return {
    ...request,
    tools: request.tools?.map(ofTools),
    messages: messages.map((message) => unmarked(message, message.role === "system" ? ofInstructions : ofConversation))
  }
}

type Unmark = ReturnType<typeof unmarking>

const unmarked = (message: Message, unmark: Unmark): Message => {
  const content = (message.content as ReadonlyArray<ContentPart>).map((part) => unmark(unmarkedOutput(part, unmark)))
  return { ...message, content } as Message
}

const unmarkedOutput = (part: ContentPart, unmark: Unmark): ContentPart =>
  part.type === "tool-result" && typeof part.output !== "string" ? { ...part, output: part.output.map(unmark) } : part

/** Takes the marks of as many as come first. */
const unmarking = (count: number) => {
  let left = count
  return <A extends object>(one: A): A =>
    left > 0 && isMarked(one) && left-- > 0 ? { ...one, cacheControl: undefined } : one
}

const isMarked = (one: object): boolean => "cacheControl" in one && one.cacheControl !== undefined

const marksIn = (content: ReadonlyArray<ContentPart>): number =>
  content.reduce(
    (count, part) =>
      count +
      (isMarked(part) ? 1 : 0) +
      (part.type === "tool-result" && typeof part.output !== "string" ? part.output.filter(isMarked).length : 0),
    0
  )

/** What is told where marks were left out. */
export const marksWarning: Warning = {
  type: "unsupported-content",
  parameter: "cacheControl",
  message: "the provider takes four ends of a prefix to cache; the earliest of the conversation were left out"
}
