/**
 * The errors of responses that arrived whole, but do not conform to a schema of the caller.
 *
 * ```ts
 * ChatModel.generateObject(model, request, City).pipe(Effect.catchTag("StructuredOutputError", ({ rawText }) => Console.log(rawText)))
 * ```
 *
 * Both hold the response, whose tokens are paid for all the same.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ChatResponse } from "./ChatResponse.ts"
import type { ToolCallPart } from "./ContentPart.ts"
import { errorClass, type Explanation } from "./ErrorFields.ts"

/**
 * The response does not conform to the requested schema. `rawText` is what the model wrote; `issue` says what is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class StructuredOutputError extends errorClass<StructuredOutputError>()("StructuredOutputError", {
  rawText: Schema.String,
  issue: Schema.String,
  response: ChatResponse
}) {
  override get explanation(): Explanation {
    return {
      happened: `the response does not conform to the schema: ${this.issue}`,
      advice: "Try again, name the fields in the prompt, or raise maxOutputTokens if the response was cut by length."
    }
  }
}

/**
 * The model called a tool that was not offered, or its input does not conform to the tool's schema. `rawInput` is what
 * the model wrote; `issue` says what is wrong with it. `response` is the response with the call, where it is at hand.
 *
 * @since 0.1.0
 * @category errors
 */
export class ToolInputError extends errorClass<ToolInputError>()("ToolInputError", {
  tool: Schema.String,
  callId: Schema.String,
  rawInput: Schema.String,
  issue: Schema.String,
  response: Schema.optional(ChatResponse)
}) {
  /** The error of one call. */
  static of(call: ToolCallPart, issue: string, cause?: unknown): ToolInputError {
    const rawInput = call.rawInput ?? JSON.stringify(call.input) ?? ""
    return new ToolInputError({ tool: call.name, callId: call.id, rawInput, issue, cause })
  }

  override get explanation(): Explanation {
    return {
      happened: `the call to tool \`${this.tool}\` cannot be decoded: ${this.issue}`,
      advice:
        "Answer the call with a tool result that has isError set and this message, so that the model can correct itself."
    }
  }
}
