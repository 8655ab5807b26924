import * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as HttpClient from "effect/http/HttpClient"
import type { Chat, Exchange, Streaming } from "../domain/Capability.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import { ChatFold } from "../domain/ChatFold.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { CurrentMemory, requestOf } from "../domain/Wire.ts"
import { AuthenticationError, UnsupportedParameterError } from "../domain/CallErrors.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import { kind } from "../model/ChatKind.ts"
import { unwrap } from "../model/PullStream.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"
import type { Protocol } from "../protocols/Protocol.ts"
import * as ConfigErrors from "../transport/ConfigErrors.ts"
import { redact } from "../transport/Secrets.ts"
import * as ByteStream from "./ByteStream.ts"
import * as Credentials from "./Credentials.ts"
import type { ScopedCredentials } from "./Credentials.ts"
import * as Endpoint from "./Endpoint.ts"
import * as ModelListing from "./ModelListing.ts"
import * as OutgoingCall from "./OutgoingCall.ts"
import * as Preparation from "./Preparation.ts"
import type { ProtocolCalls, Provider } from "./Provider.ts"
import { clashOf, type LayerOptions, type ProviderDefinition, entriesOf } from "./ProviderDefinition.ts"
import * as Restrictions from "./restrictions/Restrictions.ts"
import { configOf, messageOf } from "./Settings.ts"
import * as StreamedWhole from "./StreamedWhole.ts"
import { StreamReading } from "./StreamReading.ts"

/** A program uses few models, but a gateway may get any name. */
const mostModels = 1000

export const make = Effect.fnUntraced(function* <
  Id extends string,
  Quirks extends object,
  SettingName extends string,
  R = never,
  R2 = never
>(
  definition: ProviderDefinition<Id, Quirks, SettingName, R>,
  options: LayerOptions<Quirks, SettingName, R2>
): Effect.fn.Return<Provider, Config.ConfigError, HttpClient.HttpClient | R | R2> {
  const secrets = new Set<string>()
  const common = yield* Endpoint.make(definition, options, { secrets })
  const endpointFor = yield* credentialsEndpoints(definition, options, common, secrets)
  const { identity } = definition
  const credentials = Credentials.current(definition.id)
  /** Uses the fiber's credentials if it has any, else the layer's; and says whether its calls remember what comes over the wire. */
  const withEndpoint = <A, R>(
    use: (endpoint: Endpoint.Endpoint<Quirks>, remembers: boolean) => Effect.Effect<A, ProviderError, R>
  ) =>
    Effect.withFiber((fiber): Effect.Effect<A, ProviderError, R> => {
      const scoped = fiber.getRef(credentials)
      const remembers = fiber.getRef(CurrentMemory)
      return scoped === undefined || scoped.identity !== identity
        ? use(common, remembers)
        : Effect.flatMap(endpointFor(scoped), (endpoint) => use(endpoint, remembers))
    })
  const restrictions = restrictionsOf(definition.rows ?? definition.id, common.protocol)
  const chat = (
    endpoint: Endpoint.Endpoint<Quirks>,
    model: string,
    request: ChatRequest,
    options: OutgoingCall.Options
  ) => {
    const known = restrictions(model)
    // A provider of the protocol in which the request came gets what the client sent, supported or not.
    const isPassedOn = requestOf(request)?.protocol === endpoint.protocol.id && request.onUnsupported === undefined
    const sent: ChatRequest = isPassedOn ? { ...request, onUnsupported: "send" } : request
    const prepared = Preparation.prepareChat(endpoint, known, sent, options.stream)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    const { isSingleCall } = prepared.success
    // What is left out of a response is not passed on either.
    const making = isSingleCall ? { ...options, remembers: false } : options
    const call = OutgoingCall.make(endpoint, endpoint.protocol, prepared.success, making)
    if (Result.isFailure(call)) return Effect.fail(call.failure)
    return Preparation.checkImages(call.success, endpoint, known, sent)
  }
  /** The calls that are made by a function, whatever they are for. */
  const callsOf = <C extends Exchange, Q extends object>(
    callOf: (
      endpoint: Endpoint.Endpoint<Quirks>,
      model: string,
      request: C["Request"],
      options: OutgoingCall.Options
    ) => Effect.Effect<OutgoingCall.OutgoingCall<C, Q>, ProviderError>,
    readOther?: OutgoingCall.ReadOther<C, Q>
  ): ProtocolCalls<C> => ({
    generate: (model, request) =>
      withEndpoint((endpoint, remembers) =>
        Effect.flatMapEager(callOf(endpoint, model, request, { stream: false, remembers }), (call) =>
          OutgoingCall.generate(call, readOther)
        )
      ),
    stream: (model, request, streaming) =>
      unwrap(
        withEndpoint((endpoint, remembers) =>
          Effect.flatMapEager(callOf(endpoint, model, request, { stream: true, remembers }), (call) =>
            open(call, streaming)
          )
        )
      )
  })
  const chats = callsOf<Chat, Quirks>(chat, (call, whole) =>
    StreamedWhole.isStream(call, whole) ? StreamedWhole.read(call, kind.streaming, whole) : undefined
  )
  const stream: Provider["stream"] = (model, request) => chats.stream(model, request, kind.streaming)
  return {
    id: definition.id,
    identity,
    baseUrl: common.baseUrl,
    fingerprint: common.fingerprint(),
    redact: (value) => redact(value, common.secrets),
    models: ModelListing.list(common) && withEndpoint((endpoint) => ModelListing.list(endpoint) ?? Effect.succeed([])),
    check: ModelListing.check(common) && withEndpoint((endpoint) => ModelListing.check(endpoint) ?? Effect.void),
    using: <C extends Exchange>(protocol: Protocol<C>) =>
      callsOf<C, object>((endpoint, model, request, options) =>
        Effect.fromResult(
          Result.flatMap(Preparation.prepareExchange<C>(endpoint, protocol.id, model, request), (prepared) =>
            OutgoingCall.make(endpoint, protocol, prepared, options)
          )
        )
      ),
    // A folded stream has one choice; a request for several needs a whole response.
    generate: (model, request) =>
      definition.generateByStream === true && !asksForChoices(definition.id, request)
        ? fold(stream(model, request))
        : chats.generate(model, request),
    stream
  }
})

