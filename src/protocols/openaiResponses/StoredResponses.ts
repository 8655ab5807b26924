import * as Result from "effect/Result"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { CallProtocol } from "../Protocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { protocolId } from "./Items.ts"
import { decodeResponse } from "./Response.ts"

/** The id of an answer that the server keeps. */
export interface ResponseName extends CallRequest {
  readonly id: string
}

/** The answer, as it is now. */
export interface StoredResponse extends CallResponse {
  readonly value: ChatResponse
}

const make = (method: "GET" | "POST", action: string): CallProtocol<ResponseName, StoredResponse> => ({
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
 * How an answer that the server keeps is asked for, and how one that is still being made is stopped.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/get
 * @see https://platform.openai.com/docs/api-reference/responses/cancel
 */
export const StoredResponses = { get: make("GET", ""), cancel: make("POST", "/cancel") }
