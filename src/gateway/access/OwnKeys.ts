import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { PermissionDeniedError } from "effect-llm/domain/CallErrors"
import type { OwnAccounts } from "../../settings/build/OwnAccounts.ts"
import { worded } from "../calls/Advice.ts"
import { invalid, Refused } from "../calls/Failure.ts"
import { Models } from "../calls/Models.ts"
import type { Received } from "../http/Received.ts"
import type { Exchange } from "../http/Routes.ts"
import { providerKeyTag } from "../ledger/Who.ts"

/** What begins the headers with keys of providers: the name of the account whose place it takes comes after. */
const prefix = "x-effect-llm-key-"

/** What the ledger is told of calls with the key of their caller. */
export const tags = { [providerKeyTag]: "own" }

/** Whether a request brings keys of providers. */
export const areIn = ({ headers }: Pick<Received, "headers">): boolean => {
  for (const name in headers) if (name.startsWith(prefix)) return true
  return false
}

/** The accounts of the provider keys in a request, if its caller may bring them; `undefined` if it has none. */
export const accountsOf = ({ caller, received }: Exchange): Effect.Effect<OwnAccounts | undefined, Refused, Models> => {
  const names = Object.keys(received.headers).filter((name) => name.startsWith(prefix))
  if (names.length === 0) return Effect.undefined
  if (!caller.ownProviderKeys) return Effect.fail(forbidden)
  return Effect.gen(function* () {
    const { state, withKeys } = yield* Models
    const { accounts } = yield* state
    const keys = new Map<string, Redacted.Redacted>()
    for (const header of names) {
      // Names of headers have no upper case.
      const wanted = header.slice(prefix.length)
      const name = [...accounts.keys()].find((name) => name.toLowerCase() === wanted) ?? wanted
      const key = received.headers[header]?.trim() ?? ""
      if (key === "") return yield* invalid("the key of the provider is empty", { at: header })
      keys.set(name, Redacted.make(key))
    }
    return yield* Effect.mapError(withKeys(keys), (detail) => invalid(detail, { at: "x-effect-llm-key-*" }))
  })
}

const forbidden = new Refused({
  error: worded(
    new PermissionDeniedError({}),
    "This key may not bring keys of providers. Ask the administrator of this gateway to set its ownProviderKeys, or leave the header out."
  )
})

/** Refuses keys of providers where the gateway's own accounts are all there is. */
export const none = (exchange: Exchange): Effect.Effect<void, Refused, Models> =>
  Effect.flatMap(accountsOf(exchange), (accounts) =>
    accounts === undefined
      ? Effect.void
      : Effect.fail(invalid("files and batches are kept at the accounts of the gateway, and take no keys of providers"))
  )
