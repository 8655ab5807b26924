import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import type { Any, ChatModel } from "./make.ts"

/** What tells that a value is a `ChatModel`. */
export const TypeId = "~effect-llm/model/ChatModel"

const Proto = {
  [TypeId]: TypeId,
  pipe(): unknown {
    return pipeArguments(this, arguments)
  }
} satisfies Pick<Any, typeof TypeId> & Pipeable

/**
 * A model that is what another one is, and is asked by the given functions, which take requests as people write them.
 */
export const asked = <E, R>(
  { contextWindow, id, structuredOutput }: Pick<Any, "id" | "contextWindow" | "structuredOutput">,
  ask: Pick<ChatModel<E, R>, "generate" | "stream">
): ChatModel<E, R> => Object.assign(Object.create(Proto), { id, contextWindow, structuredOutput, ...ask })

/** Whether a value is a `ChatModel`. */
export const isChatModel = (u: unknown): u is Any => Predicate.hasProperty(u, TypeId)
