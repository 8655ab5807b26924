import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { isRetryable, tagOf } from "effect-llm/domain/ProviderError"
import * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"
import * as Retry from "effect-llm/policies/Retry"
import type { RetriedErrors, Retry as RetrySettings } from "../schema/Policies.ts"

/** The classes of errors that settings name. */
const classes: { readonly [K in keyof RetriedErrors]-?: ReadonlyArray<string> } = {
  rateLimit: ["RateLimitError"],
  timeout: ["TimeoutError"],
  overloaded: ["OverloadedError"],
  serverError: ["ServerError"],
  network: ["NetworkError", "StreamInterruptedError"],
  invalidResponse: ["ResponseParseError"],
  authentication: ["AuthenticationError", "PermissionDeniedError"],
  invalidRequest: ["InvalidRequestError", "UnsupportedParameterError"],
  contentPolicy: ["ContentPolicyError"]
}

const names = Object.keys(classes) as ReadonlyArray<keyof RetriedErrors>

/** As many as retries have by default. */
const usualTimes = 3

/** Retries as settings say: so many in all, or so many for each class of errors. */
export const retrying = ({ byError, times = usualTimes, ...options }: RetrySettings): Policy => {
  if (byError === undefined) {
    const schedule = Retry.make({ times, ...options })
    return (model) => Model.retry(model, schedule)
  }
  const classOf = (error: unknown) =>
    names.find((name) => byError[name] !== undefined && classes[name].includes(tagOf(error)))
  const timesOf = (error: unknown): number => {
    const name = classOf(error)
    return (name === undefined ? undefined : byError[name]) ?? (isRetryable(error) ? times : 0)
  }
  const isRetried = (error: unknown): boolean => timesOf(error) > 0
  const all = Retry.make({ ...options, times: Math.max(times, ...Object.values(byError)), while: isRetried })
  const schedule = Schedule.fromStep(
    Effect.map(Schedule.toStep(all), (step) => {
      const counts = new Map<string | undefined, number>()
      return (now: number, error: unknown) => {
        const name = classOf(error)
        const count = (counts.get(name) ?? 0) + 1
        counts.set(name, count)
        return count > timesOf(error) ? Cause.done(undefined) : step(now, error)
      }
    })
  )
  return (model) => Model.retry(model, schedule, { while: isRetried })
}
