import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { CallResponse } from "../../domain/CallResponse.ts"
import { type Attempt, type ChatResponse, GuardrailError, ResponseParseError } from "../../domain/ChatResponse.ts"
import { attemptsOf, partialOf } from "../../domain/ProviderError.ts"
import { aside } from "../Attempts.ts"
import { record } from "../Decision.ts"
import { asPartial } from "./HeldStream.ts"

/** A verdict that ends the call with `GuardrailError`. */
export interface Rejection {
  readonly _tag: "Reject"
  readonly reason: string
}

/** A verdict that lets something else pass in its place. */
export interface Rewriting<out A> {
  readonly _tag: "Rewrite"
  readonly value: A
}

/** What a guard says; nothing, where all may pass as it is. */
export type Verdict<A> = undefined | Rejection | Rewriting<A>

/** One side of a guard at work. */
export interface Judging {
  readonly guard: string
  readonly at: "request" | "response"
  readonly timeLimit: Duration.Duration
  /** What of the response had passed. */
  readonly partial?: (() => ChatResponse | undefined) | undefined
}

/** The error of a guard. */
export const rejectionOf = (
  { at, guard, partial }: Judging,
  reason: string,
  undecided?: true
): Effect.Effect<never, GuardrailError> =>
  Effect.andThen(
    record({ type: "guard-rejected", guard, at }),
    Effect.suspend(() => Effect.fail(new GuardrailError({ guard, at, reason, undecided, partial: partial?.() })))
  )

/** The verdict of a guard. One that cannot be had is an error. */
export const decide = <V, R>(
  judging: Judging,
  judge: () => V | Effect.Effect<V, unknown, R>
): Effect.Effect<V, GuardrailError, R> =>
  Effect.suspend((): Effect.Effect<V, unknown, R> => {
    const verdict = judge()
    if (!Effect.isEffect(verdict)) return Effect.succeed(verdict)
    return Effect.timeoutOrElse(aside(verdict), {
      duration: judging.timeLimit,
      orElse: () => Effect.die(new Error(`it did not decide within ${Duration.format(judging.timeLimit)}`))
    })
  }).pipe(
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause as Cause.Cause<never>)
        : rejectionOf(judging, `it could not run: ${messageOf(Cause.squash(cause))}`, true)
    )
  )

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A response that was not shown: only its usage. */
export const notShown = (response: CallResponse): ChatResponse =>
  asPartial(response).with({ content: [], sources: undefined, logprobs: undefined, raw: undefined })

/**
 * Takes from an error, and from those of the attempts before, what of a response it holds but a guard has not let pass: it
 * becomes `shown`, or nothing. Errors are modified, since the attempts of a call hold the same ones.
 */
export const withoutUnseen = <E>(error: E, shown?: ChatResponse): E => {
  const partial = partialOf(error)
  // The frame that could not be read may hold what a guard would have rejected.
  if (error instanceof ResponseParseError) Object.assign(error, { frame: undefined })
  for (const attempt of attemptsOf(error)) if (attempt.error !== error) withoutUnseen(attempt.error)
  if (partial === undefined) return error
  const { cost, usage } = partial
  return Object.assign(error as E & object, { partial: shown?.with({ cost, usage }) ?? notShown(partial) })
}

/** The same for a response, or the end of one. */
export const withoutUnseenAttempts = <A extends { readonly attempts?: ReadonlyArray<Attempt> | undefined }>(
  end: A
): A => {
  for (const { error } of end.attempts ?? []) withoutUnseen(error)
  return end
}
