import * as Result from "effect/Result"
import { InvalidRequestError, UnsupportedParameterError } from "../../domain/CallErrors.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { decodeError } from "./response/ErrorBody.ts"

const detail = "this provider does not support chat"

/**
 * In place of a protocol, for providers that have other capabilities only: every chat is refused before anything is sent.
 */
export const NoChat: ChatProtocol = {
  id: "no-chat",
  framing: "sse",
  path: () => "",
  unsupported: [],
  encodeRequest: (_, { model, provider }) =>
    Result.fail(new UnsupportedParameterError({ provider, model, parameter: "chat", detail })),
  decodeResponse: (body) => Result.fail(decodeError(body)),
  makeDecoder: () => ({ decode: () => undefined, done: false, end: () => false }),
  decodeError,
  decodeRequest: () => Result.fail(new InvalidRequestError({ detail })),
  encodeResponse: () => null,
  makeEncoder: () => ({ encode: () => [], end: () => [], fail: () => [] }),
  encodeError: () => ({ status: 404, body: { error: { message: detail } } })
}
