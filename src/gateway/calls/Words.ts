import * as Predicate from "effect/Predicate"
import { AllFailedError } from "effect-llm/domain/AllFailedError"
import { UnsupportedParameterError } from "effect-llm/domain/CallErrors"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import { isFromProvider } from "effect-llm/domain/ErrorFields"
import { attemptsOf, withAttempts } from "effect-llm/domain/ProviderError"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import type { Failure } from "./Failure.ts"

/** How a client calls what we call so. */
export type WordOf = (parameter: string) => string

/** As we call it. */
export const ours: WordOf = (parameter) => parameter

/** The words of a protocol, of which those that the body has are nearest. */
export const wordsOf = ({ words }: Pick<ChatProtocol, "words">, body: unknown): WordOf =>
  words === undefined
    ? ours
    : (parameter) => {
        const [name = parameter] = parameter.split(".")
        const paths = Object.hasOwn(words, name) ? words[name as keyof ChatRequest] : undefined
        return paths === undefined ? parameter : nearest(name, paths, body)
      }

/** A text about a parameter, which names it so. */
export const named = (text: string, parameter: string, wordOf: WordOf): string =>
  text.replace(parameter, () => wordOf(parameter))

/** A failure that names parameters as the client has sent them, and not as we call them. */
export const inWords = (failure: Failure, wordOf: WordOf): Failure => {
  const renamed = (error: UnsupportedParameterError): UnsupportedParameterError =>
    error.parameter === undefined || isFromProvider(error)
      ? error
      : new UnsupportedParameterError({ ...error, parameter: wordOf(error.parameter) })
  if (failure instanceof UnsupportedParameterError) return withAttempts(renamed(failure), attemptsOf(failure))
  if (!(failure instanceof AllFailedError)) return failure
  const { attempts, leftOut, models } = failure
  const worded = new AllFailedError({
    models,
    attempts: attempts.map((attempt) =>
      attempt.error instanceof UnsupportedParameterError
        ? Object.assign({}, attempt, { error: renamed(attempt.error) })
        : attempt
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
