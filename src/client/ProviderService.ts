import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import { ChatFold } from "../domain/ChatFold.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"
import { redact } from "../transport/Secrets.ts"
import * as ConfigErrors from "../transport/ConfigErrors.ts"
import * as ChatCall from "./ChatCall.ts"
import * as ChatStream from "./ChatStream.ts"
import * as Credentials from "./Credentials.ts"
import * as Endpoint from "./Endpoint.ts"
import * as ModelListing from "./ModelListing.ts"
import * as CredentialsEndpoint from "./CredentialsEndpoint.ts"
import type { Provider } from "./Provider.ts"
import { clashOf, type LayerOptions, type ProviderDefinition } from "./ProviderDefinition.ts"
import * as Restrictions from "./Restrictions.ts"
import { configOf } from "./Settings.ts"

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
  const own = yield* CredentialsEndpoint.make(definition, options, common, secrets)
  const { identity } = definition
  const credentials = Credentials.current(definition.id)
  /** Uses the fiber's credentials if it has any, else the layer's. */
  const asked = <A, R>(use: (endpoint: Endpoint.Endpoint<Quirks>) => Effect.Effect<A, ProviderError, R>) =>
    Effect.withFiber((fiber): Effect.Effect<A, ProviderError, R> => {
      const given = fiber.getRef(credentials)
      return given === undefined || given.identity !== identity ? use(common) : Effect.flatMap(own(given), use)
    })
  const restrictions = restrictionsOf(definition.rows ?? definition.id, common.protocol)
  const call = (endpoint: Endpoint.Endpoint<Quirks>, model: string, request: ChatRequest, stream: boolean) => {
    const known = restrictions(model)
    const made = ChatCall.make(endpoint, known, request, stream)
    return Result.isSuccess(made) ? ChatCall.checked(made.success, known, request) : Effect.fail(made.failure)
  }
  const stream: Provider["stream"] = (model, request) =>
    Stream.unwrap(asked((endpoint) => Effect.flatMap(call(endpoint, model, request, true), ChatStream.open)))
  return {
    id: definition.id,
    identity,
    baseUrl: common.baseUrl,
    redact: (value) => redact(value, common.secrets),
    models: ModelListing.list(common) && asked((endpoint) => ModelListing.list(endpoint) ?? Effect.succeed([])),
    check: ModelListing.check(common) && asked((endpoint) => ModelListing.check(endpoint) ?? Effect.void),
    ask: (protocol, model, request) =>
      asked((endpoint) => Effect.flatMap(capabilityCall, ({ ask }) => ask(endpoint, protocol, model, request))),
    askStream: (protocol, model, request) =>
      Stream.unwrap(
        asked((endpoint) => Effect.flatMap(capabilityStream, ({ open }) => open(endpoint, protocol, model, request)))
      ),
    generate:
      definition.generateByStream === true
        ? (model, request) => fold(stream(model, request))
        : (model, request) =>
            asked((endpoint) => Effect.flatMap(call(endpoint, model, request, false), ChatCall.generate)),
    stream
  }
})

const fold = (events: Stream.Stream<ChatEvent, ProviderError>): Effect.Effect<ChatResponse, ProviderError> =>
  Effect.suspend(() => {
    const fold = new ChatFold()
    const added = Stream.runForEach(events, (event) => Effect.sync(() => fold.add(event)))
    return Effect.map(added, () => ChatResponse.of(fold.fields()))
  })

/** Loaded with the first request that is not a chat. */
const capabilityCall = Effect.promise(() => import("./CapabilityCall.ts"))
const capabilityStream = Effect.promise(() => import("./CapabilityStream.ts"))

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
