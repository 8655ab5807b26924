import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpMethod from "effect/http/HttpMethod"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import { AuthenticationError } from "../domain/CallErrors.ts"
import * as Limits from "../domain/Limits.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"
import * as ModelList from "../protocols/ModelList.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import { type Framing, loadFraming } from "./ByteStream.ts"
import {
  type Authorize,
  type LayerOptions,
  type ProviderDefinition,
  type Settings,
  entriesOf,
  namesIn,
  namesOf
} from "./ProviderDefinition.ts"
import * as Fingerprint from "./Fingerprint.ts"
import * as Sending from "./Sending.ts"
import { checkBaseUrl, checkHeader, checkKey, fillTemplate, valueOf, messageOf, given } from "./Settings.ts"

/** A provider ready to be called: settings checked, headers made, secrets known. */
export interface Endpoint<Quirks extends object> {
  readonly definition: Pick<ProviderDefinition<string, Quirks>, "id" | "rows" | "body" | "checkPath" | "optionsOf">
  /** The name of the header with the key, in lower case. */
  readonly keyHeader: string
  readonly protocol: ChatProtocol<Quirks>
  /** How streams of its chats are read. */
  readonly framing: Framing
  readonly sender: Sending.Sender
  readonly baseUrl: string
  /** See `Provider`. */
  readonly fingerprint: () => string | undefined
  /** A request without a body, to a path below the base URL. */
  readonly request: (
    path: string,
    accept: string,
    method?: HttpMethod.HttpMethod
  ) => HttpClientRequest.HttpClientRequest
  /** The same for a URL that a server returned: another host gets none of the layer's headers and secrets. */
  readonly requestAt: (
    address: string,
    accept: string,
    method?: HttpMethod.HttpMethod
  ) => { readonly sender: Sending.Sender; readonly request: HttpClientRequest.HttpClientRequest }
  /** The path of a model's chat, below the base URL. */
  readonly path: (model: string, stream: boolean) => string
  /** The path below the base URL, or the whole URL, of any other capability. */
  readonly capabilityPath: (path: string, model: string) => string
  readonly models: ModelList.ModelListEndpoint | undefined
  /** The secrets used lately. */
  readonly secrets: Iterable<string>
  readonly quirks: Partial<Quirks>
}

/** Shorter keys ("x", for local servers) are no secrets, and redacting them would spoil every text. */
const shortestKey = 4

/** Some paths contain the model's name, so there may be many. */
const mostPaths = 1000

/** For an endpoint of `withCredentials`: how its errors name the options, and the secrets shared by all calls. */
export interface CallScope {
  readonly names?: { readonly apiKey: string; readonly baseUrl: string } | undefined
  readonly secrets: Set<string>
}

