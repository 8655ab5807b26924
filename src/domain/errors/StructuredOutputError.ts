import * as Schema from "effect/Schema"
import { ChatResponse } from "../ChatResponse.ts"
import { errorClass, sentence } from "./ErrorFields.ts"

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
  override get message(): string {
    return sentence(
      this,
      `the response does not conform to the schema: ${this.issue}`,
      "Try again, name the fields in the prompt, or raise maxOutputTokens if the response was cut by length."
    )
  }
}
