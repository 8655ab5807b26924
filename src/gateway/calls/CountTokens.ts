import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { TokenCounting } from "effect-llm/domain/Capability"
import { PermissionDeniedError } from "effect-llm/domain/CallErrors"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { GuardrailError } from "effect-llm/domain/ChatResponse"
import * as ModelId from "effect-llm/domain/ModelId"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { TokenCountResponse } from "effect-llm/domain/TokenCountResponse"
import * as Usage from "effect-llm/domain/Usage"
import { rememberRequest } from "effect-llm/domain/Wire"
import { asWritten } from "effect-llm/domain/WrittenNumbers"
import { kind } from "effect-llm/model/TokenCounter"
import type { CallServer } from "effect-llm/protocols/Protocol"
import * as OwnKeys from "../access/OwnKeys.ts"
import { type Answer, json } from "../http/Answer.ts"
import * as Body from "../http/Body.ts"
import type { Exchange } from "../http/Routes.ts"
import * as FileUse from "../objects/FileUse.ts"
import * as ObjectNames from "../objects/ObjectNames.ts"
import { type Failure, Refused } from "./Failure.ts"
import * as FreeCall from "./FreeCall.ts"
import { passedOf } from "./KindCall.ts"
import { Models } from "./Models.ts"
import * as PassedHeaders from "./PassedHeaders.ts"
import { inWords, wordsOf } from "./Words.ts"

/**
 * Counts the tokens of a chat request: the provider does that would be called first, where it counts them, and our tokenizer
 * where it does not or cannot now. A header says who did.
 */
export const answer = Effect.fnUntraced(function* (
  exchange: Exchange,
  server: CallServer<ChatRequest, TokenCountResponse>,
  pathModel?: string | undefined
): Effect.fn.Return<Answer, Failure, Models> {
  const { caller, received } = exchange
  const body = yield* Body.json(received)
  const decoded = server.decodeRequest(body, pathModel)
  const call = yield* Effect.mapError(Effect.fromResult(decoded), (error) => new Refused({ error }))
  const { model: name } = call
  const remembered = { protocol: server.id, written: Predicate.isObject(body) ? asWritten(body) : {}, isEncoded: true }
  const request = Predicate.isObject(body)
    ? rememberRequest(call.request, {
        ...remembered,
        body,
        headers: PassedHeaders.forProvider(received, exchange.dialect)
      })
    : call.request
  if (!caller.permits(name))
    return yield* new Refused({ error: new PermissionDeniedError({ detail: `this key may not call ${name}` }) })
  const refused = Predicate.isObject(body) ? ObjectNames.refused(body, caller) : undefined
  if (refused !== undefined) return yield* refused
  yield* FileUse.known(caller, FileUse.filesIn(request))
  const { content, explain, state } = yield* Models
  const { deployments, leftOut } = yield* explain(name, "")
  const called = [...deployments, ...leftOut][0]?.model ?? name
  const id = ModelId.parse(called)
  const { accounts, accountOf } = yield* state
  const own = yield* OwnKeys.accountsOf(exchange)
  const ownAccount = id && own?.accounts.get(id.provider)
  const account =
    ownAccount ??
    (id && (accounts.get(id.provider) ?? (yield* Effect.orElseSucceed(accountOf(id.provider), () => undefined))))
  const counter = id && account?.tokenCounter(id.model)
  const screened = counter && (yield* content(name))(counter)
  let by: Counter = { [counterHeader]: "provider" }
  const byTokenizer = Effect.map(tokenizerCount(request, called), ({ headers, response }) => {
    by = headers
    return response
  })
  const made = FreeCall.make<TokenCounting, ProviderError | GuardrailError>(exchange, {
    kind,
    id: called,
    isOwn: ownAccount !== undefined,
    request,
    run:
      screened === undefined
        ? byTokenizer
        : Effect.catch(screened.generate(request), (error) =>
            // What is wrong with a request is the caller's to mend.
            error._tag === "InvalidRequestError" || error._tag === "GuardrailError" ? Effect.fail(error) : byTokenizer
          )
  })
  const { headers, response } = yield* Effect.mapError(made, (failure) => inWords(failure, wordsOf(server, body)))
  const passed = by[counterHeader] === "provider" ? passedOf(server, undefined, response) : undefined
  if (passed !== undefined)
    return {
      status: passed.status,
      headers: { ...headers, ...by, "content-type": "application/json" },
      body: passed.text
    }
  const options = { ...call, created: Math.floor(received.startedAtMillis / 1000), id: received.id }
  return json(server.encodeResponse(response, options), { headers: { ...headers, ...by } })
})

/** Who counted: the provider; our tokenizer, in the model's own vocabulary or as an estimate, with how far it may be off. */
const counterHeader = "x-effect-llm-token-counter"

interface Counter {
  readonly [counterHeader]: "provider" | "tokenizer" | "estimate"
  readonly "x-effect-llm-token-count-error"?: string
}

const tokenizerCount = Effect.fnUntraced(function* (
  request: ChatRequest,
  model: string
): Effect.fn.Return<{ readonly response: TokenCountResponse; readonly headers: Counter }> {
  const { Tokenizer } = yield* Effect.promise(() => import("effect-llm/tokens/Tokenizer"))
  const counted = Tokenizer.use((tokenizer) => tokenizer.count(request, { model }))
  const { precision, tokens } = yield* Effect.provide(counted, Tokenizer.layer)
  return {
    response: { inputTokens: tokens, usage: Usage.make({ input: 0, output: 0 }), warnings: [], attempts: [] },
    headers:
      precision._tag === "Exact"
        ? { [counterHeader]: "tokenizer" }
        : { [counterHeader]: "estimate", "x-effect-llm-token-count-error": String(precision.expectedError) }
  }
})
