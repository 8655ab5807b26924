import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpMethod from "effect/http/HttpMethod"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Limits from "../../domain/Limits.ts"
import type { LimitsInput } from "../../domain/Limits.ts"
import type { ChatProtocol } from "../../protocols/ChatProtocol.ts"
import * as ModelList from "../../protocols/ModelList.ts"
import { DirectCalls } from "../../transport/DirectCalls.ts"
import * as SecretHeaders from "../../transport/SecretHeaders.ts"
import * as Framing from "./Framing.ts"
import type { LayerOptions } from "../Provider.ts"
import type { Authorize, ProviderDefinition, Settings } from "../ProviderDefinition.ts"
import * as Sending from "./Sending.ts"
import { checkBaseUrl, checkHeader, checkKey, entriesOf, fill, namesIn, namesOf, valueOf } from "./Settings.ts"

/**
 * What may be given to a provider's layer.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointOptions<Quirks extends object> {
  readonly apiKey?: Redacted.Redacted | undefined
  readonly baseUrl?: string | undefined
  /** Further headers of every request. */
  readonly headers?: { readonly [name: string]: string } | undefined
  readonly quirks?: Partial<Quirks> | undefined
  /** Limits on the size and the time of its responses; see `Limits`. */
  readonly limits?: LimitsInput | undefined
}

/**
 * A provider that can be called: its settings checked, its headers made, and what of them is secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<Quirks extends object> {
  readonly definition: Pick<ProviderDefinition<string, Quirks>, "id" | "rows" | "body" | "check">
  readonly protocol: ChatProtocol<Quirks>
  readonly framing: Framing.Framing
  readonly sender: Sending.Sender
  readonly baseUrl: string
  /** A request without a body, its address and headers made; for a path below the base URL. */
  readonly request: (
    path: string,
    accept: string,
    method?: HttpMethod.HttpMethod
  ) => HttpClientRequest.HttpClientRequest
  /** The path of a model's chat below the base URL. */
  readonly path: (model: string, stream: boolean) => string
  /** The path, or the whole address, of anything else that its protocol asks for at a path below the base URL. */
  readonly callPath: (path: string, model: string) => string
  /** Where the models are listed, where they are. */
  readonly models: ModelList.ModelListEndpoint | undefined
  /** Signs a request that is ready; absent where its headers say all. */
  readonly authorize: Authorize | undefined
  readonly secrets: ReadonlyArray<string>
  readonly quirks: Partial<Quirks>
}

/** What is given to local servers in place of a key ("x") is no secret, and taking it out would spoil every text. */
const shortestKey = 4

/** Where paths hold the model's name there may be many. */
const mostPaths = 1000

