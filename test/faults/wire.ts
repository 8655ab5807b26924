/** What a provider sends that is well, in pieces, so that a fault can be put between them. */
export interface Wire {
  readonly bodyType: string
  readonly streamType: string
  /** A whole response. */
  readonly body: string
  /** The messages of a stream: up to the first content, the contents after it, and its end. */
  readonly opening: string
  readonly rest: string
  readonly end: string
  /** An error as a body, and as a message of a stream. */
  readonly errorBody: string
  readonly errorMessage: string
}

export const sickText = "The whole answer of the sick provider."

export const streamOf = ({ end, opening, rest }: Wire): string => opening + rest + end

/** Reads the pieces off what a provider sent. */
export const wireOf = (sent: {
  readonly body: string
  readonly stream: string
  readonly streamType: string
  readonly bodyType: string
  readonly errorBody: string
  readonly brokenStream: string
}): Wire => {
  const messagesOf = (stream: string) =>
    stream.split(sent.streamType.includes("event-stream") ? /(?<=\n\n)/ : /(?<=\n)/)
  const messages = messagesOf(sent.stream)
  const words = sickText.split(" ")
  // The first word opens the response; some protocols repeat all of it at the end.
  const first = messages.findIndex((message) => message.includes(`"${words[0]} `) || message.includes(`"${words[0]}"`))
  const last = messages.findIndex((message) => message.includes(words.at(-1) ?? ""))
  return {
    bodyType: sent.bodyType,
    streamType: sent.streamType,
    body: sent.body,
    opening: messages.slice(0, first + 1).join(""),
    rest: messages.slice(first + 1, last + 1).join(""),
    end: messages.slice(last + 1).join(""),
    errorBody: sent.errorBody,
    errorMessage: messagesOf(sent.brokenStream).at(-1) ?? ""
  }
}
