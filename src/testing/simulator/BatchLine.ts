import * as Result from "effect/Result"
import { ModelNotFoundError } from "../../domain/CallErrors.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { ServerError } from "../../domain/ChatResponse.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { DecodedCall } from "../../protocols/Protocol.ts"
import type { SimulatedRequest } from "../SimulatedRequest.ts"
import type { RespondToLine } from "./Batches.ts"
import { endpoints } from "./Calls.ts"
import { composeResponse } from "./ComposeResponse.ts"
import { dialectAt, dialects } from "./Dialect.ts"
import type { Script } from "./Script.ts"

/** The models and their scripts. */
interface Scripts {
  readonly models: () => ReadonlyArray<string>
  readonly script: (model: string) => Script | undefined
}

/** Responds to a request of a batch as to any other, without faults and delays of the connection. */
export const respondToLine =
  (seen: SimulatedRequest, state: Scripts, created: number): RespondToLine =>
  (url, body) => {
    const dialect = dialectAt(url)?.dialect
    const endpoint = Object.hasOwn(endpoints, url) ? endpoints[url] : undefined
    const decode = dialect?.protocol.decodeRequest ?? endpoint?.decode
    const protocol = (dialect ?? dialects["openai-chat"]).protocol
    const failed = (error: ProviderError) => protocol.encodeError(error)
    const decoded: Result.Result<DecodedCall<CallRequest>, ProviderError> | undefined = decode?.(body)
    if (decoded === undefined) return undefined
    if (Result.isFailure(decoded)) return failed(decoded.failure)
    const { model, request } = decoded.success
    const script = state.script(model)
    if (script === undefined) return failed(unknownModel(model, state))
    const asChat: ChatRequest =
      dialect === undefined
        ? { messages: [{ role: "user", content: [{ type: "text", text: endpoint?.textOf(request) ?? "" }] }] }
        : (request as ChatRequest)
    const step = script.next(asChat, { ...seen, model, request: asChat }, created * 1000)
    if (step.type === "fail") return failed(step.error)
    if (step.type !== "respond") return failed(new ServerError({ detail: "The server had an error." }))
    const number = seen.index + 1
    const id = `${dialect?.responseId ?? "sim-"}${number}`
    if (dialect === undefined) return { status: 200, body: endpoint?.compose?.({ ...decoded.success, created, id }) }
    const reply = composeResponse(step.reply, { model, request: asChat, number, cache: { read: 0, write: 0 } })
    const requestBody = typeof body === "object" && body !== null ? (body as { readonly [key: string]: unknown }) : {}
    return { status: 200, body: dialect.protocol.encodeResponse(reply, { model, created, id, requestBody }) }
  }

export const unknownModel = (model: string, { models }: Pick<Scripts, "models">): ProviderError =>
  new ModelNotFoundError({
    detail: `The model \`${model}\` does not exist. The simulator has: ${models().join(", ")}.`
  })
