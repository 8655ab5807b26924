import { ArrivedEvents } from "../domain/ArrivedEvents.ts"
import type { Chat, Fold, Kind, Streaming } from "../domain/Capability.ts"
import { isContent } from "../domain/ChatEvent.ts"
import { ChatFold, toEvents } from "../domain/ChatFold.ts"
import { check, make } from "../domain/ChatRequest.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"
import { correct } from "./Correction.ts"

const makeFold = (): Fold<Chat> => {
  const fold = new ChatFold()
  return {
    add: (event) => fold.add(event),
    response: () => (fold.complete ? ChatResponse.of(fold.fields()) : undefined)
  }
}

/** Chat, with what checks its requests and reads its streams. */
export const kind: Kind<Chat> & { readonly streaming: Streaming<Chat> } = {
  id: "chat",
  empty: { messages: [] },
  make,
  check,
  correct,
  streaming: {
    isContent,
    makeFold,
    isObservable: true,
    makePartial: (mostBytes) => new ArrivedEvents(mostBytes),
    mayBeEmpty: (finish) => finish.type === "finish" && finish.rawFinishReason !== undefined,
    unfold: toEvents
  }
}
