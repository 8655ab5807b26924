import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type { Answer, AnswerBody } from "../http/Answer.ts"
import { parsedJson } from "../http/ParsedJson.ts"
import type { WireObject } from "./ResponseStore.ts"

/**
 * Hands the response in an answer to `save` before the client receives the end of the answer. `isWanted` is called once there is
 * something to read.
 */
export const recorded = (
  answer: Answer,
  save: (response: WireObject) => Effect.Effect<void>,
  isWanted: () => boolean = () => true
): Effect.Effect<Answer> => {
  const { body } = answer
  if (body === undefined) return Effect.succeed(answer)
  if (typeof body === "string" || body instanceof Uint8Array) {
    if (!isWanted()) return Effect.succeed(answer)
    const response = objectOf(typeof body === "string" ? body : decoder.decode(body))
    return response === undefined ? Effect.succeed(answer) : Effect.as(save(response), answer)
  }
  return Effect.succeed({ ...answer, body: recordedStream(body, save, isWanted) })
}

const decoder = new TextDecoder()

const recordedStream = (
  body: Exclude<AnswerBody, string | Uint8Array>,
  save: (response: WireObject) => Effect.Effect<void>,
  isWanted: () => boolean
): Exclude<AnswerBody, string | Uint8Array> => {
  const events = new Events()
  return Effect.flatMap(body, (pieces): Pull.Pull<ReadonlyArray<string | Uint8Array>> => {
    const response = isWanted() ? events.terminalIn(pieces) : undefined
    return response === undefined ? Effect.succeed(pieces) : Effect.as(save(response), pieces)
  })
}

/** Finds the event with the whole response in the pieces of an event stream. */
class Events {
  readonly #decoder = new TextDecoder()
  /** The beginning of an event that has not arrived completely. */
  #open = ""

  terminalIn(pieces: ReadonlyArray<string | Uint8Array>): WireObject | undefined {
    let found: WireObject | undefined
    for (const piece of pieces) {
      const text = typeof piece === "string" ? piece : this.#decoder.decode(piece, { stream: true })
      const from = Math.max(0, this.#open.length - 3)
      this.#open += text
      endOfEvent.lastIndex = from
      let begin = 0
      for (let end = endOfEvent.exec(this.#open); end !== null; end = endOfEvent.exec(this.#open)) {
        found = responseIn(this.#open.slice(begin, end.index)) ?? found
        begin = endOfEvent.lastIndex
      }
      if (begin > 0) this.#open = this.#open.slice(begin)
    }
    return found
  }
}

const endOfEvent = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g

/** The type comes before anything long. */
const terminal = /"type"\s*:\s*"response\.(?:completed|incomplete|failed)"/

const responseIn = (event: string): WireObject | undefined => {
  if (!terminal.test(event.slice(0, 500))) return undefined
  const data = event
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length))
    .join("\n")
  const response = objectOf(data)?.response
  return isObject(response) ? response : undefined
}

const objectOf = (text: string): WireObject | undefined => {
  const parsed = parsedJson(text)
  return isObject(parsed) ? parsed : undefined
}

const isObject = (u: unknown): u is WireObject => typeof u === "object" && u !== null && !Array.isArray(u)
