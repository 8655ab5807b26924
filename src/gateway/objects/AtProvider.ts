import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import { ResponseParseError } from "effect-llm/domain/ChatResponse"
import * as Usage from "effect-llm/domain/Usage"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import type { CallProtocol, ExchangeOf } from "effect-llm/protocols/Protocol"
import * as OwnKeys from "../access/OwnKeys.ts"
import { type Failure, invalid } from "../calls/Failure.ts"
import type { Models } from "../calls/Models.ts"
import type { Answer } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import * as FileAccounts from "./FileAccounts.ts"
import type { ProviderObject } from "./ProviderObjects.ts"

/** What is asked about an object, below the address of its account. */
interface Request extends CallRequest {
  readonly method: "GET" | "POST" | "DELETE"
  readonly path: string
}

interface Response extends CallResponse {
  readonly bytes: Uint8Array
}

/** Passes a request on, and the response as it is. */
const protocol: CallProtocol<Request, Response> = {
  id: OpenAiResponses.id,
  reads: "bytes",
  encodeRequest: ({ method, path }) => Result.succeed({ method, path, accept: "application/json", warnings: [] }),
  decodeResponse: (body, { model, provider }) =>
    body instanceof Uint8Array
      ? Result.succeed({ bytes: body, usage: Usage.unknown, warnings: [], attempts: [] })
      : Result.fail(new ResponseParseError({ provider, model, detail: "the response has no body" })),
  decodeError: OpenAiResponses.decodeError
}

/** Sends a request about an object to the account that has it, with the caller's own key if it was created with that. */
export const passed = Effect.fnUntraced(function* (
  exchange: Exchange,
  { account: name }: Pick<ProviderObject, "account">,
  method: Request["method"],
  path: string
): Effect.fn.Return<Answer, Failure, Models> {
  const own = (yield* OwnKeys.accountsOf(exchange))?.accounts.get(name)
  const account = own ?? (yield* FileAccounts.accountOf(name)).account
  const { using } = account.provider
  if (using === undefined) return yield* invalid(`${name} keeps no responses`)
  const query = exchange.received.query.toString()
  const { bytes } = yield* using<ExchangeOf<Request, Response>>(protocol).generate(OpenAiResponses.id, {
    method,
    path: query === "" ? path : `${path}?${query}`
  })
  return { status: 200, headers: { "content-type": "application/json" }, body: bytes }
})
