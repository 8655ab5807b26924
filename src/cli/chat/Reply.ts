import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import { ChatFold } from "effect-llm/domain/ChatFold"
import { ChatResponse } from "effect-llm/domain/ChatResponse"
import type { PlatformError } from "effect/PlatformError"
import { plain } from "../terminal/Plain.ts"

const textOf = (event: ChatEvent): string =>
  event.type === "text-delta" || event.type === "refusal-delta" ? event.delta : ""

/** Writes a response to stdout as it arrives, unless `silent`, and gives the whole of it. */
export const show = Effect.fnUntraced(function* <E, R>(
  events: Stream.Stream<ChatEvent, E, R>,
  silent: boolean
): Effect.fn.Return<ChatResponse, E | PlatformError, R | Stdio.Stdio> {
  const stdio = yield* Stdio.Stdio
  const clean = (yield* stdio.stdoutIsTerminal) ? plain : (text: string) => text
  const fold = new ChatFold()
  let written = ""
  const texts = events.pipe(
    Stream.map((event) => {
      fold.add(event)
      const text = silent ? "" : clean(textOf(event))
      written = text === "" ? written : text
      return text
    }),
    Stream.filter((text) => text !== "")
  )
  const endLine = Effect.suspend(() => (written === "" || written.endsWith("\n") ? Effect.void : Console.log("")))
  yield* Effect.ensuring(Stream.run(texts, stdio.stdout({ endOnDone: false })), endLine)
  return new ChatResponse(fold.fields())
})