/**
 * Checks the settings; fails with a `ConfigError` that names the wrong one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* <Quirks extends object, SettingName extends string>(
  definition: ProviderDefinition<string, Quirks, SettingName>,
  options: LayerOptions<Quirks, SettingName>
): Effect.fn.Return<Endpoint<Quirks>, Config.ConfigError, HttpClient.HttpClient> {
  const names = namesOf(definition)
  const auth = definition.auth ?? "bearer"
  const given = Sending.make(yield* HttpClient.HttpClient, options.limits)
  const client = guarded(given, typeof auth === "object" ? [auth.header.toLowerCase()] : [])
  const settings = yield* readSettings(definition, options)
  const values = definition.prepare === undefined ? settings.values : yield* definition.prepare(settings.values)
  const { baseUrl: preset } = definition
  const template = options.baseUrl ?? (typeof preset === "function" ? preset(values) : preset)
  const filled = template === undefined ? undefined : yield* fill(template, values, definition)
  const ordered = filled === undefined ? undefined : (definition.address?.(filled, values) ?? filled)
  const baseUrl = yield* checkBaseUrl(names.baseUrl, ordered)
  const { apiKey } = options
  const authorize =
    definition.authorize === undefined ? undefined : yield* definition.authorize({ apiKey, baseUrl, settings: values })
  const keyless =
    authorize !== undefined || auth === "none" || (definition.keyOptional === true && apiKey === undefined)
  const key = keyless ? undefined : yield* checkKey(names.apiKey, apiKey)
  const extra = { ...definition.headers, ...settings.headers, ...options.headers }
  for (const [name, value] of Object.entries(extra)) {
    yield* checkHeader(`the header ${JSON.stringify(name)}`, name, value)
  }
  const authorization =
    key === undefined
      ? {}
      : typeof auth === "object"
        ? { [auth.header]: `${auth.prefix ?? ""}${key}` }
        : { authorization: `Bearer ${key}` }
  const headers = Headers.fromInput({ ...extra, ...authorization })
  const known = new Map<string, HttpClientRequest.HttpClientRequest>()
  const request: Endpoint<Quirks>["request"] = (path, accept, method = "POST") => {
    const name = `${method} ${accept} ${path}`
    let made = known.get(name)
    if (made === undefined) {
      if (known.size >= mostPaths) known.clear()
      const url = withQuery(/^https?:/.test(path) ? path : baseUrl + path, settings.query)
      made = HttpClientRequest.make(method)(url, { headers: Headers.set(headers, "accept", accept) })
      known.set(name, made)
    }
    return made
  }
  const protocol = Effect.isEffect(definition.protocol) ? yield* definition.protocol : definition.protocol
  const { callPath, models = ModelList.endpoints[protocol.id], path } = definition
  return {
    definition:
      Object.keys(settings.body).length === 0
        ? definition
        : { ...definition, body: { ...definition.body, ...settings.body } },
    protocol,
    framing: yield* Framing.load(protocol.framing),
    sender: { ...given, client },
    baseUrl,
    request,
    path: path === undefined ? protocol.path : (model, stream) => path(model, stream, values),
    callPath: callPath === undefined ? identity : (path, model) => callPath(path, model, { ...values, baseUrl }),
    models: models === "none" ? undefined : typeof models === "function" ? models(baseUrl) : models,
    authorize,
    secrets: [
      ...(key === undefined || key.length < shortestKey ? [] : [key]),
      ...settings.secrets,
      ...SecretHeaders.valuesOf(extra)
    ],
    quirks: { ...definition.quirks, ...options.quirks } as Partial<Quirks>
  }
})

const readSettings = Effect.fnUntraced(function* <Quirks extends object, SettingName extends string>(
  definition: ProviderDefinition<string, Quirks, SettingName>,
  options: LayerOptions<Quirks, SettingName>
) {
  const values: Record<string, string> = {}
  const headers: Record<string, string> = {}
  const body: Record<string, string> = {}
  const query = new URLSearchParams()
  const secrets: Array<string> = []
  for (const [name, setting] of entriesOf(definition)) {
    const given = options[name as keyof typeof options] as string | Redacted.Redacted | undefined
    const value = valueOf(given) ?? setting.default
    if (value === undefined) continue
    values[name] = value
    if (setting.header !== undefined) {
      headers[setting.header] = yield* checkHeader(namesIn(setting).join(" or "), setting.header, value)
    }
    if (setting.query !== undefined) query.set(setting.query, value)
    if (setting.body !== undefined) body[setting.body] = value
    if (setting.secret === true && value.length >= shortestKey) secrets.push(value)
  }
  return { values: values as Settings<SettingName>, headers, body, query: query.toString(), secrets }
})

const withQuery = (url: string, query: string): string =>
  query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`

/**
 * A provider learns nothing of our traces, no span holds a key, and no log that the client writes shows one. A redirect is
 * not followed, unless whoever gives the client says so: `fetch` would send key headers of other names along.
 */
const guarded = ({ client, limits }: Sending.Sender, ownSecrets: ReadonlyArray<string>): HttpClient.HttpClient => {
  const names = [...SecretHeaders.names, ...ownSecrets]
  const known = new WeakMap<Context.Context<never>, Context.Context<never>>()
  const guard = (context: Context.Context<never>): Context.Context<never> => {
    const given = Context.get(context, Headers.CurrentRedactedNames)
    const init = Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit))
    return context.pipe(
      Context.add(FetchHttpClient.RequestInit, { redirect: "manual", ...init }),
      Context.add(HttpClient.TracerDisabledWhen, () => true),
      Context.add(DirectCalls, Limits.override(limits, Context.get(context, Limits.Current))),
      Context.add(Headers.CurrentRedactedNames, [...given, ...names])
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
