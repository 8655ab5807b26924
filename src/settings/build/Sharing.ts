import type * as Persistence from "effect/persistence/Persistence"
import type { Policy, CallInfo } from "effect-llm/policies/Policy"
import * as Coalesce from "effect-llm/policies/Coalesce"
import * as ResponseCache from "effect-llm/policies/ResponseCache"
import type { Model } from "../schema/Model.ts"
import type { SharingPolicies } from "../schema/Policies.ts"
import type { Settings } from "../schema/Settings.ts"
import { merged } from "./Deployments.ts"

type All = { readonly [P in keyof SharingPolicies]-?: Exclude<SharingPolicies[P], false | undefined> }

type Sharing = Policy<never, Persistence.Persistence>

const byUser = ({ request }: CallInfo): string => `user ${request.user ?? ""}`

/** What stands behind a name: what it gave by other settings, or in another process with other settings, is not given again. */
const behind = ({ defaults, providers, stores }: Settings, model: Model): string =>
  JSON.stringify([
    model.deployments.map(({ defaults, model }) => [model, defaults]),
    model.defaults,
    defaults,
    providers,
    stores?.prefix
  ])

/** What each policy around a model is. One that is in settings and not here does not compile. */
const policies: { readonly [P in keyof All]: (settings: All[P], behind: string) => Sharing } = {
  cache: ({ tenant = "user", ttl }, behind) =>
    ResponseCache.make({
      ttl,
      namespace: "settings",
      tenant: (call) => `${tenant === "user" ? byUser(call) : "all"} ${behind}`
    }),
  coalesce: (tenant) => Coalesce.make({ tenant: tenant === "user" ? byUser : undefined })
}

/** From the inside out: what is shared is kept once. */
const order = ["coalesce", "cache"] as const satisfies ReadonlyArray<keyof All>

/** The policies around a model. */
export const sharing = (settings: Settings, model: Model): ReadonlyArray<Sharing> => {
  const policies = merged<SharingPolicies>(settings.policies, model.policies)
  return order.flatMap((name) => policyOf(name, policies[name], behind(settings, model)))
}

const policyOf = <P extends keyof All>(
  name: P,
  settings: All[P] | false | undefined,
  behind: string
): ReadonlyArray<Sharing> => (settings === undefined || settings === false ? [] : [policies[name](settings, behind)])
