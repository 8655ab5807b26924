/** Access over settings and a database, without a server: each `access` stands for a process of its own. */
import { NodeServices } from "@effect/platform-node"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import { Journal } from "effect-llm/policies/Journal"
import { Access, type Records } from "../../../src/gateway/access/Access.ts"
import { IssuerFetch } from "../../../src/gateway/access/login/IssuerFetch.ts"
import { Keys } from "../../../src/gateway/access/records/Keys.ts"
import { Teams, Users } from "../../../src/gateway/access/records/Subjects.ts"
import { BudgetStates } from "../../../src/gateway/access/records/BudgetStates.ts"
import { Models } from "../../../src/gateway/calls/Models.ts"
import type { Received } from "../../../src/gateway/http/Received.ts"
import { CurrentSettings } from "../../../src/gateway/operations/CurrentSettings.ts"
import { Store } from "../../../src/gateway/store/Store.ts"
import { build } from "../../../src/settings/Settings.ts"
import * as UndiciClient from "../../../src/transport/UndiciClient.ts"
import { environment, load } from "../../settings/load.ts"
import { serve } from "../../settings/server.ts"

/** A call of the model `a` costs 6 dollars and 2,000,000 tokens, and one of `unpriced` nobody knows what. */
export const models = `models: { a: openai/x, b: openai/x, unpriced: openai/y }
prices: { openai/x: { input: 2, output: 4 } }
`

export const received = (path: string, headers: { readonly [name: string]: string }, method = "POST"): Received => ({
  id: "req_1",
  method,
  path,
  query: new URLSearchParams(),
  headers,
  remote: undefined,
  mostBodyBytes: 1_000_000,
  startedAtMillis: 0,
  startedAtNanos: 0n,
  body: Effect.succeed(new Uint8Array())
})

export const access = Effect.fnUntraced(function* (
  text = models,
  {
    database = ":memory:",
    env = {}
  }: { readonly database?: string; readonly env?: { readonly [name: string]: string } } = {}
) {
  const loaded = yield* load({ "settings.yaml": text }, { OPENAI_API_KEY: "sk-openai", ...env })
  let current = loaded.settings
  const server = serve()
  const settings = CurrentSettings.of({ get: () => current, reload: Effect.undefined, reloads: Stream.never })
  const services = yield* Layer.build(
    Layer.fresh(
      Layer.mergeAll(
        Access.layer,
        Layer.effect(
          Models,
          Effect.flatMap(Store, ({ connected }) => build(current, loaded.variables, connected))
        )
      ).pipe(
        Layer.provideMerge(Layer.succeed(CurrentSettings, settings)),
        Layer.provideMerge(Store.layer(current.stores, Redacted.make(database))),
        Layer.provide(Layer.provide(IssuerFetch.layer, UndiciClient.layer)),
        Layer.provide([server.layer, NodeServices.layer, environment(env)])
      )
    )
  )
  const get = <I extends Access | Models | Store | Records, S>(service: Context.Key<I, S>): S =>
    Context.get(services as Context.Context<I>, service)
  const { authenticate, isOpen } = get(Access)
  const withKey = (secret: string | undefined, path = "/v1/chat/completions") =>
    authenticate(received(path, secret === undefined ? {} : { authorization: `Bearer ${secret}` }))
  return {
    isOpen,
    authenticate,
    withKey,
    keys: get(Keys),
    users: get(Users),
    teams: get(Teams),
    states: get(BudgetStates),
    store: get(Store),
    server,
    set: (change: (before: typeof current) => typeof current) => {
      current = change(current)
    },
    /** Calls a model with a key, as the endpoints do. */
    call: (secret: string, model = "a") =>
      Effect.flatMap(withKey(secret), (caller) =>
        Effect.flatMap(get(Models).model("chat", model), (found) =>
          Effect.provideService(caller.policy(found).generate("Hello"), Journal, caller.journal)
        )
      )
  }
})

/** What an issued key is called with. */
export const secretOf = ({ secret }: { readonly secret: Redacted.Redacted }): string => Redacted.value(secret)

/** The words of a refusal. */
export const messageOf = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)
