import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"

/**
 * Splits a text into pieces about as long as a model's tokens: a word, or twelve characters of a longer one, with the
 * blanks before it. Joined they are the text again.
 */
export const split = (text: string): ReadonlyArray<string> => text.match(/\s*\S{1,12}|\s+$/gu) ?? []

const count = (text: string): number => split(text).length

/** A part that is not text counts as a small image. */
const media = 85

/** The tokens that a chat template adds to a message. */
const frame = 4

/** A rough count of the tokens of a request: its messages and its tools. */
export const ofRequest = ({ messages, tools = [] }: ChatRequest): number =>
  sum(messages.map(ofMessage)) +
  sum(
    tools.map(({ description = "", inputSchema, name }) =>
      count(`${name} ${description} ${JSON.stringify(inputSchema)}`)
    )
  )

/** A rough count of the tokens of a message. */
const ofMessage = (message: Message): number => frame + sum((message.content as ReadonlyArray<ContentPart>).map(ofPart))

const ofPart = (part: ContentPart): number => {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return count(part.text)
    case "tool-call":
      return count(`${part.name} ${part.rawInput ?? JSON.stringify(part.input) ?? ""}`)
    case "tool-result":
      return typeof part.output === "string" ? count(part.output) : sum(part.output.map(ofPart))
    default:
      return media
  }
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)
