import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { type ChatRequestInput, make as makeRequest } from "../../domain/ChatRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import { ToolInputError } from "../../domain/errors/ToolInputError.ts"
import * as Tool from "../../domain/Tool.ts"
import { type ChatModel, isChatModel } from "./make.ts"

/**
 * An answer, and the calls that it makes, decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolCalls<Tools extends Tool.Any> {
  readonly response: ChatResponse
  readonly calls: ReadonlyArray<Tool.Call<Tools>>
}

/**
 * Asks a model that may call the given tools, which stand in for `tools` of the request, and decodes its calls. Fails
 * with `ToolInputError`, which holds the answer, when a call cannot be decoded. The tools are not run.
 *
 * @since 0.1.0
 * @category asking
 */
export const generateToolCalls: {
  <const Tools extends ReadonlyArray<Tool.Any>>(
    tools: Tools,
    request: ChatRequestInput
  ): <E, R>(self: ChatModel<E, R>) => Effect.Effect<ToolCalls<Tools[number]>, E | ToolInputError, R>
  <E, R, const Tools extends ReadonlyArray<Tool.Any>>(
    self: ChatModel<E, R>,
    tools: Tools,
    request: ChatRequestInput
  ): Effect.Effect<ToolCalls<Tools[number]>, E | ToolInputError, R>
} = dual(
  (args) => isChatModel(args[0]),
  Effect.fnUntraced(function* <E, R, const Tools extends ReadonlyArray<Tool.Any>>(
    self: ChatModel<E, R>,
    tools: Tools,
    request: ChatRequestInput
  ): Effect.fn.Return<ToolCalls<Tools[number]>, E | ToolInputError, R> {
    const response = yield* self.generate({ ...makeRequest(request), tools })
    const calls = yield* Effect.mapError(
      Tool.decodeCalls(response.toolCalls, tools),
      (error) =>
        new ToolInputError({
          ...error,
          issue: isCut(error, response) ? "it was cut off at the token limit; raise maxOutputTokens" : error.issue,
          provider: response.provider,
          model: response.model,
          response
        })
    )
    return { response, calls }
  })
)

/** The last call of a response that reached its limit may be half a call. */
const isCut = ({ callId }: ToolInputError, { finishReason, toolCalls }: ChatResponse): boolean => {
  const last = toolCalls.at(-1)
  return finishReason === "length" && last?.id === callId && last.input === undefined
}
