import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { tagOf } from "../../domain/ProviderError.ts"
import { other } from "./Conventions.ts"

/** The error type of a call that its caller gave up. */
export const interrupted = "interrupted"

/** The error type of an exit; a defect has none that is known to be one of a few. */
export const errorTypeOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return tagOf(error.value)
  return Cause.hasInterruptsOnly(exit.cause) ? interrupted : other
}

/** An error that repeats nothing of what the provider or a policy said, which may quote the request. */
const withoutDetail = (error: unknown): Error => {
  const { code, status } = Predicate.isObject(error) ? (error as { code?: unknown; status?: unknown }) : {}
  const shown = new Error([status, code].filter((part) => part !== undefined).join(" "))
  shown.name = tagOf(error)
  return shown
}

/** An exit that repeats no text. */
export const quiet = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit)) return Exit.void
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return Exit.fail(withoutDetail(error.value))
  return Cause.hasInterruptsOnly(exit.cause) ? exit : Exit.die(withoutDetail(Cause.squash(exit.cause)))
}
