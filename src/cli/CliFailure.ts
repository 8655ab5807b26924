import * as Data from "effect/Data"
import * as Predicate from "effect/Predicate"

/** Why a command failed, in a sentence for the user, and its exit code: 2 for incorrect usage, 1 for anything else. */
export class CliFailure extends Data.TaggedError("CliFailure")<{
  readonly message: string
  readonly exitCode: 1 | 2
}> {}

/** Incorrect usage. */
export const usage = (message: string): CliFailure => new CliFailure({ message, exitCode: 2 })

/** Correct usage that failed. */
export const failed = (message: string): CliFailure => new CliFailure({ message, exitCode: 1 })

/** The message of an error, for the user. */
export const messageOf = (error: unknown): string =>
  (Predicate.hasProperty(error, "message") ? String(error.message) : String(error)).replace(/^SourceError: /, "")

/** A failure with the message of an error. */
export const fromError = (error: unknown): CliFailure => failed(messageOf(error))
