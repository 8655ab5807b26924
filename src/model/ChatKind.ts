import { ArrivedEvents } from "../domain/ArrivedEvents.ts"
import type { Chat, Fold, Kind, Streaming } from "../domain/Capability.ts"
import { isInline } from "../domain/ContentPart.ts"
import { isContent } from "../domain/ChatEvent.ts"
import { ChatFold, toEvents } from "../domain/ChatFold.ts"
import { cachedFields, check, make } from "../domain/ChatRequest.ts"
import type { AssistantPart } from "../domain/Message.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"
import { correct } from "./Correction.ts"

const makeFold = (): Fold<Chat> => {
  const fold = new ChatFold()
  return {
    add: (event) => fold.add(event),
    response: () => (fold.complete ? ChatResponse.of(fold.fields()) : undefined)
  }
}

/** A refusal, a filtered or cut response, and one with nothing in it are made again; links to media expire. */
const isReusable = ({ content, finishReason }: ChatResponse): boolean =>
  (finishReason === "stop" || finishReason === "tool-calls") && content.length > 0 && content.every(isLasting)

const isLasting = (part: AssistantPart): boolean =>
  part.type === "image" || part.type === "audio" ? isInline(part.data) : part.type !== "refusal"

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
  },
  caching: { fields: cachedFields, response: ChatResponse, isReusable }
}
