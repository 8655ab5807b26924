import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Capability, Kind } from "effect-llm/domain/Capability"
import * as Model from "effect-llm/policies/Model"
import { whileUnspent } from "../../settings/policies/CallerBudgets.ts"
import * as OwnKeys from "../access/OwnKeys.ts"
import type { AnswerHeaders } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import * as Call from "./Call.ts"
import { ours } from "./Words.ts"
import { CallNotes } from "./CallNotes.ts"
import type { Failure } from "./Failure.ts"
import { Models } from "./Models.ts"

/** What a call that costs nothing is: what the policies of its caller and the ledger see of it, and how it is made. */
export interface FreeCall<C extends Capability, E> {
  readonly kind: Kind<C>
  /** Who is called: `provider/model`, or `provider/files`. */
  readonly id: string
  readonly request: C["Request"]
  readonly run: Effect.Effect<C["Response"], E>
  /** Whether it is made with a key of the caller's. */
  readonly isOwn?: boolean | undefined
}

/** A response, and the headers that say how it came about. */
export interface FreeAnswer<Response> {
  readonly response: Response
  readonly headers: AnswerHeaders
}

/**
 * Makes a call that no provider charges for, such as a count of tokens, as every other call is made: within the limits of its caller,
 * in the ledger, and not for one whose budget is used up.
 */
export const make = Effect.fnUntraced(function* <C extends Capability, E extends Failure>(
  exchange: Exchange,
  { id, isOwn = false, kind, request, run }: FreeCall<C, E>
): Effect.fn.Return<FreeAnswer<C["Response"]>, Failure, Models> {
  const notes = new CallNotes(exchange, ours)
  const { state } = yield* Models
  const { context, settings } = yield* state
  const model = Model.make<C, E, never>({ id, kind, generate: () => run })
  const limited = exchange.caller.policy(Model.provideContext(whileUnspent(settings.stores?.whenDown)(model), context))
  const response = yield* Model.provideContext(
    limited,
    Call.contextOf(Context.empty(), exchange, notes, {}, isOwn ? OwnKeys.tags : undefined)
  ).generate(request)
  return { response, headers: notes.whole(response, yield* Clock.Clock) }
})
