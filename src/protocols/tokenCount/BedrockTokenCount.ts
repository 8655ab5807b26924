import { BedrockConverse } from "../BedrockConverse.ts"
import { object } from "../wire/WireObject.ts"
import { make, only } from "./ChatTokenCount.ts"

const fields = new Set(["messages", "system", "toolConfig", "additionalModelRequestFields"])

/** Tokens are counted by the model itself, not by an inference profile, which has the place before its name. */
const modelOf = (model: string): string => model.replace(/^(?:us|us-gov|eu|apac|jp|au|ca|sa|global)\./, "")

/**
 * Bedrock's count of the tokens of a Converse request, free of charge.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
 */
export const BedrockTokenCount = make({
  id: "bedrock-count-tokens",
  chat: BedrockConverse,
  path: (model) => `/model/${encodeURIComponent(modelOf(model))}/count-tokens`,
  body: (chat) => ({ input: { converse: only(chat, fields) } }),
  chatBody: (body, model) => ({ modelId: model, ...object(object(body.input)?.converse) }),
  counts: (answer) => ({ input: answer.inputTokens })
})
