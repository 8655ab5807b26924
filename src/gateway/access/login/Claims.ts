import type { Auth } from "../../../settings/schema/Auth.ts"
import type { Caller } from "../Caller.ts"

/** Who somebody is whom others know. */
export interface Person {
  readonly user: string
  readonly team: string | undefined
  readonly isAdmin: boolean
}

/** The person that claims name; `undefined` if they name no one. */
export const personOf = (
  claims: { readonly [name: string]: unknown },
  { admin, team, user = "sub" }: NonNullable<Auth["claims"]> = {}
): Person | undefined => {
  const text = (name: string | undefined): string | undefined => {
    const value = name !== undefined && Object.hasOwn(claims, name) ? claims[name] : undefined
    return typeof value === "string" && value !== "" ? value : undefined
  }
  const id = text(user)
  if (id === undefined) return undefined
  const roles = admin !== undefined && Object.hasOwn(claims, admin.claim) ? claims[admin.claim] : undefined
  const all: ReadonlyArray<unknown> = Array.isArray(roles) ? roles : [roles]
  return { user: id, team: text(team), isAdmin: admin?.values.some((value) => all.includes(value)) === true }
}

/** The caller that somebody is. */
export const identityOf = ({ isAdmin, team, user }: Person, via: "token" | "session") =>
  ({ id: `user:${user}`, name: user, user, team, isAdmin, via }) satisfies Partial<Caller>
