import * as Result from "effect/Result"
import { formatDecimal } from "effect-llm/catalog/Money"
import * as Cost from "effect-llm/catalog/Cost"
import { InvalidRequestError } from "effect-llm/domain/CallErrors"
import type { ChatEvent, ChatEventOf } from "effect-llm/domain/ChatEvent"
import { formatFlag, formatReason } from "effect-llm/domain/Cost"
import type { Frame } from "effect-llm/domain/Frame"
import type { Json } from "effect-llm/domain/Json"
import * as Nearest from "effect-llm/domain/Nearest"
import * as Model from "effect-llm/policies/Model"
import type { StreamEncoder } from "effect-llm/protocols/ChatProtocol"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import type { ChatServer } from "../ChatRoute.ts"
import { neutral } from "./Neutral.ts"

/** What a request may say, for the hint at a field that it may not. */
const fields = [
  "model",
  "messages",
  "temperature",
  "max_tokens",
  "max_completion_tokens",
  "top_p",
  "stop",
  "reasoning_effort",
  "response_format",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logprobs",
  "top_logprobs",
  "user",
  "metadata",
  "service_tier"
]

/**
 * Chat completions for every provider alike: a field that would reach some providers and not others is refused, and every
 * response has its usage and its cost.
 */
export const neutralChat: ChatServer = {
  id: neutral.protocol,
  framing: "sse",
  decodeRequest: (body, path) =>
    Result.flatMap(OpenAiChat.decodeRequest(body, path), (decoded) => {
      const [unknown] = Object.keys(decoded.request.providerOptions?.[OpenAiChat.id] ?? {})
      if (unknown === undefined) return Result.succeed({ ...decoded, includeUsage: true })
      const [near] = Nearest.find(unknown, fields)
      const hint = near === undefined ? "" : `; did you mean ${near}?`
      return Result.fail(new InvalidRequestError({ at: unknown, detail: `there is no such field${hint}` }))
    }),
  encodeResponse: (response, options) => ({
    ...(OpenAiChat.encodeResponse(response, options) as object),
    provider: response.provider ?? null,
    cost: encodeCost(response)
  }),
  makeEncoder: (options) => {
    const encoder = OpenAiChat.makeEncoder(options)
    return { ...bound(encoder), encode: (event) => withCost(encoder.encode(event), event) }
  }
}

const bound = (encoder: StreamEncoder): Pick<StreamEncoder, "end" | "fail"> => ({
  end: () => encoder.end(),
  fail: (error) => encoder.fail(error)
})

/** The chunk with the usage has the cost too. */
const withCost = (frames: ReadonlyArray<Frame>, event: ChatEvent): ReadonlyArray<Frame> =>
  event.type !== "finish"
    ? frames
    : frames.map((frame) => {
        const chunk = JSON.parse(frame.data) as { readonly usage?: Json }
        return chunk.usage ? { ...frame, data: JSON.stringify({ ...chunk, cost: encodeCost(event) }) } : frame
      })

/** What a call cost with all its attempts; `null`, with the reason, where that is not known. */
const encodeCost = ({ attempts = [], cost }: Pick<ChatEventOf<"finish">, "attempts" | "cost">): Json => {
  const costs = Model.costs({ attempts, cost })
  if (costs.length === 0) return { usd: null, reason: "costs are not computed" }
  const unpriced = costs.find(({ _tag }) => _tag === "Unpriced")
  if (unpriced?._tag === "Unpriced") return { usd: null, reason: formatReason(unpriced.reason) }
  const flags = costs.flatMap((cost) => (cost._tag === "Priced" ? cost.flags : []))
  return {
    usd: Number(formatDecimal(Cost.sum(costs).total)),
    ...(flags.length > 0 && { notes: [...new Set(flags.map(formatFlag))] })
  }
}
