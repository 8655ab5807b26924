/**
 * The errors that policies add to a model. Those that may hold a part of a response (`BudgetExceededError`,
 * `ValidationError`, `GuardrailError`) are in `ChatResponse`.
 *
 * ```ts
 * model.generate("Hello").pipe(Effect.catchTag("LocalRateLimitError", ({ retryAfter }) => Effect.sleep(retryAfter)))
 * ```
 *
 * `effect-llm` exports them all.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { clip, ErrorFields, type Explanation } from "./ErrorFields.ts"

/**
 * The circuit of this model is open: it failed too often, and is not called until it may have recovered. `retryAfter` is the
 * time until the next call is let through, where it is known; while a probe runs it is not.
 *
 * @since 0.1.0
 * @category errors
 */
export class CircuitOpenError extends Schema.TaggedError<CircuitOpenError>()("CircuitOpenError", {
  circuit: Schema.String,
  retryAfter: Schema.optional(Schema.Duration)
}) {
  get explanation(): Explanation {
    return {
      happened: `the circuit "${this.circuit}" is open: the model failed too often and was not called`,
      advice: `${this.retryAfter === undefined ? "Wait until a probe has succeeded" : `Wait ${Duration.format(this.retryAfter)}`}, or fall back to another model.`
    }
  }

  override get message(): string {
    return toMessage(this.explanation)
  }
}

/**
 * A limit of ours was reached, so nothing was sent. `limit` says which, `allowed` how many the limit permits and
 * `requested` how many this call needs. `retryAfter` is how long to wait; it is absent where waiting does not help, because
 * the call needs more than the limit permits.
 *
 * @since 0.1.0
 * @category errors
 */
export class LocalRateLimitError extends Schema.TaggedError<LocalRateLimitError>()("LocalRateLimitError", {
  key: Schema.String,
  limit: Schema.Literals(["requests", "tokens", "concurrency"]),
  allowed: Schema.Finite,
  requested: Schema.Finite,
  retryAfter: Schema.optional(Schema.Duration)
}) {
  get explanation(): Explanation {
    const limit = `the limit of ${this.allowed} ${this.limit === "concurrency" ? "concurrent calls" : this.limit} for "${this.key}"`
    return this.retryAfter === undefined
      ? {
          happened: `the call needs ${this.requested}, more than ${limit} ever permits`,
          advice: "Shorten the request, or raise the limit."
        }
      : {
          happened: `${limit} was reached; nothing was sent`,
          advice: `Wait ${Duration.format(this.retryAfter)}, or raise the limit.`
        }
  }

  override get message(): string {
    return toMessage(this.explanation)
  }
}

/**
 * The store that a policy shares with other processes did not respond (in time), and the policy is set to refuse calls then.
 * `policy` says which.
 *
 * @since 0.1.0
 * @category errors
 */
export class PolicyStoreError extends Schema.TaggedError<PolicyStoreError>()("PolicyStoreError", {
  policy: Schema.String,
  cause: ErrorFields.cause
}) {
  get explanation(): Explanation {
    return {
      happened: `the store of ${this.policy} did not respond, so the call was refused`,
      advice: 'Check the store, or let calls pass while it is down (whenStoreFails: "allow").'
    }
  }

  override get message(): string {
    return toMessage(this.explanation)
  }
}

/**
 * The error of an attempt, in `attempts`, that was stopped because another call for the same response was faster (`Hedge`,
 * `Race`). `winner` is the model that was; absent where the caller left before any. No call fails with it.
 *
 * @since 0.1.0
 * @category errors
 */
export class LostRaceError extends Schema.TaggedError<LostRaceError>()("LostRaceError", {
  winner: Schema.optional(Schema.String)
}) {
  get explanation(): Explanation {
    const because = this.winner === undefined ? "the caller left" : `${this.winner} was faster`
    return { happened: `${because}, so this call was stopped`, advice: "" }
  }

  override get message(): string {
    return toMessage(this.explanation)
  }
}

const budgetSchema = Schema.Struct({
  budget: Schema.String,
  unit: Schema.Literals(["usd", "tokens"]),
  limit: Schema.BigDecimal,
  spent: Schema.BigDecimal,
  reserved: Schema.BigDecimal,
  requested: Schema.optional(Schema.BigDecimal),
  resetsAt: Schema.optional(Schema.DateTimeUtc),
  unpriced: Schema.optional(Schema.String)
})

/** The fields of a `BudgetExceededError` about the budget. */
export const budgetFields = budgetSchema.fields

/** The explanation of a `BudgetExceededError`. */
export const explainBudget = (error: typeof budgetSchema.Type): Explanation => {
  if (error.unpriced !== undefined) {
    return {
      happened: `the budget "${error.budget}" permits no calls of unknown cost: ${error.unpriced}`,
      advice: 'Give the model a price (Pricing.layerWith), or allow such calls (unpriced: "allow").'
    }
  }
  const amount = (value: BigDecimal.BigDecimal) =>
    `${BigDecimal.format(value)} ${error.unit === "usd" ? "USD" : "tokens"}`
  const { limit, requested, reserved, resetsAt, spent } = error
  const budget = `the budget "${error.budget}" of ${amount(limit)}`
  if (requested !== undefined && BigDecimal.isGreaterThan(requested, limit)) {
    return {
      happened: `the call needs ${amount(requested)}, more than ${budget} ever permits`,
      advice: "Lower its maxOutputTokens, shorten the request, or raise the limit."
    }
  }
  const left = BigDecimal.max(none, BigDecimal.subtract(limit, BigDecimal.sum(spent, reserved)))
  const needs =
    requested === undefined ? "is used up" : `has ${amount(left)} left, and the call needs ${amount(requested)}`
  return {
    happened: `${budget} ${needs}: ${amount(spent)} spent, ${amount(reserved)} reserved by calls in progress`,
    advice: resetsAt === undefined ? "Raise its limit." : `It resets at ${DateTime.formatIso(resetsAt)}.`
  }
}

const none = BigDecimal.make(0n, 0)

/** The explanation of a `ValidationError`. */
export const explainValidation = (reasons: ReadonlyArray<string>): Explanation => ({
  happened: `${reasons.length === 1 ? "the response" : `all ${reasons.length} responses`} failed validation: ${reasons.map((reason) => clip(reason, 500)).join("; ")}`,
  advice: "Change the prompt or the check, or use a stronger model."
})

/** The message of an explanation. */
export const toMessage = ({ advice, happened }: Explanation): string =>
  `${happened}.${advice === "" ? "" : ` ${advice}`}`
