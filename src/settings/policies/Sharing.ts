import * as Effect from "effect/Effect"
import type * as Persistence from "effect/persistence/Persistence"
import type { Policy, CallInfo } from "effect-llm/policies/Policy"
import * as Duration from "effect/Duration"
import * as Hedge from "effect-llm/policies/Hedge"
import * as Coalesce from "effect-llm/policies/Coalesce"
import * as Journal from "effect-llm/policies/Journal"
import * as ResponseCache from "effect-llm/policies/ResponseCache"
import type { Model } from "../schema/Model.ts"
import type { SharingPolicies } from "../schema/Policies.ts"
import type { Settings } from "../schema/Settings.ts"
import { merged } from "../build/Deployments.ts"

type All = { readonly [P in keyof SharingPolicies]-?: Exclude<SharingPolicies[P], false | undefined> }

type Sharing = Policy<never, Persistence.Persistence>

type Tenants = NonNullable<Exclude<SharingPolicies["coalesce"], false>>

/** Who shares with whom. A user that only a request names is one of its key. */
const tenants: { readonly [T in Tenants]: (call: CallInfo) => Effect.Effect<string> } = {
  key: ({ request }) => Effect.map(Journal.CurrentAnnotations, ({ key }) => ofKey(key, request.user)),
  user: ({ request }) =>
    Effect.map(Journal.CurrentAnnotations, ({ key, user }) =>
      user === undefined ? ofKey(key, request.user) : `user ${user}`
    ),
  all: () => Effect.succeed("all")
}

const ofKey = (key = "", user = ""): string => `key ${key} user ${user}`

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
  cache: ({ tenant = "key", ttl }, behind) =>
    ResponseCache.make({
      ttl,
      namespace: "settings",
      tenant: (call) => Effect.map(tenants[tenant](call), (name) => `${name} ${behind}`)
    }),
  hedge: ({ after = Duration.seconds(1), percentile, share }) =>
    Hedge.make({ after: percentile === undefined ? after : { percentile, atLeast: after }, share }),
  coalesce: (tenant) => Coalesce.make({ tenant: tenants[tenant] })
}

/** From the inside out: a shared call is cached once, and a cached response is not hedged. */
const order = ["hedge", "coalesce", "cache"] as const satisfies ReadonlyArray<keyof All>

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