/** Checks the settings; fails with a `ConfigError` that names the wrong one. */
export const make = Effect.fnUntraced(function* <
  Quirks extends object,
  SettingName extends string,
  R = never,
  R2 = never
>(
  definition: ProviderDefinition<string, Quirks, SettingName, R>,
  options: LayerOptions<Quirks, SettingName, R2>,
  scope: CallScope = { secrets: new Set() }
): Effect.fn.Return<Endpoint<Quirks>, Config.ConfigError, HttpClient.HttpClient | R | R2> {
  const names = scope.names ?? namesOf(definition)
  const context = yield* Effect.context<HttpClient.HttpClient | R | R2>()
  const auth = definition.auth ?? "bearer"
  const keyHeader = typeof auth === "object" ? auth.header.toLowerCase() : "authorization"
  const settings = yield* readSettings(definition, options)
  const values =
    definition.resolveSettings === undefined ? settings.values : yield* definition.resolveSettings(settings.values)
  const { baseUrl: preset } = definition
  const template = options.baseUrl ?? (typeof preset === "function" ? preset(values) : preset)
  const filled = template === undefined ? undefined : yield* fillTemplate(template, values, definition)
  const ordered = filled === undefined ? undefined : (definition.normalizeBaseUrl?.(filled, values) ?? filled)
  const baseUrl = yield* checkBaseUrl(names.baseUrl, ordered)

  /** Token exchanges are under the same limits. */
  const limited = options.limits === undefined ? context : Context.add(context, Limits.Current, options.limits)
  const fixed = new Set<string>()
  const used = new Set<string>()
  const signing = Effect.fnUntraced(function* (key: Redacted.Redacted | undefined) {
    const apiKey = given(key)
    const value = valueOf(apiKey) ?? ""
    if (value.length >= shortestKey) Sending.noteSecrets(Effect.isEffect(options.apiKey) ? used : fixed, [value])
    const authorize = yield* definition.authorize?.({ apiKey, baseUrl, settings: values }) ?? Effect.undefined
    if (authorize !== undefined) return { authorize }
    if (auth === "none" || (definition.keyOptional === true && apiKey === undefined)) return {}
    const checked = yield* checkKey(names.apiKey, apiKey)
    return { headers: { [keyHeader]: `${typeof auth === "object" ? (auth.prefix ?? "") : "Bearer "}${checked}` } }
  }, Effect.provideContext(limited))
  const { apiKey } = options
  const fixedKey = Effect.isEffect(apiKey) ? undefined : valueOf(apiKey)
  const signed: Signed<R> = Effect.isEffect(apiKey)
    ? { authorize: rotating(definition.id, Effect.provideContext(apiKey, context), signing) }
    : apiKey === undefined && options.keyPerCall === true
      ? { authorize: () => Effect.fail(new AuthenticationError({ provider: definition.id, detail: noKey })) }
      : yield* signing(apiKey)

  const extraHeaders = Object.entries<string | Redacted.Redacted>(options.headers ?? {})
  const allHeaders = {
    ...definition.headers,
    ...settings.headers,
    ...Object.fromEntries(extraHeaders.map(([name, value]) => [name, plain(value)]))
  }
  for (const [name, value] of Object.entries(allHeaders)) {
    yield* checkHeader(`the header ${JSON.stringify(name)}`, name, value)
  }
  const redacted = extraHeaders.flatMap(([, value]) => (typeof value === "string" ? [] : [plain(value)]))
  Sending.noteSecrets(fixed, [...settings.secrets, ...redacted, ...RequestHeaders.secretsIn(allHeaders)])
  if (scope.names !== undefined) Sending.noteSecrets(scope.secrets, [...fixed])
  const headers = Headers.fromInput({ ...allHeaders, ...signed.headers })

  const secretNames = [
    keyHeader,
    ...extraHeaders.flatMap(([name, value]) => (typeof value === "string" ? [] : [name.toLowerCase()]))
  ]
  const sender = Sending.make(yield* HttpClient.HttpClient, options.limits, secretNames)
  const signedSender = {
    ...sender,
    send: Sending.signing(sender.send, provided(signed.authorize, context), used, secretNames)
  }
  /** By what they accept, with the method where that is not `POST`, and by path: a key made of both would cost each call its hash. */
  const requests = new Map<string, Map<string, HttpClientRequest.HttpClientRequest>>()
  const request: Endpoint<Quirks>["request"] = (path, accept, method = "POST") => {
    const kind = method === "POST" ? accept : `${method} ${accept}`
    let templates = requests.get(kind)
    if (templates === undefined) requests.set(kind, (templates = new Map()))
    let template = templates.get(path)
    if (template === undefined) {
      if (templates.size >= mostPaths) templates.clear()
      const url = withQuery(/^https?:/.test(path) ? path : baseUrl + path, settings.query)
      template = HttpClientRequest.make(method)(url, { headers: Headers.setAll(headers, acceptHeaders(accept)) })
      templates.set(path, template)
    }
    return template
  }
  const requestAt: Endpoint<Quirks>["requestAt"] = (address, accept, method = "POST") =>
    URL.parse(address)?.origin === URL.parse(baseUrl)?.origin
      ? { sender: signedSender, request: request(address, accept, method) }
      : {
          sender: { ...sender, send: Sending.signing(sender.send, undefined, used, secretNames) },
          request: HttpClientRequest.make(method)(address, { headers: acceptHeaders(accept) })
        }
  const protocol = Effect.isEffect(definition.protocol) ? yield* definition.protocol : definition.protocol
  const { capabilityPath, models = ModelList.endpoints[protocol.id], path } = definition
  return {
    definition:
      Object.keys(settings.body).length === 0
        ? definition
        : { ...definition, body: { ...definition.body, ...settings.body } },
    keyHeader,
    protocol,
    framing: yield* loadFraming(protocol.framing),
    sender: signedSender,
    baseUrl,
    fingerprint: () =>
      Fingerprint.make(definition, options, { baseUrl, apiKey: fixedKey, settings: values, headers: allHeaders }),
    request,
    requestAt,
    path: path === undefined ? protocol.path : (model, stream) => path(model, stream, values),
    capabilityPath:
      capabilityPath === undefined ? identity : (path, model) => capabilityPath(path, model, { ...values, baseUrl }),
    models: models === "none" ? undefined : typeof models === "function" ? models(baseUrl) : models,
    secrets: all(fixed, used, scope.secrets),
    quirks: { ...definition.quirks, ...options.quirks } as Partial<Quirks>
  }
})

