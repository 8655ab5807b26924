import * as Context from "effect/Context"
import type { ChatEvent } from "../../domain/ChatEvent.ts"

/**
 * Who wants to see a whole answer come about. While someone does, a model that is asked for one asks for a stream,
 * shows its events as they arrive, and folds them: a unary call cannot tell a slow answer from a silent provider.
 */
export const CurrentWatch: Context.Reference<((event: ChatEvent) => void) | undefined> = Context.Reference<
  ((event: ChatEvent) => void) | undefined
>("effect-llm/model/chat/CurrentWatch", { defaultValue: () => undefined })
