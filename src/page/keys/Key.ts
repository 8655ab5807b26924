import { date } from "../Format.ts"

/** A key of the gateway, without its secrets. */
export interface Key extends Granted {
  readonly id: string
  readonly name: string
  readonly source: "settings" | "database"
  readonly status: "active" | "blocked" | "expired"
  readonly blocked: boolean
  readonly user?: string
  readonly team?: string
  readonly admin?: boolean
  readonly expires?: string
  readonly texts?: boolean
  readonly storeResponses?: boolean
  readonly ownProviderKeys?: boolean
  readonly createdAt?: string
  readonly secrets: ReadonlyArray<{ readonly hint: string; readonly until?: string }>
}

export interface OwnBudget {
  readonly name?: string
  readonly usd?: string | number
  readonly tokens?: number
  readonly every?: string
  readonly within?: string
  /** What has separate budgets. */
  readonly each?: string | { readonly tag: string }
  /** Another limit, until a day or a time. */
  readonly raise?: { readonly to: string | number; readonly until: string }
}

export interface OwnLimits {
  readonly requests?: number
  readonly tokens?: number
  readonly concurrency?: number
  readonly per?: string
}

/** What a key, a user or a team may do. */
export interface Granted {
  readonly models?: ReadonlyArray<string>
  readonly deny?: ReadonlyArray<string>
  readonly routes?: ReadonlyArray<string>
  readonly objects?: ReadonlyArray<string>
  readonly tags?: ReadonlyArray<string>
  readonly budgets?: ReadonlyArray<OwnBudget>
  readonly limits?: ReadonlyArray<OwnLimits>
}

/** A key with its secret, which is shown only once. */
export interface IssuedKey {
  readonly key: Key
  readonly secret: string
  /** A notice about what the key changes. */
  readonly notice?: string
}

/** Whether a day or a time is in the future. */
const isAhead = (moment: string): boolean => new Date(moment).getTime() > Date.now()

/** The gateway's name of a budget. */
export const budgetName = ({ every, name, within }: OwnBudget): string => name ?? every ?? within ?? "all"

const windows: { readonly [every: string]: string } = { day: "a day", week: "a week", month: "a month", year: "a year" }

/** "$20", "5,000,000 tokens". */
const amountWords = (unit: "usd" | "tokens", amount: string | number): string =>
  unit === "usd" ? `$${amount}` : `${Number(amount).toLocaleString("en-US")} tokens`

/** "$50 until Dec 4, 2026", where a budget is raised. */
export const raiseWords = ({ raise, usd }: OwnBudget): string | undefined =>
  raise !== undefined && isAhead(raise.until)
    ? `${amountWords(usd === undefined ? "tokens" : "usd", raise.to)} until ${date(raise.until)}`
    : undefined

/** "$20 a month", "5,000,000 tokens within 24h". */
export const budgetWords = ({ every, tokens, usd, within }: OwnBudget): string => {
  const most = usd === undefined ? amountWords("tokens", tokens ?? 0) : amountWords("usd", usd)
  if (every !== undefined) return `${most} ${windows[every] ?? `every ${every}`}`
  return within === undefined ? `${most} in all` : `${most} within ${within}`
}

/** "60 requests per 1m, 4 at once". */
export const limitWords = ({ concurrency, per = "1m", requests, tokens }: OwnLimits): string =>
  [
    requests !== undefined && `${requests.toLocaleString("en-US")} requests per ${per}`,
    tokens !== undefined && `${tokens.toLocaleString("en-US")} tokens per ${per}`,
    concurrency !== undefined && `${concurrency} at once`
  ]
    .filter(Boolean)
    .join(", ")
