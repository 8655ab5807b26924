import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as RequestHeaders from "./RequestHeaders.ts"

/**
 * A client for requests that hold secrets: whoever is asked learns nothing of our traces, no span and no log of the
 * client shows a key, and a redirect is not followed, unless whoever gives the client says so: `fetch` would send key
 * headers of other names, and the body, along. `secretNames` are further headers that hold secrets,
 * `further` is what else is given to the client.
 */
export const make = (
  client: HttpClient.HttpClient,
  secretNames: ReadonlyArray<string> = [],
  further: (context: Context.Context<never>) => Context.Context<never> = identity
): HttpClient.HttpClient => {
  const names = [...RequestHeaders.secretNames, ...secretNames]
  const known = new WeakMap<Context.Context<never>, Context.Context<never>>()
  const guard = (context: Context.Context<never>): Context.Context<never> => {
    const given = Context.get(context, Headers.CurrentRedactedNames)
    const init = Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit))
    return context.pipe(
      Context.add(FetchHttpClient.RequestInit, { redirect: "manual", ...init }),
      Context.add(HttpClient.TracerDisabledWhen, () => true),
      Context.add(Headers.CurrentRedactedNames, [...given, ...names]),
      further
    )
  }
  return HttpClient.transformResponse(
    client,
    Effect.updateContext((context: Context.Context<never>) => {
      let made = known.get(context)
      if (made === undefined) known.set(context, (made = guard(context)))
      return made
    })
  )
}
