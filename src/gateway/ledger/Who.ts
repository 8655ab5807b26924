import * as Predicate from "effect/Predicate"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { Annotations } from "effect-llm/policies/Journal"
import type { Ledger as LedgerSettings } from "../../settings/schema/Ledger.ts"
import * as Session from "../calls/Session.ts"
import type { Received } from "../http/Received.ts"

/** The tag that says whose key of the provider a call was made with: no header of a request may. */
export const providerKeyTag = "provider-key"

/** For whom a call is: by its key, else by the headers of its request. */
export const ofHeaders = (
  { headers }: Pick<Received, "headers">,
  own: Annotations,
  names: LedgerSettings["headers"] = none
): Annotations => {
  const header = (name: string | undefined): string | undefined => {
    const value = name === undefined ? undefined : headers[name]?.trim()
    return value === "" ? undefined : value
  }
  const named = (name: string | undefined) => header(name?.toLowerCase())
  const tags = named(names.tags)
  return known({
    ...own,
    user: own.user ?? named(names.user),
    team: own.team ?? named(names.team),
    session: own.session ?? Session.inHeaders(headers, names.session?.toLowerCase()),
    run: own.run ?? named(names.run),
    tags: tags === undefined ? own.tags : { ...tagsIn(tags), ...own.tags }
  })
}

const none = {}

/** Inner annotations are merged into these, so unknown fields must be absent. */
const known = (annotations: Annotations): Annotations => {
  const result: { [name: string]: unknown } = {}
  for (const name in annotations) {
    const value = annotations[name as keyof Annotations]
    if (value !== undefined) result[name] = value
  }
  return result
}

/** Tags with commas between them, each a name or `name=value`. */
const tagsIn = (text: string): { readonly [name: string]: string } =>
  Object.fromEntries(
    text
      .split(",")
      .map((tag) => tag.trim())
      // Whose key a call was made with is not said by its headers.
      .filter((tag) => tag !== "" && tag.split("=", 1)[0]?.trim() !== providerKeyTag)
      .map((tag) => {
        const at = tag.indexOf("=")
        return at === -1 ? [tag, ""] : [tag.slice(0, at).trim(), tag.slice(at + 1).trim()]
      })
  )

/** Whom the fields of a request name, in any dialect. Claude Code puts its session there too. */
export const ofRequest = ({ providerOptions, user }: CallRequest): Pick<Annotations, "user" | "session"> => {
  const named = (user ?? safetyIdentifier(providerOptions))?.replaceAll(unprintable, "")
  if (named === undefined || named === "") return {}
  const session = Session.inUserId(named)
  return session === undefined ? { user: named } : { user: userIn(named), session }
}

/** What would act on a terminal, or turn the direction of a text. Headers cannot have it. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

const safetyIdentifier = (options: CallRequest["providerOptions"]): string | undefined => {
  for (const fields of Object.values(options ?? {})) {
    const value = Predicate.hasProperty(fields, "safety_identifier") ? fields.safety_identifier : undefined
    if (typeof value === "string" && value !== "") return value
  }
  return undefined
}

const userIn = (user: string): string | undefined =>
  /"account_uuid" ?: ?"([^"]{1,200})"/.exec(user)?.[1] ??
  /"device_id" ?: ?"([^"]{1,200})"/.exec(user)?.[1] ??
  (user.startsWith("user_") ? user.split("_", 2).join("_") : undefined)
