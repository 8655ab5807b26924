/**
 * What a group would do with a request, without calling a deployment: `group.explain(request)`, as data and as text.
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import type * as Group from "effect-llm/router/Group"
 * import * as Plan from "effect-llm/router/Plan"
 *
 * export const print = (group: Group.Any) =>
 *   Effect.flatMap(group.explain("Hello"), (plan) => Console.log(Plan.format(plan)))
 * ```
 *
 * It holds for that moment: statistics, and the random number of a call, may differ the next time.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

const planSchema = Schema.Struct({
  group: Schema.String,
  deployments: Schema.Array(
    Schema.Struct({
      deployment: Schema.String,
      model: Schema.String,
      because: Schema.String,
      costUsd: Schema.optional(Schema.Finite),
      wait: Schema.optional(Schema.Duration)
    })
  ),
  leftOut: Schema.Array(Schema.Struct({ deployment: Schema.String, model: Schema.String, because: Schema.String })),
  inputTokens: Schema.Finite,
  outputTokens: Schema.Finite,
  attempts: Schema.Finite,
  deadline: Schema.optional(Schema.Duration),
  fallbacks: Schema.Struct({
    default: Schema.Array(Schema.String),
    contextWindow: Schema.Array(Schema.String),
    contentPolicy: Schema.Array(Schema.String)
  }),
  errors: Schema.Record(
    Schema.String,
    Schema.Struct({
      retry: Schema.Boolean,
      fallback: Schema.Literals(["always", "once", "never", "larger-window", "content-policy"])
    })
  )
})

/**
 * What a group would do with a request.
 *
 * - `deployments`: in the order in which they would be called, each with the reason for its place, and what the call is expected
 *   to cost there in US dollars.
 * - `leftOut`: those that would not be called, and why.
 * - `inputTokens`, `outputTokens`: what the request is expected to use.
 * - `attempts`, `deadline`: the bounds of the whole call.
 * - `fallbacks`: the models to call after all deployments, after a context overflow, and after a refusal by policy.
 * - `errors`: what follows each error, by its tag: whether a retry policy retries it with the same model, and whether the
 *   group goes on to another (`once`: until a second provider says the same).
 *
 * @since 0.1.0
 * @category models
 */
export interface Plan extends Schema.Schema.Type<typeof planSchema> {}

/**
 * The schema of `Plan`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Plan: Schema.Codec<Plan, unknown> = planSchema

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
}

const dollars = (usd: number | undefined): string =>
  usd === undefined ? "cost not known" : `$${Number(usd.toPrecision(3))}`

const fallbackWords = {
  always: "another model",
  once: "another provider, once",
  never: "fails",
  "larger-window": "a larger window",
  "content-policy": "the fallbacks for it"
} as const

/**
 * The plan as text.
 *
 * @since 0.1.0
 * @category formatting
 */
export const format = (plan: Plan): string => {
  const { attempts, deadline, deployments, errors, fallbacks, group, inputTokens, leftOut, outputTokens } = plan
  const until = deadline === undefined ? "" : ` within ${Duration.format(deadline)}`
  const named = ([name, models]: readonly [string, ReadonlyArray<string>]) =>
    models.length === 0 ? [] : [[name, models.join(", ")]]
  const extra = [
    ["then", fallbacks.default] as const,
    ["after a context overflow", fallbacks.contextWindow] as const,
    ["after a refusal by policy", fallbacks.contentPolicy] as const
  ].flatMap(named)
  return [
    `${group}: about ${inputTokens} tokens in and ${outputTokens} out, at most ${attempts} attempts${until}`,
    deployments.length === 0 ? "No deployment would be called." : "Called, in this order:",
    ...table(
      deployments.map(({ because, costUsd, deployment, model, wait }, index) => [
        `${index + 1}.`,
        deployment,
        deployment === model ? "" : model,
        dollars(costUsd),
        wait === undefined ? because : `${because}, after ${Duration.format(wait)}`
      ])
    ),
    ...(leftOut.length === 0 ? [] : ["Left out:"]),
    ...table(leftOut.map(({ because, deployment }) => [deployment, because])),
    ...(extra.length === 0 ? [] : ["Fallbacks:"]),
    ...table(extra),
    "After an error:",
    ...table(
      Object.entries(errors).map(([tag, { fallback, retry }]) => [
        tag,
        retry ? "retried" : "not retried",
        fallbackWords[fallback]
      ])
    )
  ].join("\n")
}
