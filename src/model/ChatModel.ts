import type { Chat } from "../domain/Capability.ts"
import { kind } from "./ChatKind.ts"
import * as Model from "./Model.ts"
import { type ChatCalls, type StructuredOutput, structured } from "./StructuredOutput.ts"

export { kind }
export { generateObject, type ObjectRequest, type ObjectResponse, type Repair } from "./TypedOutput.ts"
export { generateToolCalls, type ToolCallOptions, type ToolCalls } from "./TypedOutput.ts"

/**
 * A model that chats. `E` is every way a call can fail, `R` every provider it needs.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatModel<E = never, R = never> = Model.Model<Chat, E, R>

/**
 * What makes a chat model; the functions take requests in canonical form. With `structuredOutput` set to `json` or `tool`,
 * a request for a JSON Schema reaches them already rewritten to that (see `StructuredOutput`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition<E, R> extends ChatCalls<E, R> {
  readonly id: string
  readonly contextWindow?: number | undefined
  readonly structuredOutput?: StructuredOutput | undefined
}

/**
 * Makes a chat model out of what calls a provider.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(definition: Definition<E, R>): ChatModel<E, R> =>
  Model.make<Chat, E, R>({
    id: definition.id,
    kind,
    contextWindow: definition.contextWindow,
    ...structured(definition.structuredOutput, definition)
  })
