import * as Predicate from "effect/Predicate"
import { AllFailedError } from "effect-llm/domain/AllFailedError"
import { UnsupportedParameterError } from "effect-llm/domain/CallErrors"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import { isFromProvider } from "effect-llm/domain/ErrorFields"
import { attemptsOf, withAttempts } from "effect-llm/domain/ProviderError"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import type { Failure } from "./Failure.ts"

/** How the router says that a deployment is left out for a parameter. */
const unaccepted = /^it does not accept ([a-zA-Z]+)(?:\.[a-zA-Z]+)*(?=$|:)/

/** A failure that names parameters as the client has sent them, and not as we call them. */
export const inWords = (failure: Failure, { words }: Pick<ChatProtocol, "words">, body: unknown): Failure => {
  if (words === undefined) return failure
  const wordOf = (parameter: string): string => {
    const [name = parameter] = parameter.split(".")
    const paths = Object.hasOwn(words, name) ? words[name as keyof ChatRequest] : undefined
    return paths === undefined ? parameter : nearest(name, paths, body)
  }
  const renamed = (error: UnsupportedParameterError): UnsupportedParameterError =>
    error.parameter === undefined || isFromProvider(error)
      ? error
      : new UnsupportedParameterError({ ...error, parameter: wordOf(error.parameter) })
  if (failure instanceof UnsupportedParameterError) return withAttempts(renamed(failure), attemptsOf(failure))
  if (!(failure instanceof AllFailedError)) return failure
  const { attempts, leftOut, models } = failure
  const told = new AllFailedError({
    models,
    attempts: attempts.map((attempt) =>
      attempt.error instanceof UnsupportedParameterError
        ? Object.assign({}, attempt, { error: renamed(attempt.error) })
        : attempt
    ),
    leftOut: leftOut?.map(({ deployment, model, wait, ...one }) => ({
      deployment,
      model,
      wait,
      because: one.because.replace(unaccepted, (_, parameter: string) => `it does not accept ${wordOf(parameter)}`)
    }))
  })
  return withAttempts(told, attemptsOf(failure))
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