/**
 * Sends the call and reads the response as it is made. The connection is closed with the scope: when the stream ends,
 * fails or is interrupted.
 */
const open = Effect.fnUntraced(function* <C extends Exchange, Quirks extends object>(
  call: OutgoingCall.OutgoingCall<C, Quirks>,
  streaming: Streaming<C>
): Effect.fn.Return<Stream.Stream<C["Event"], ProviderError>, ProviderError, Scope.Scope> {
  const { framing, makeDecoder } = call.protocol
  if (framing === undefined || makeDecoder === undefined) {
    const { model, provider } = call
    const detail = "this capability does not stream"
    return yield* Effect.fail(new UnsupportedParameterError({ provider, model, parameter: "stream", detail }))
  }
  const clock = yield* Clock.Clock
  const startedAtMillis = steadyMillis(clock)
  const bytes = yield* ByteStream.open(call.sender, call, call.http, clock, startedAtMillis)
  const options = OutgoingCall.decodingOf(call, bytes.head)
  const name = typeof framing === "function" ? framing(options) : framing
  const framed =
    name === "bytes" ? undefined : yield* Effect.orDie(ByteStream.loadFraming(name, call.remembers !== undefined))
  const reading = new StreamReading(call, streaming, makeDecoder(options), framed, bytes, clock, startedAtMillis)
  return ByteStream.events(bytes, reading)
})

/** Whether the options of a request, or the body that it was read from, ask for more than one response. */
const asksForChoices = (provider: string, request: ChatRequest): boolean =>
  [request.providerOptions?.[provider], requestOf(request)?.body].some(
    (options) => Predicate.isObject(options) && typeof options.n === "number" && options.n > 1
  )

const fold = (events: Stream.Stream<ChatEvent, ProviderError>): Effect.Effect<ChatResponse, ProviderError> =>
  Effect.suspend(() => {
    const fold = new ChatFold()
    const added = Stream.runForEach(events, (event) => Effect.sync(() => fold.add(event)))
    return Effect.map(added, () => ChatResponse.of(fold.fields()))
  })

/** The classes whose layers are built together, by id. */
const claims = new WeakMap<Layer.MemoMap, Map<string, symbol | undefined>>()

/** Fails if another class with this id is built into the same context, where one would replace the other. */
export const claim = ({
  id,
  identity
}: Pick<ProviderDefinition<string, never>, "id" | "identity">): Effect.Effect<void, Config.ConfigError, Scope.Scope> =>
  Effect.flatMap(Effect.serviceOption(Layer.CurrentMemoMap), (current) => {
    const memoMap = Option.getOrUndefined(current)
    if (memoMap === undefined) return Effect.void
    const owners = claims.get(memoMap) ?? new Map<string, symbol | undefined>()
    claims.set(memoMap, owners)
    if (!owners.has(id)) {
      owners.set(id, identity)
      return Effect.addFinalizer(() => Effect.sync(() => owners.delete(id)))
    }
    return owners.get(id) === identity
      ? Effect.void
      : Effect.fail(ConfigErrors.of(clashOf(id, "the layers of both are provided")))
  })

