import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { TeamInput } from "../../gateway/access/records/Records.ts"
import type { Budget } from "../../settings/schema/Access.ts"
import type { Limits } from "../../settings/schema/Policies.ts"
import { formatDuration } from "../../settings/schema/Scalars.ts"
import { type CliFailure, usage } from "../CliFailure.ts"
import * as Quantity from "../terminal/Quantity.ts"

/** The flags for what a key, a user or a team may do. */
export interface GrantFlags {
  readonly models: ReadonlyArray<string>
  readonly deny: ReadonlyArray<string>
  readonly objects: ReadonlyArray<string>
  readonly routes: ReadonlyArray<string>
  readonly requests: number | undefined
  readonly concurrency: number | undefined
  readonly tags: ReadonlyArray<string>
  readonly usd: number | undefined
  readonly tokens: number | undefined
  readonly every: "minute" | "hour" | "day" | "week" | "month" | "year" | undefined
}

/** These flags as input of the admin API. */
export const grantsOf = ({
  concurrency,
  deny,
  every,
  models,
  objects,
  requests,
  routes,
  tags,
  tokens,
  usd
}: GrantFlags): Effect.Effect<Omit<TeamInput, "id" | "name">, CliFailure> => {
  const window = every === undefined ? {} : { every }
  const budgets = [
    ...(usd === undefined ? [] : [{ usd: BigDecimal.fromNumberUnsafe(usd), ...window }]),
    ...(tokens === undefined ? [] : [{ tokens, ...window }])
  ]
  return every !== undefined && budgets.length === 0
    ? Effect.fail(usage("--every needs --usd or --tokens"))
    : Effect.succeed({
        ...(models.length > 0 && { models }),
        ...(deny.length > 0 && { deny }),
        ...(objects.length > 0 && { objects }),
        ...(routes.length > 0 && { routes }),
        ...((requests !== undefined || concurrency !== undefined) && {
          limits: [{ ...(requests !== undefined && { requests }), ...(concurrency !== undefined && { concurrency }) }]
        }),
        ...(tags.length > 0 && { tags }),
        ...(budgets.length > 0 && { budgets })
      })
}

type Granted = Omit<TeamInput, "id" | "name"> & { readonly admin?: boolean | undefined }

const windowOf = ({ each, every, within }: Budget): string =>
  [
    every === undefined ? "" : ` every ${every}`,
    within === undefined ? "" : ` within ${formatDuration(within)}`,
    each === undefined ? "" : ` for each ${typeof each === "string" ? each : each.tag}`
  ].join("")

const budgetOf = (budget: Budget): string => {
  const { raise, tokens, usd } = budget
  const most = usd === undefined ? `${Quantity.format(tokens ?? 0)} tokens` : `$${formatDecimal(usd)}`
  const raised = raise === undefined ? "" : ` (raised until ${raise.until})`
  return most + windowOf(budget) + raised
}

const limitOf = ({ concurrency, per, requests, tokens }: Limits): ReadonlyArray<string> => {
  const within = (count: number | undefined, what: string) =>
    count === undefined
      ? []
      : [`${Quantity.format(count)} ${what} per ${per === undefined ? "1m" : formatDuration(per)}`]
  return [
    ...within(requests, "requests"),
    ...within(tokens, "tokens"),
    ...(concurrency === undefined ? [] : [`${concurrency} at once`])
  ]
}

/** A short description of what a key, user or team may do. */
export const limitsOf = ({ admin, budgets = [], deny = [], limits = [], models = [], routes = [] }: Granted): string =>
  [
    ...(admin === true ? ["administrate"] : []),
    ...models,
    ...deny.map((model) => `not ${model}`),
    ...routes,
    ...budgets.map(budgetOf),
    ...limits.flatMap(limitOf)
  ].join(", ")
