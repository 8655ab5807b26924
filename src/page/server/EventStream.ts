/** One event of `text/event-stream`. */
export interface StreamedEvent {
  readonly event: string | undefined
  readonly data: string
}

/** Cuts text into events, however it is split. */
class EventParser {
  #rest = ""
  #event: string | undefined
  #data: Array<string> = []

  /** The events that end in this piece. */
  push(piece: string): ReadonlyArray<StreamedEvent> {
    const events: Array<StreamedEvent> = []
    const text = this.#rest + piece
    let start = 0
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = text.slice(start, text[end - 1] === "\r" ? end - 1 : end)
      start = end + 1
      if (line === "") {
        if (this.#data.length > 0) events.push({ event: this.#event, data: this.#data.join("\n") })
        this.#data = []
        this.#event = undefined
      } else this.#read(line)
    }
    this.#rest = text.slice(start)
    return events
  }

  #read(line: string): void {
    const [, field = "", value = ""] = /^(\w+): ?([^]*)$/.exec(line) ?? []
    if (field === "data") this.#data.push(value)
    else if (field === "event") this.#event = value
  }
}

/** Reads a body as events until it ends, or `each` throws. */
export const readEvents = (body: ReadableStream<Uint8Array>, each: (event: StreamedEvent) => void): Promise<void> => {
  const parser = new EventParser()
  const decoder = new TextDecoder()
  return body.pipeTo(
    new WritableStream({
      write: (bytes) => parser.push(decoder.decode(bytes, { stream: true })).forEach(each)
    })
  )
}
