import type * as Persistence from "effect/persistence/Persistence"
import type { Policy, CallInfo } from "effect-llm/policies/Policy"
import * as Coalesce from "effect-llm/policies/Coalesce"
import * as ResponseCache from "effect-llm/policies/ResponseCache"
import type { SharingPolicies } from "../schema/Policies.ts"

type All = { readonly [P in keyof SharingPolicies]-?: Exclude<SharingPolicies[P], false | undefined> }

type Sharing = Policy<never, Persistence.Persistence>

const byUser = ({ request }: CallInfo): string => `user ${request.user ?? ""}`

/** What each policy around a model is. One that is in settings and not here does not compile. */
const policies: { readonly [P in keyof All]: (settings: All[P], namespace: string) => Sharing } = {
  cache: ({ tenant = "user", ttl }, namespace) =>
    ResponseCache.make({ ttl, namespace, tenant: tenant === "user" ? byUser : "all" }),
  coalesce: (tenant) => Coalesce.make({ tenant: tenant === "user" ? byUser : undefined })
}

/** From the inside out: what is shared is kept once. */
const order = ["coalesce", "cache"] as const satisfies ReadonlyArray<keyof All>

/** The policies around a model. Other settings keep their responses under another name. */
export const sharing = (settings: SharingPolicies, generation: number): ReadonlyArray<Sharing> =>
  order.flatMap((name) => policyOf(name, settings[name], `settings_${generation}`))

const policyOf = <P extends keyof All>(
  name: P,
  settings: All[P] | false | undefined,
  namespace: string
): ReadonlyArray<Sharing> => (settings === undefined || settings === false ? [] : [policies[name](settings, namespace)])
