import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { encodeMessages } from "../openaiChat/Messages.ts"
import { type OpenAiChatQuirks, withDefaults } from "../openaiChat/Quirks.ts"
import * as OpenAi from "../openaiChat/Request.ts"
import { decodeMessages } from "../openaiChat/server/Messages.ts"
import { effortOf } from "../wire/request/ReasoningEffort.ts"
import * as RequestCodec from "../wire/request/RequestCodec.ts"
import {
  finite,
  group,
  int,
  seed,
  labels,
  oneOrMoreStrings,
  type RequestContext,
  required,
  string,
  unsupported
} from "../wire/request/RequestCodec.ts"
import { decodeContent, decodeDocument, protocolId, encodeCallId, inOrder, withChunks } from "./Messages.ts"

type Group = RequestCodec.Group<OpenAiChatQuirks>

const quirks: Partial<OpenAiChatQuirks> = { strictSchemas: false, rawArguments: false, anyMedia: true }

const messages = group({
  fields: { messages: required(Schema.Array(Schema.Unknown)) },
  encode: ({ messages }, context: RequestContext<OpenAiChatQuirks>) => {
    const chunked = messages.map((message, m) => withChunks(message, `messages[${m}]`, context.issues))
    return { messages: inOrder(encodeMessages(chunked, context), context.issues) }
  },
  decode: ({ messages }) =>
    Result.map(
      decodeMessages(messages, {
        protocol: protocolId,
        decodePart: decodeDocument,
        decodeAssistantParts: decodeContent,
        keepsContent: true
      }),
      (messages) => ({ messages })
    )
})

const tools: Group = {
  ...OpenAi.tools,
  encode: (request, context) => {
    const { tool_choice: choice, ...rest } = OpenAi.tools.encode(request, context)
    return { ...rest, tool_choice: choice === "required" ? "any" : choice }
  }
}

/** Models whose reasoning can be turned on and off know `high` and `none` alone. */
const reasoning: Group = {
  ...OpenAi.reasoning,
  encode: (request, context) => {
    const effort = effortOf(request.reasoning ?? {}, context.issues)
    if (effort === undefined) return {}
    const known = effort === "none" || effort === "minimal" ? "none" : "high"
    if (known !== effort) context.issues.warn("other", "reasoning", `the effort ${effort} was sent as ${known}`)
    return OpenAi.reasoning.encode({ ...request, reasoning: { effort: known } }, context)
  }
}

export const request = RequestCodec.make<OpenAiChatQuirks>({
  ...OpenAi.definition,
  protocol: protocolId,
  server: "Mistral",
  withDefaults: (given) => withDefaults({ ...quirks, ...given }),
  parameters: {
    messages,
    maxOutputTokens: int("max_tokens"),
    temperature: finite("temperature"),
    topP: finite("top_p"),
    topK: unsupported,
    stop: oneOrMoreStrings("stop"),
    seed: seed("random_seed"),
    frequencyPenalty: finite("frequency_penalty"),
    presencePenalty: finite("presence_penalty"),
    logprobs: unsupported,
    tools,
    toolChoice: tools,
    parallelToolCalls: tools,
    responseFormat: OpenAi.format,
    reasoning,
    user: unsupported,
    metadata: labels("metadata"),
    serviceTier: string("service_tier")
  },
  extra: [],
  history: { callId: () => encodeCallId }
})
