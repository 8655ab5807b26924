import * as BigDecimal from "effect/BigDecimal"
import type { TeamInput } from "../../gateway/access/records/Records.ts"
import * as Effect from "effect/Effect"
import { type CliFailure, usage } from "../CliFailure.ts"

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

/** Models and budgets in a few words. */
export const limitsOf = ({ budgets = [], models }: Omit<TeamInput, "id" | "name">): string =>
  [
    ...(models ?? []),
    ...budgets.map(({ every, tokens, usd, within }) => {
      const most = usd === undefined ? `${tokens ?? 0} tokens` : `$${BigDecimal.format(usd)}`
      return every === undefined && within === undefined ? most : `${most} every ${every ?? "window"}`
    })
  ].join(", ")
