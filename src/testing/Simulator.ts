import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cause from "effect/Cause"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type Pace, Scenario } from "./Scenario.ts"
import type { SimulatedRequest } from "./SimulatedRequest.ts"
import { simulatedModels } from "./SimulatedModels.ts"
import { dialects } from "./simulator/Dialect.ts"
import { Exchange } from "./simulator/Exchange.ts"
import type { ListenError } from "./simulator/ListenError.ts"
import { listen } from "./simulator/Server.ts"
import { type SimulatorState, handle } from "./simulator/Handler.ts"
import { RequestLog } from "./simulator/RequestLog.ts"
import { Script } from "./simulator/Script.ts"
import { Storage } from "./simulator/Storage.ts"

export { ListenError } from "./simulator/ListenError.ts"

/**
 * Options of a simulator.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined
  /** Default `127.0.0.1`: reached from this machine only. */
  readonly host?: string | undefined
  /** Additional models, and other scenarios for the built-in ones. */
  readonly models?: { readonly [name: string]: Scenario } | undefined
  /** The scenario of any other model whose name does not begin with `sim-`. Default healthy. */
  readonly otherwise?: Scenario | undefined
  /** The default speed of models. By default nothing takes time. */
  readonly pace?: Pace | undefined
  /** When set, requests with another key fail with 401. */
  readonly apiKey?: string | undefined
}

/**
 * A local server that speaks the protocols of `baseUrls`, among them OpenAI chat completions (`POST /v1/chat/completions`,
 * `GET /v1/models`) and Anthropic messages (`POST /v1/messages`), and behaves as the name of the model says: see
 * `simulatedModels`. There is no model behind it and no randomness in it.
 *
 * Delays and outages are on the `Clock` of whoever builds the layer; bytes move when they move.
 *
 * @since 0.1.0
 * @category services
 */
export class Simulator extends Context.Service<
  Simulator,
  {
    /** The address, such as `http://127.0.0.1:4010`. */
    readonly url: string
    /** The base URL for OpenAI and everything compatible with it. */
    readonly openAiUrl: string
    /** The base URL for Anthropic. */
    readonly anthropicUrl: string
    /** The base URL for each protocol. */
    readonly baseUrls: { readonly [protocol in keyof typeof dialects]: string }
    /** The last 10,000 requests, oldest first. */
    readonly requests: Effect.Effect<ReadonlyArray<SimulatedRequest>>
    /** Waits for the first request that has been read and satisfies `where`. */
    readonly awaitRequest: (where?: (request: SimulatedRequest) => boolean) => Effect.Effect<SimulatedRequest>
    /** Waits for the first request that is over and satisfies `where`. */
    readonly awaitClosed: (where?: (request: SimulatedRequest) => boolean) => Effect.Effect<SimulatedRequest>
    /** Sets the scenario of a model, new or not, and starts it from the beginning. */
    readonly script: (model: string, scenario: Scenario) => Effect.Effect<void>
    /** Back to the start: clears the request log, restarts all scenarios and undoes `script`. */
    readonly reset: Effect.Effect<void>
  }
>()("effect-llm/testing/Simulator") {
  /** Starts a simulator; closing the layer stops it and all its connections. */
  static readonly layer = (options: SimulatorOptions = {}): Layer.Layer<Simulator, ListenError> =>
    Layer.effect(Simulator, make(options))

  /** Runs a simulator until interrupted and prints its base URLs: for `NodeRuntime.runMain`. */
  static readonly run = (options: SimulatorOptions = {}): Effect.Effect<never, ListenError> =>
    Effect.scoped(
      Effect.flatMap(make(options), ({ anthropicUrl, openAiUrl }) =>
        Effect.andThen(
          Console.log(
            `The simulator is listening.\n  OPENAI_BASE_URL=${openAiUrl}\n  ANTHROPIC_BASE_URL=${anthropicUrl}`
          ),
          Effect.never
        )
      )
    )
}

const make = Effect.fnUntraced(function* (
  options: SimulatorOptions
): Effect.fn.Return<Simulator["Service"], ListenError, Scope.Scope> {
  const { apiKey, host = "127.0.0.1", otherwise = Scenario.healthy, pace = {}, port = 0 } = options
  const clock = yield* Clock.Clock
  const log = new RequestLog()
  const given = new Map<string, Scenario>(Object.entries({ ...simulatedModels, ...options.models }))
  const scenarios = new Map(given)
  const scripts = new Map<string, Script>()
  const storage = new Storage()
  const state: SimulatorState = {
    clock,
    apiKey,
    pace,
    storage,
    models: () => [...scenarios.keys()],
    script: (model) => {
      const known = scripts.get(model)
      if (known !== undefined) return known
      const scenario = scenarios.get(model) ?? (model.startsWith("sim-") ? undefined : otherwise)
      if (scenario === undefined) return undefined
      const script = new Script(scenario)
      scripts.set(model, script)
      return script
    }
  }

  const open = new Set<Exchange>()
  const run = yield* FiberSet.makeRuntime<never, void, never>()
  const listening = yield* listen({ host, port }, (incoming, outgoing) => {
    const exchange: Exchange = new Exchange(incoming, outgoing, {
      log,
      clock,
      closed: () => {
        open.delete(exchange)
        fiber.interruptUnsafe()
      }
    })
    open.add(exchange)
    const fiber = run(Effect.onExit(handle(exchange, state), (exit) => failed(exchange, exit)))
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => open.forEach((exchange) => exchange.abandon())))

  const url = `http://${host.includes(":") ? `[${host}]` : host}:${listening}`
  return {
    url,
    openAiUrl: `${url}/v1`,
    anthropicUrl: url,
    baseUrls: Object.fromEntries(Object.entries(dialects).map(([name, { base }]) => [name, url + base])) as {
      readonly [protocol in keyof typeof dialects]: string
    },
    requests: Effect.sync(() => log.seen),
    awaitRequest: (where = always) =>
      log.wait((request) => (request.body !== undefined || request.closedAt !== undefined) && where(request)),
    awaitClosed: (where = always) => log.wait((request) => request.closedAt !== undefined && where(request)),
    script: (model, scenario) =>
      Effect.sync(() => {
        scenarios.set(model, scenario)
        scripts.delete(model)
      }),
    reset: Effect.sync(() => {
      log.clear()
      storage.clear()
      scripts.clear()
      scenarios.clear()
      for (const [model, scenario] of given) scenarios.set(model, scenario)
    })
  }
})

const always = (): boolean => true

/** A scenario that throws is logged and its connection reset, so that no client hangs. */
const failed = (exchange: Exchange, exit: Exit.Exit<void>): Effect.Effect<void> =>
  Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
    ? Effect.void
    : Effect.andThen(Effect.logError("the simulator failed", exit.cause), exchange.reset)
