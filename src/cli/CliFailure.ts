import * as Data from "effect/Data"
import * as Predicate from "effect/Predicate"

/**
 * Why a command ended: a sentence for the person who ran it, and the exit code (2: it was used wrongly; 1: it could not be
 * done).
 */
export class CliFailure extends Data.TaggedError("CliFailure")<{
  readonly message: string
  readonly exitCode: 1 | 2
}> {}

/** The command was used wrongly. */
export const usage = (message: string): CliFailure => new CliFailure({ message, exitCode: 2 })

/** The command was understood and could not be done. */
export const failed = (message: string): CliFailure => new CliFailure({ message, exitCode: 1 })

/** The message of an error, for a person. */
export const wordsOf = (error: unknown): string =>
  (Predicate.hasProperty(error, "message") ? String(error.message) : String(error)).replace(/^SourceError: /, "")

/** A failure with the message of an error. */
export const of = (error: unknown): CliFailure => failed(wordsOf(error))
