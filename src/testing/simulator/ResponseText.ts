import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"

/** How much of a prompt is repeated, in UTF-16 code units. */
const longest = 120

const textOf = (message: Message | undefined): string =>
  ((message?.content ?? []) as ReadonlyArray<ContentPart>)
    .flatMap((part) => {
      if (part.type === "text") return [part.text]
      if (part.type !== "tool-result") return []
      return typeof part.output === "string"
        ? [part.output]
        : part.output.flatMap((one) => (one.type === "text" ? [one.text] : []))
    })
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .trim()

const excerpt = (text: string): string => {
  if (text.length <= longest) return text
  const cut = text.slice(0, longest)
  const space = cut.lastIndexOf(" ")
  return `${(space > longest / 2 ? cut.slice(0, space) : cut).replace(/\p{Surrogate}$/u, "")} …`
}

/** The text of the last user message, shortened. */
export const promptOf = ({ messages }: ChatRequest): string =>
  excerpt(textOf(messages.findLast(({ role }) => role === "user")))

/** Whether the conversation ends with the results of tools. */
export const endsWithResults = ({ messages }: ChatRequest): boolean => messages.at(-1)?.role === "tool"

/** A few sentences that repeat the prompt, or the tool results. */
export const responseText = (request: ChatRequest): string =>
  endsWithResults(request)
    ? `The tools answered: ${excerpt(textOf(request.messages.at(-1)))}. ` +
      "A real model would now work this into its reply; I am the simulator, so I only repeat it."
    : `You asked: "${promptOf(request)}" ` +
      "I am a simulator and do not know, but my answer arrives as that of a real model does: piece by piece, and with its usage at the end."

/** The reasoning before a reply. */
export const reasoningText = (request: ChatRequest): string =>
  `The user asks: "${promptOf(request)}" I am a simulator, so any plain answer will do. I will repeat the question.`
