import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as AdminApi from "../../gateway/AdminApi.ts"
import type { IssuedKey } from "../../gateway/access/records/Records.ts"
import { Duration as DurationText } from "../../settings/schema/Scalars.ts"
import { type CliFailure, usage } from "../CliFailure.ts"
import * as Services from "../Services.ts"
import { printDeleted, printJson } from "../terminal/Print.ts"
import * as Table from "../terminal/Table.ts"
import type { Address } from "./Address.ts"
import { ask } from "./Admin.ts"
import { type GrantFlags, grantsOf, limitsOf } from "./Grants.ts"

/** Prints the secret alone to stdout, so that it can be piped, and the rest to stderr. */
const printIssued = ({ notice, secret, key }: IssuedKey, json: boolean): Effect.Effect<void> => {
  const text = `The key ${key.name} (${key.id}) has this secret, which cannot be shown again:`
  return json
    ? printJson({ key, secret: Redacted.value(secret), ...(notice !== undefined && { notice }) })
    : Effect.andThen(
        Console.error(notice === undefined ? text : `${notice}\n${text}`),
        Console.log(Redacted.value(secret))
      )
}

interface Creation extends Address, GrantFlags {
  readonly name: string
  readonly user: string | undefined
  readonly team: string | undefined
  readonly admin: boolean
  readonly expires: string | undefined
}

/** `keys create`. */
export const create = Effect.fnUntraced(function* (input: Creation) {
  const payload = {
    name: input.name,
    ...(input.user !== undefined && { user: input.user }),
    ...(input.team !== undefined && { team: input.team }),
    ...(input.expires !== undefined && { expires: input.expires }),
    ...(input.admin && { admin: true }),
    ...(yield* grantsOf(input))
  }
  yield* printIssued(yield* ask(input, (admin) => admin.keys.createKey({ payload })), input.json)
}, Effect.provide(Services.http))

/** `keys list`. */
export const list = Effect.fnUntraced(function* ({
  json,
  key,
  team,
  url,
  user
}: Address & Pick<Creation, "user" | "team">) {
  const query = { limit: 1000, ...(user !== undefined && { user }), ...(team !== undefined && { team }) }
  const found = yield* ask({ key, url }, (admin) => admin.keys.listKeys({ query }))
  if (json) return yield* printJson(found)
  yield* Table.print(found.keys, [
    { title: "id", value: ({ id }) => id },
    { title: "name", value: ({ name }) => name },
    { title: "state", value: ({ status }) => status },
    { title: "secret", value: ({ secrets }) => secrets.map(({ hint }) => hint).join(", "), drop: 1 },
    { title: "user", value: ({ user = "" }) => user, drop: 2 },
    { title: "team", value: ({ team = "" }) => team, drop: 2 },
    { title: "expires", value: ({ expires = "" }) => expires, drop: 1 },
    { title: "may", value: (key) => limitsOf(key), drop: 3 }
  ])
}, Effect.provide(Services.http))

const overlapOf = (text: string): Effect.Effect<Duration.Duration, CliFailure> =>
  Effect.mapError(Schema.decodeUnknownEffect(DurationText)(text), () =>
    usage(`--overlap must be a duration with its unit, such as 1h, not ${text}`)
  )

interface KeyAddress extends Address {
  /** Or its name. */
  readonly id: string
}

/** Asks for a key by its id, or by its name, which one key alone has to have. */
const askForKey = Effect.fnUntraced(function* <A, E>(
  { id, ...address }: Pick<KeyAddress, "id" | "key" | "url">,
  use: (admin: AdminApi.Client, id: string) => Effect.Effect<A, E>
) {
  const isListed = (found: { readonly id: string; readonly name: string }) => found.id === id || found.name === id
  const { keys } = yield* ask(address, (admin) => admin.keys.listKeys({ query: { limit: 1000 } }))
  const named = keys.filter(isListed)
  const [only] = named.some((key) => key.id === id) ? [] : named
  if (only !== undefined && named.length > 1)
    return yield* usage(
      `several keys have the name ${id}: give the id of one, ${named.map(({ id }) => id).join(" or ")}`
    )
  return yield* ask(address, (admin) => use(admin, only?.id ?? id))
})

/** `keys rotate`. */
export const rotate = Effect.fnUntraced(function* ({
  id,
  json,
  key,
  overlap,
  url
}: KeyAddress & { readonly overlap: string | undefined }) {
  const payload = overlap === undefined ? {} : { overlap: yield* overlapOf(overlap) }
  const issued = yield* askForKey({ id, key, url }, (admin, id) => admin.keys.rotateKey({ params: { id }, payload }))
  yield* printIssued(issued, json)
}, Effect.provide(Services.http))

const changeKey = (change: "blockKey" | "unblockKey") =>
  Effect.fnUntraced(function* ({ id, json, key, url }: KeyAddress) {
    const found = yield* askForKey({ id, key, url }, (admin, id) => admin.keys[change]({ params: { id } }))
    yield* json ? printJson(found) : Console.log(`${found.name} (${found.id}) is ${found.status}`)
  }, Effect.provide(Services.http))

/** `keys block`. */
export const block = changeKey("blockKey")

/** `keys unblock`. */
export const unblock = changeKey("unblockKey")

/** `keys delete`. */
export const remove = Effect.fnUntraced(function* ({ id, json, key, url }: KeyAddress) {
  const removed = yield* askForKey({ id, key, url }, (admin, id) =>
    Effect.as(admin.keys.removeKey({ params: { id } }), id)
  )
  yield* printDeleted(removed, json)
}, Effect.provide(Services.http))
