import * as Predicate from "effect/Predicate"
import { AllFailedError } from "effect-llm/domain/AllFailedError"
import { InvalidRequestError, UnsupportedParameterError } from "effect-llm/domain/CallErrors"
import { isFromProvider } from "effect-llm/domain/ErrorFields"
import { attemptsOf, withAttempts } from "effect-llm/domain/ProviderError"
import type { Failure } from "./Failure.ts"

/** How a client calls what we call so. */
export type WordOf = (parameter: string) => string

/** As we call it. */
export const ours: WordOf = (parameter) => parameter

/** The server half of a protocol, of chats and of everything else. */
interface Worded {
  readonly words?: { readonly [parameter: string]: ReadonlyArray<string> | undefined } | undefined
}

/** The words of a protocol, of which those that the body has are nearest. */
export const wordsOf = ({ words }: Worded, body: unknown): WordOf =>
  words === undefined
    ? ours
    : (parameter) => {
        if (parameter.includes(".") && isIn(body, parameter)) return parameter
        const [name = parameter] = parameter.split(/[.[]/, 1)
        const paths = Object.hasOwn(words, name) ? words[name] : undefined
        return paths === undefined ? parameter : nearest(name, paths, body)
      }

/** A text about a parameter, which names it so. */
export const named = (text: string, parameter: string, wordOf: WordOf): string =>
  text.replace(parameter, () => wordOf(parameter))

/** A failure that names parameters as the client has sent them, and not as we call them. */
export const inWords = (failure: Failure, wordOf: WordOf): Failure => {
  const renamed = (error: Misfit): Misfit => {
    if (isFromProvider(error)) return error
    if (error instanceof InvalidRequestError)
      return error.at === undefined ? error : new InvalidRequestError({ ...error, at: placed(error.at, wordOf) })
    const { detail, parameter } = error
    return parameter === undefined
      ? error
      : new UnsupportedParameterError({
          ...error,
          parameter: wordOf(parameter),
          detail: detail?.startsWith(`${parameter}[`) === true ? placed(detail, wordOf) : detail
        })
  }
  if (isMisfit(failure)) return withAttempts(renamed(failure), attemptsOf(failure))
  if (!(failure instanceof AllFailedError)) return failure
  const { attempts, leftOut, models } = failure
  const worded = new AllFailedError({
    models,
    attempts: attempts.map((attempt) =>
      isMisfit(attempt.error) ? Object.assign({}, attempt, { error: renamed(attempt.error) }) : attempt
    ),
    leftOut: leftOut?.map(({ because, deployment, model, parameter, wait }) => ({
      deployment,
      model,
      wait,
      because: parameter === undefined ? because : named(because, parameter, wordOf),
      parameter: parameter && wordOf(parameter)
    }))
  })
  return withAttempts(worded, attemptsOf(failure))
}

/** What is wrong with a request, by a place or a parameter. */
type Misfit = InvalidRequestError | UnsupportedParameterError

const isMisfit = (error: unknown): error is Misfit =>
  error instanceof UnsupportedParameterError || error instanceof InvalidRequestError

/** A text that begins with a parameter, and what is below it. */
const placed = (text: string, wordOf: WordOf): string => text.replace(/^\w+/, (parameter) => wordOf(parameter))

/** Of the fields that a parameter is written in together with others, the one that is named most like it, and is there. */
const nearest = (parameter: string, paths: ReadonlyArray<string>, body: unknown): string => {
  const stems = parameter === "reasoning" ? ["reason", "think", "effort"] : parameter.split(/(?=[A-Z])/)
  const score = (path: string): number =>
    stems.filter((stem) => path.toLowerCase().includes(stem.toLowerCase())).length + (isIn(body, path) ? 0.5 : 0)
  return paths.reduce((best, path) => (score(path) > score(best) ? path : best), paths[0] ?? parameter)
}

const isIn = (body: unknown, path: string): boolean => {
  let value = body
  for (const step of path.split(".")) {
    if (!Predicate.isObject(value)) return false
    value = (value as { readonly [field: string]: unknown })[step]
  }
  return value !== undefined && value !== null
}
