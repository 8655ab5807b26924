import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { CallProtocol } from "../Protocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import type { ValueResponse } from "../wire/ValueCall.ts"
import { protocolId } from "./Items.ts"
import { decodeResponse } from "./Response.ts"

/** The id of a response that the server stores. */
export interface ResponseName extends CallRequest {
  readonly id: string
}

const make = (method: "GET" | "POST", action: string): CallProtocol<ResponseName, ValueResponse<ChatResponse>> => ({
  id: protocolId,
  encodeRequest: ({ id }) =>
    Result.succeed({ method, path: `/responses/${encodeURIComponent(id)}${action}`, warnings: [] }),
  decodeResponse: (body, options) =>
    Result.map(decodeResponse(body, options), (value) => {
      const { id, model, usage } = value
      return { id, model, usage, value, warnings: [], attempts: [] }
    }),
  decodeError
})

/**
 * Gets a response that the server stores, as it is now, or cancels one that is in progress.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/get
 * @see https://platform.openai.com/docs/api-reference/responses/cancel
 */
export const StoredResponses = { get: make("GET", ""), cancel: make("POST", "/cancel") }
