import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Scope from "effect/Scope"
import { Access, type Records } from "./access/Access.ts"
import type { Refused } from "./calls/Failure.ts"
import type { Models } from "./calls/Models.ts"
import { dialectOf } from "./dialects/Dialect.ts"
import type { Answer, AnswerHeaders } from "./http/Answer.ts"
import * as Cors from "./http/Cors.ts"
import { InProgress } from "./http/InProgress.ts"
import type { Received } from "./http/Received.ts"
import * as RequestId from "./http/RequestId.ts"
import type { RequestNotes } from "./http/RequestNotes.ts"
import { refusal, refuse, respond } from "./http/Respond.ts"
import { type Route, Routes } from "./http/Routes.ts"
import { CurrentSettings } from "./operations/CurrentSettings.ts"
import { Instances } from "./operations/Instances.ts"
import { HttpMetrics } from "./operations/HttpMetrics.ts"
import { Lifecycle } from "./operations/Lifecycle.ts"
import * as Neighbours from "./operations/Neighbours.ts"
import { operations } from "./operations/Operations.ts"
import { Peers } from "./operations/Peers.ts"
import { ProcessMetrics } from "./operations/ProcessMetrics.ts"
import { reported } from "./operations/Reports.ts"
import { dialects, routes } from "./Routes.ts"
import type { Store } from "./store/Store.ts"

/** How a gateway responds, in a server of its own or an existing one. */
export interface ResponderOptions {
  /** Whether only this machine reaches it: then, without keys, pages of other origins are refused. */
  readonly isLocal: boolean
  /** Headers of every response. */
  readonly headers?: { readonly [name: string]: string } | undefined
}

/** What routes need, and what responding does. */
export type ResponderServices =
  | (typeof routes extends ReadonlyArray<Route<infer R>> ? R : never)
  | Models
  | CurrentSettings
  | Access
  | Records
  | Store

/** Responds to requests. */
export class Responder extends Context.Service<
  Responder,
  {
    readonly respond: (received: Received) => Effect.Effect<Answer, never, Scope.Scope>
    /** The answer to a request that is refused whatever it asks for. */
    readonly refuse: (received: Received, refused: Refused) => Answer
    readonly nextId: () => string
    readonly inProgress: InProgress
    /** The services of all requests; each request has a scope of its own. */
    readonly context: Context.Context<never>
  }
>()("effect-llm-gateway/Responder") {
  static readonly layer = (options: ResponderOptions): Layer.Layer<Responder, never, ResponderServices> =>
    Layer.effect(this, make(options))
}

/** How many services a call may add before those of the gateway are copied for it. */
const mostAdded = 32

/** How often metrics of the process are sampled. */
const sampling = "10 seconds"

const make = Effect.fnUntraced(function* ({ headers, isLocal }: ResponderOptions) {
  const access = yield* Access
  const settings = yield* CurrentSettings
  const inProgress = new InProgress()
  const references = yield* Effect.context<never>()
  const metrics = yield* Effect.acquireRelease(
    Effect.sync(() => new HttpMetrics(references)),
    (metrics) => Effect.sync(() => metrics.close())
  )
  const sample = Effect.sync(() => metrics.sample(inProgress.size))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(sample, Effect.sleep(sampling))))
  const peers = yield* Peers
  const instances = yield* Instances
  const run = Effect.runForkWith(references)
  instances.listen((message) => {
    if (message.type === "reload") run(settings.reload)
  })
  const own = Effect.andThen(sample, PrometheusMetrics.format())
  yield* peers.share(own)
  const services = (yield* Effect.context<ResponderServices>()).pipe(
    Context.add(Lifecycle, { isDraining: () => inProgress.isClosing, inProgress: () => inProgress.size }),
    Context.add(ProcessMetrics, { collect: Effect.flatMap(own, peers.together) })
  )
  const table = new Routes([...routes.map((route) => bound(route)), ...operations.map((route) => bound(route))])

  const refused = (received: Received): Answer | undefined => {
    const { server = {} } = settings.get()
    const { cors } = server
    const preflight = Cors.preflight(cors, received)
    if (preflight !== undefined || !isLocal || !access.isOpen()) return preflight
    const foreign = Neighbours.refusalOf(received, cors)
    return foreign && refusal(foreign, dialectOf(received, dialects), received, 0)
  }
  /** Adds the headers that every answer has. */
  const complete = (of: AnswerHeaders, { headers: { origin } }: Received): AnswerHeaders => {
    const allowed = Cors.readable(of, settings.get().server?.cors, origin)
    return headers === undefined ? allowed : { ...allowed, ...headers }
  }
  const plain = (received: Received, notes: RequestNotes): Effect.Effect<Answer, never, Scope.Scope> => {
    const refusal = refused(received)
    if (refusal !== undefined) return Effect.succeed(refusal)
    if (headers === undefined && settings.get().server?.cors === undefined)
      return respond(received, notes, table, access, dialects)
    const { mayBegin } = received
    received.mayBegin =
      mayBegin &&
      ((early) => {
        early.headers = complete(early.headers, received)
        mayBegin(early)
      })
    return Effect.map(respond(received, notes, table, access, dialects), (answer) => ({
      ...answer,
      headers: complete(answer.headers, received)
    }))
  }
  const clock = yield* Clock.Clock
  const nextId = RequestId.maker(crypto.randomUUID().slice(0, 5))
  return {
    respond: reported(plain, metrics, () => settings.get().server?.logs?.access === true, references),
    refuse: (received: Received, refused: Refused) => {
      const answer = refuse(received, refused, table, dialects)
      return { ...answer, headers: complete(answer.headers, received) }
    },
    nextId: () => nextId(clock.currentTimeMillisUnsafe()),
    inProgress,
    context: Context.makeUnsafe(Context.omit(Scope.Scope)(services).mapUnsafe, { maxDepth: mostAdded })
  }
})

/** A route as one without needs: requests run with the services of all routes. */
const bound = <R>(route: Route<R>): Route => route as Route
