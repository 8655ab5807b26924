import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type { Chat } from "../domain/Capability.ts"
import { type ChatRequestInput, make as makeRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ToolCallPart } from "../domain/ContentPart.ts"
import { ToolInputError } from "../domain/OutputErrors.ts"
import * as Tool from "../domain/Tool.ts"
import { isModel, type Model } from "./Model.ts"

/**
 * A response, and the tool calls in it, decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolCalls<Tools extends Tool.Any> {
  readonly response: ChatResponse
  readonly calls: ReadonlyArray<Tool.Call<Tools>>
}

/**
 * Generates a response with the given tools, which replace `tools` of the request, and decodes the tool calls in it. Fails
 * with `ToolInputError`, which holds the response, when a call cannot be decoded. The tools are not run.
 *
 * @since 0.1.0
 * @category combinators
 */
export const generateToolCalls: {
  <const Tools extends ReadonlyArray<Tool.Any>>(
    tools: Tools,
    request: ChatRequestInput
  ): <E, R>(self: Model<Chat, E, R>) => Effect.Effect<ToolCalls<Tools[number]>, E | ToolInputError, R>
  <E, R, const Tools extends ReadonlyArray<Tool.Any>>(
    self: Model<Chat, E, R>,
    tools: Tools,
    request: ChatRequestInput
  ): Effect.Effect<ToolCalls<Tools[number]>, E | ToolInputError, R>
} = dual(
  (args) => isModel(args[0]),
  Effect.fnUntraced(function* <E, R, const Tools extends ReadonlyArray<Tool.Any>>(
    self: Model<Chat, E, R>,
    tools: Tools,
    request: ChatRequestInput
  ): Effect.fn.Return<ToolCalls<Tools[number]>, E | ToolInputError, R> {
    const response = yield* self.generate({ ...makeRequest(request), tools })
    const { model, provider } = response
    const cut = cutCall(response)
    const calls = yield* Effect.mapError(Tool.decodeCalls(response.toolCalls, tools), (error) => {
      const issue = error.callId === cut?.id ? cutOff : error.issue
      return new ToolInputError({ ...error, issue, provider, model, response })
    })
    // Some servers say `{}` of a call of which no input has arrived.
    const takesInput = tools.some(
      ({ inputSchema, name }) => name === cut?.name && Object.keys(inputSchema.properties ?? {}).length > 0
    )
    if (cut !== undefined && takesInput && JSON.stringify(cut.input) === "{}") {
      return yield* new ToolInputError({ ...ToolInputError.of(cut, cutOff), provider, model, response })
    }
    return { response, calls }
  })
)

const cutOff = "it was cut off at the token limit; raise maxOutputTokens"

/** The call with which a response reached its limit: it may be half a call. */
const cutCall = ({ content, finishReason }: ChatResponse): ToolCallPart | undefined => {
  const last = content.at(-1)
  return finishReason === "length" && last?.type === "tool-call" ? last : undefined
}