/** Bytes are not to be compressed: nothing in them tells where they end, and Node's `fetch` ends a coding that is cut as if it were whole. */
const acceptHeaders = (accept: string): { readonly [name: string]: string } =>
  accept === "*/*" ? { accept, "accept-encoding": "identity" } : { accept }

const noKey = "this call has no key: pass one with withCredentials({ apiKey })"

/** Either fixed headers or a function. */
interface Signed<R = never> {
  readonly headers?: { readonly [name: string]: string } | undefined
  readonly authorize?: Authorize<R> | undefined
}

/** Signs with the current key; the signer is cached until the key changes. */
const rotating = <R>(
  provider: string,
  keys: Effect.Effect<Redacted.Redacted, ProviderError>,
  signing: (key: Redacted.Redacted) => Effect.Effect<Signed<R>, Config.ConfigError>
): Authorize<R> => {
  let last: { readonly key: string | undefined; readonly signed: Signed<R> } | undefined
  const signedWith = (key: Redacted.Redacted): Effect.Effect<Signed<R>, ProviderError> => {
    const value = valueOf(key)
    if (last !== undefined && last.key === value) return Effect.succeed(last.signed)
    return signing(key).pipe(
      Effect.tap((signed) => Effect.sync(() => void (last = { key: value, signed }))),
      Effect.mapError((error) => new AuthenticationError({ provider, detail: messageOf(error) }))
    )
  }
  return Effect.fnUntraced(function* (request, refused) {
    const { authorize, headers } = yield* Effect.flatMap(keys, signedWith)
    const signed = headers === undefined ? request : HttpClientRequest.setHeaders(request, headers)
    return authorize === undefined ? signed : yield* authorize(signed, refused)
  })
}

const provided = <R, R2>(
  authorize: Authorize<R> | undefined,
  context: Context.Context<R | R2>
): Authorize | undefined =>
  authorize && ((request, refused) => Effect.provideContext(authorize(request, refused), context))

const plain = (value: string | Redacted.Redacted): string =>
  Redacted.isRedacted(value) ? Redacted.value(value) : value

const all = (...lists: ReadonlyArray<Iterable<string>>): Iterable<string> => ({
  *[Symbol.iterator]() {
    for (const list of lists) yield* list
  }
})

const readSettings = Effect.fnUntraced(function* <Quirks extends object, SettingName extends string, R, R2>(
  definition: ProviderDefinition<string, Quirks, SettingName, R>,
  options: LayerOptions<Quirks, SettingName, R2>
) {
  const values: Record<string, string> = {}
  const headers: Record<string, string> = {}
  const body: Record<string, string> = {}
  const query = new URLSearchParams()
  const secrets: Array<string> = []
  for (const [name, setting] of entriesOf(definition)) {
    const option = options[name as keyof typeof options] as string | Redacted.Redacted | undefined
    const value = valueOf(option) ?? setting.default
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
