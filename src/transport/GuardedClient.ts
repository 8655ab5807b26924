import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
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
  let redacted: { readonly given: Names; readonly all: Names } = { given: names, all: names }
  const redactedWith = (given: Names): Names => {
    if (redacted.given !== given) redacted = { given, all: [...given, ...names] }
    return redacted.all
  }
  return HttpClient.transformResponse(
    client,
    Effect.updateContext((context: Context.Context<never>) => {
      const init = Context.getOrElse(context, FetchHttpClient.RequestInit, () => undefined)
      const given = Context.get(context, Headers.CurrentRedactedNames)
      let made = Context.add(context, FetchHttpClient.RequestInit, init === undefined ? manual : { ...manual, ...init })
      made = Context.add(made, HttpClient.TracerDisabledWhen, always)
      return further(Context.add(made, Headers.CurrentRedactedNames, redactedWith(given)))
    })
  )
}

type Names = Context.Service.Shape<typeof Headers.CurrentRedactedNames>

const manual = { redirect: "manual" } as const

const always = () => true