export const fromConfig = <Id extends string, Quirks extends object, SettingName extends string, R>(
  definition: ProviderDefinition<Id, Quirks, SettingName, R>
): Effect.Effect<Provider, Config.ConfigError, HttpClient.HttpClient | R> =>
  Effect.flatMap(configOf(definition), (options) => make(definition, options))

const restrictionsOf = (rows: string, { id, unsupported }: Pick<ChatProtocol, "id" | "unsupported">) => {
  const known = new Map<string, Restrictions.Restrictions>()
  return (model: string): Restrictions.Restrictions => {
    let found = known.get(model)
    if (found === undefined) {
      if (known.size >= mostModels) known.clear()
      known.set(model, (found = Restrictions.make(rows, model, unsupported, id)))
    }
    return found
  }
}

const credentialNames = { apiKey: "apiKey of withCredentials", baseUrl: "baseUrl of withCredentials" }

/**
 * Makes endpoints for calls with their own credentials. An endpoint and its tokens are cached for as long as the
 * credentials object lives.
 */
const credentialsEndpoints = Effect.fnUntraced(function* <Quirks extends object, SettingName extends string, R, R2>(
  definition: ProviderDefinition<string, Quirks, SettingName, R>,
  options: LayerOptions<Quirks, SettingName, R2>,
  common: Endpoint.Endpoint<Quirks>,
  secrets: Set<string>
): Effect.fn.Return<
  (scoped: ScopedCredentials) => Effect.Effect<Endpoint.Endpoint<Quirks>, ProviderError>,
  never,
  HttpClient.HttpClient | R | R2
> {
  const context = yield* Effect.context<HttpClient.HttpClient | R | R2>()
  const endpoints = new WeakMap<ScopedCredentials, Endpoint.Endpoint<Quirks>>()
  const unusable = (detail: string) => new AuthenticationError({ provider: definition.id, detail })

  return (scoped) =>
    Effect.suspend(() => {
      const cached = endpoints.get(scoped)
      if (cached !== undefined) return Effect.succeed(cached)
      const { credentials } = scoped
      const isOtherHost =
        credentials.baseUrl !== undefined && originOf(credentials.baseUrl) !== originOf(common.baseUrl)
      const apiKey = credentials.apiKey ?? keyIn(credentials.headers, definition.auth)
      const identifies = apiKey !== undefined || secretsOf(definition).some((name) => credentials[name])
      const needsKey = definition.auth !== "none" && definition.keyOptional !== true
      if (isOtherHost && !identifies && needsKey) return Effect.fail(unusable(keyStays))
      const layerOptions = isOtherHost || identifies ? withoutIdentity(definition, options) : options
      const headers = { ...(isOtherHost ? {} : options.headers), ...credentials.headers }
      const merged = { ...layerOptions, ...credentials, ...(apiKey && { apiKey }), headers } as LayerOptions<
        Quirks,
        SettingName,
        R2
      >
      return Endpoint.make(definition, merged, { names: credentialNames, secrets }).pipe(
        Effect.provideContext(context),
        Effect.mapError((error) => unusable(messageOf(error))),
        Effect.tap((endpoint) => Effect.sync(() => endpoints.set(scoped, endpoint)))
      )
    })
})

const keyStays =
  "withCredentials has a baseUrl on another host but no apiKey; the layer's key is not sent there, so pass both"

/** The key in the header in which the provider expects it: who passes that header does not want the layer's key. */
const keyIn = (
  headers: ScopedCredentials["credentials"]["headers"],
  auth: ProviderDefinition<string, never>["auth"]
): Redacted.Redacted | undefined => {
  if (auth === "none") return undefined
  const [name, prefix] =
    typeof auth === "object" ? [auth.header.toLowerCase(), auth.prefix ?? ""] : ["authorization", "Bearer "]
  const given = Object.entries(headers ?? {}).find(([header]) => header.toLowerCase() === name)?.[1]
  const value = Redacted.isRedacted(given) ? Redacted.value(given) : given
  return value?.toLowerCase().startsWith(prefix.toLowerCase()) === true
    ? Redacted.make(value.slice(prefix.length))
    : undefined
}

const originOf = (url: string): string | undefined => URL.parse(url)?.origin

const secretsOf = (definition: { readonly settings?: unknown }): ReadonlyArray<string> =>
  entriesOf(definition).flatMap(([name, { secret }]) => (secret === true ? [name] : []))

/** Drops the options by which the layer identifies itself. */
const withoutIdentity = <Options extends object>(
  definition: { readonly settings?: unknown },
  options: Options
): Partial<Options> => {
  const identity = new Set(["apiKey", "keyPerCall", ...secretsOf(definition)])
  return Object.fromEntries(Object.entries(options).filter(([name]) => !identity.has(name))) as Partial<Options>
}
