import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { Capability } from "../../domain/Capability.ts"
import type { Cost } from "../../domain/Cost.ts"
import { partialOf } from "../../domain/ProviderError.ts"
import type { RateLimits } from "../../domain/RateLimits.ts"
import type { LocalRateLimitError } from "../../domain/PolicyErrors.ts"
import { isKnown, type Usage } from "../../domain/Usage.ts"
import { withFields } from "../../domain/ResponseFields.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { costOfError, type ReportedModel } from "../../policies/AttemptLog.ts"
import type { Entry } from "../../policies/watch/Entry.ts"
import { type Model, streamOf, wrap } from "../../model/Model.ts"
import { type WatchedCall, watchedCall } from "../../policies/watch/WatchedCall.ts"
import { type Watched, watched } from "../../policies/watch/WatchedStream.ts"
import { CurrentOrigins } from "../Affinity.ts"
import * as Encrypted from "../group/Encrypted.ts"
import type { Outcome, Tracker } from "./Tracker.ts"

/** How the expected tokens and the cost of calls are computed. */
export interface Accounting {
  /** The error of a call that the deployment's limits do not permit. */
  readonly refusal?: ((request: CallRequest, now: number) => LocalRateLimitError | undefined) | undefined
  /** Whether responses carry this cost. */
  readonly isOwnPrice: boolean
  readonly tokens: (request: CallRequest) => number
  readonly cost: (request: CallRequest, usage: Usage, nowMillis: number) => Cost | undefined
}

const outcomeOf = (cause: Cause.Cause<unknown>): Outcome => {
  const error = Cause.findError(cause)
  return Result.isSuccess(error) ? { type: "failed", error: error.success } : { type: "interrupted" }
}

const encryptedOf = (part: CallEvent): ReadonlyArray<string> =>
  "encrypted" in part && typeof part.encrypted === "string" ? [part.encrypted] : []

const encryptedIn = (response: CallResponse): ReadonlyArray<string> => {
  const parts: ReadonlyArray<CallEvent> =
    "content" in response && Array.isArray(response.content) ? response.content : []
  return parts.flatMap((part) => (part.type === "reasoning" ? encryptedOf(part) : []))
}

/** A model whose calls are tracked, and begin only within its limits: those it was chosen by may be used up by now. */
export const tracked = <C extends Capability, E, R>(
  model: Model<C, E, R>,
  tracker: Tracker,
  accounting: Accounting
): Model<C, E | LocalRateLimitError, R> => {
  const stream = streamOf(model)
  const account = Encrypted.accountOf(model.id)
  const refusalOf = ({ context }: Entry, request: CallRequest) =>
    accounting.refusal?.(request, steadyMillis(Context.get(context, Clock.Clock)))
  const begin = ({ context, log, nowMillis }: Entry, request: CallRequest, isStream: boolean) => {
    const clock = Context.get(context, Clock.Clock)
    const now = () => steadyMillis(clock)
    /** With the deployment's own price, as the policies around compute it, or by the catalog. */
    const costOf = (usage: Usage, reported: ReportedModel): Cost | undefined =>
      (accounting.isOwnPrice ? undefined : log?.price(model.id, usage, reported)) ??
      accounting.cost(request, usage, nowMillis)
    const call = tracker.begin(isStream, accounting.tokens(request), now())
    return {
      encrypted: (text: string): void => {
        if (account !== undefined) Encrypted.note(Context.get(context, CurrentOrigins), text, account)
      },
      open: () => tracker.open(call, now()),
      report: (rateLimits: RateLimits | undefined) => tracker.report(rateLimits, now()),
      priced: (usage: Usage | undefined, cost: Cost | undefined) =>
        cost ?? (usage !== undefined && isKnown(usage) ? costOf(usage, {}) : undefined),
      end: (outcome: Outcome, usage: Usage | undefined, cost: Cost | undefined, reported: ReportedModel) => {
        const known = usage !== undefined && isKnown(usage) ? usage : undefined
        tracker.end(call, outcome, known, cost ?? (known && costOf(known, reported)), now())
      }
    }
  }
  return wrap<C, E | LocalRateLimitError, R>(model, {
    generate: (request) =>
      watchedCall((entry): Effect.Effect<WatchedCall<C["Response"], E, R>, LocalRateLimitError> => {
        const refusal = refusalOf(entry, request)
        if (refusal !== undefined) return Effect.fail(refusal)
        const call = begin(entry, request, false)
        return Effect.succeed({
          run: model.generate(request),
          succeeded: accounting.isOwnPrice
            ? (one) => Effect.succeed(withFields(one, { cost: call.priced(one.usage, one.cost) }))
            : undefined,
          end: (exit) => {
            if (Exit.isFailure(exit)) {
              const outcome = outcomeOf(exit.cause)
              const error = outcome.type === "failed" ? outcome.error : undefined
              call.end(outcome, partialOf(error)?.usage, costOfError(error), {})
              return Effect.void
            }
            const { cost, rateLimits, usage } = exit.value
            call.open()
            call.report(rateLimits)
            for (const text of encryptedIn(exit.value)) call.encrypted(text)
            call.end({ type: "succeeded" }, usage, cost, exit.value)
            return Effect.void
          }
        })
      }),
    stream:
      stream &&
      ((request, { isContent }) =>
        watched((entry): Effect.Effect<Watched<C["Event"], E, R>, LocalRateLimitError> => {
          const refusal = refusalOf(entry, request)
          if (refusal !== undefined) return Effect.fail(refusal)
          const call = begin(entry, request, true)
          let isOpen = false
          let failure: Cause.Cause<E> | undefined
          let usage: Usage | undefined
          let reported: ReportedModel = {}
          let finish: C["Event"] | undefined
          const see = (event: C["Event"]): void => {
            if (!isOpen && isContent(event)) {
              isOpen = true
              call.open()
            }
            if (event.usage !== undefined) usage = event.usage
            if (event.type === "finish") finish = event
            else if (event.type === "reasoning-end") for (const text of encryptedOf(event)) call.encrypted(text)
            else if (event.type === "response-start") {
              reported = event
              call.report(event.rateLimits)
            }
          }
          const stamped = (event: C["Event"]): C["Event"] =>
            event.type === "finish" ? (finish = { ...event, cost: call.priced(event.usage, event.cost) }) : event
          return Effect.succeed({
            stream: () => stream(request),
            pass: (events) => {
              for (const event of events) see(event)
              return accounting.isOwnPrice && finish !== undefined
                ? Effect.succeed(Arr.map(events, stamped))
                : undefined
            },
            failed: (cause) => (failure = cause),
            end: () => {
              // An open stream may end with an error of its reader, which is not the call's.
              const outcome = failure === undefined ? ({ type: "interrupted" } as const) : outcomeOf(failure)
              const spent = outcome.type === "failed" ? costOfError(outcome.error) : undefined
              if (finish !== undefined) call.end({ type: "succeeded" }, usage, finish.cost, reported)
              else call.end(outcome, usage, spent, reported)
              return Effect.void
            }
          })
        }))
  })
}
