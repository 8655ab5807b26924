import * as Effect from "effect/Effect"
import * as ModelId from "effect-llm/domain/ModelId"
import type { Account } from "../../settings/build/Accounts.ts"
import { invalid, type Refused } from "../calls/Failure.ts"
import { Models } from "../calls/Models.ts"
import type { Exchange } from "../http/Routes.ts"

/** An account, by its name in the settings. */
export interface NamedAccount {
  readonly name: string
  readonly account: Account
}

/** What an account offers besides models. */
export type Offer = "files" | "batches"

/** The account with a name; an error if the settings no longer have it. */
export const accountOf = Effect.fnUntraced(function* (name: string): Effect.fn.Return<NamedAccount, Refused, Models> {
  const { state } = yield* Models
  const { accountOf, accounts } = yield* state
  const account =
    accounts.get(name) ??
    (yield* Effect.mapError(accountOf(name), (detail) => invalid(`${name} cannot be called: ${detail}`)))
  return { name, account }
})

/** An account that can do what is wanted, or a 400 that names it. */
export const offering = <O extends Offer>(
  { account, name }: NamedAccount,
  offer: O
): Effect.Effect<NonNullable<Account[O]>, Refused> => {
  const offered = account[offer]
  return offered === undefined
    ? Effect.fail(invalid(`${name} has no ${offer}`, { at: "provider" }))
    : Effect.succeed(offered)
}

/** Whether an account is one of OpenAI's, by either of its APIs. */
export const isOpenAi = ({ account: { catalog } }: NamedAccount): boolean =>
  catalog === "openai" || catalog === "openai-responses"

/** The account of OpenAI, where there is one and no other. */
export const onlyOpenAi = Effect.gen(function* () {
  const { state } = yield* Models
  const { accounts } = yield* state
  const all = [...accounts].map(([name, account]): NamedAccount => ({ name, account })).filter(isOpenAi)
  return new Set(all.map(({ account }) => account.identity)).size === 1 ? all[0] : undefined
})

/** The accounts of the models that a caller may call, and which have files. */
const permitted = Effect.fnUntraced(function* ({ caller }: Exchange) {
  const { state } = yield* Models
  const { accounts, settings } = yield* state
  const names = new Set<string>()
  for (const [name, { deployments }] of Object.entries(settings.models)) {
    if (!caller.permits(name)) continue
    for (const { model } of deployments) names.add(ModelId.parse(model)?.provider ?? "")
  }
  for (const name of accounts.keys()) if (caller.permits(`${name}/*`)) names.add(name)
  return [...names].flatMap((name): ReadonlyArray<NamedAccount> => {
    const account = accounts.get(name)
    return account?.files === undefined ? [] : [{ name, account }]
  })
})

/**
 * The account that is to keep a file: the one that its request names, or else the only one with files; of several, the only one of
 * OpenAI's.
 */
export const chosen = Effect.fnUntraced(function* (
  exchange: Exchange,
  wanted: string | undefined
): Effect.fn.Return<NamedAccount, Refused, Models> {
  const all = yield* permitted(exchange)
  const names = all.map(({ name }) => name).join(", ")
  if (wanted !== undefined) {
    const named = all.find(({ name }) => name === wanted)
    const those = names === "" ? "none does" : `these do: ${names}`
    return named ?? (yield* invalid(`${wanted} keeps no files for this key; ${those}`, { at: "provider" }))
  }
  const ofOpenAi = all.filter(isOpenAi)
  const [only, ...others] = ofOpenAi.length > 0 ? ofOpenAi : all
  if (only === undefined) return yield* invalid("no provider of this gateway keeps files", { at: "provider" })
  if (others.some(({ account }) => account.identity !== only.account.identity))
    return yield* invalid(`several providers keep files (${names}): name one as provider, in the form or the query`, {
      at: "provider"
    })
  return only
})
