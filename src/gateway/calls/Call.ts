import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { PermissionDeniedError } from "effect-llm/domain/CallErrors"
import { openPull } from "effect-llm/model/Opening"
import { CurrentMemory } from "effect-llm/domain/Wire"
import { CurrentDecisionObserver } from "effect-llm/policies/Decision"
import * as Journal from "effect-llm/policies/Journal"
import * as Model from "effect-llm/policies/Model"
import { CurrentOverride } from "effect-llm/router/Override"
import type { Capabilities, ModelKind } from "../../settings/build/ModelKind.ts"
import { LimitObserver } from "../access/LimitObserver.ts"
import * as OwnKeys from "../access/OwnKeys.ts"
import type { AnswerHeaders } from "../http/Answer.ts"
import type { Exchange } from "../http/Routes.ts"
import { CallNotes } from "./CallNotes.ts"
import { type Failure, invalid, Refused } from "./Failure.ts"
import { Models } from "./Models.ts"

/**
 * Which deployment a call had best go to.
 *
 * - `session`: the conversation that it belongs to, as its client names it.
 * - `order`: these first, by their names.
 * - `deployment`: the only one that may be called; with `fallbacks: false` nobody is called in its place.
 */
export interface Routing {
  readonly session?: string | undefined
  readonly order?: ReadonlyArray<string> | undefined
  readonly deployment?: string | undefined
  readonly fallbacks?: false | undefined
}

/** A whole response, and the headers that say how it came about. */
export interface Whole<Response> {
  readonly response: Response
  readonly headers: AnswerHeaders
  /** The name of the deployment that served it. */
  readonly deployment: string | undefined
}

/** A stream that has begun, and the headers that say how: its events come with the pulls, those that have arrived first. */
export interface Streamed<Event> {
  readonly pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Event>, Failure>
  readonly headers: AnswerHeaders
  /** The name of the deployment that serves it by now. */
  readonly deployment: () => string | undefined
}

/** Calls the model of this name for a whole response, with what its caller may do. Whatever kind it is, this is the way to it. */
export const whole = Effect.fnUntraced(function* <K extends ModelKind>(
  exchange: Exchange,
  kind: K,
  name: string,
  request: Capabilities[K]["Input"],
  routing: Routing = {}
): Effect.fn.Return<Whole<Capabilities[K]["Response"]>, Failure, Models> {
  const notes = new CallNotes(exchange)
  const model = yield* modelOf(exchange, kind, name, notes, routing)
  const response = yield* model.generate(request)
  const headers = notes.whole(response, yield* Clock.currentTimeMillis)
  return { response, headers, deployment: notes.deployment }
})

/**
 * Calls the model of this name for a stream, and waits for its first content: an error before that is a response of its own. The
 * stream lives as long as the scope.
 */
export const stream = Effect.fnUntraced(function* <K extends ModelKind>(
  exchange: Exchange,
  kind: K,
  name: string,
  request: Capabilities[K]["Input"],
  routing: Routing = {}
): Effect.fn.Return<Streamed<Capabilities[K]["Event"]>, Failure, Models | Scope.Scope> {
  type Event = Capabilities[K]["Event"]
  const notes = new CallNotes(exchange)
  const model = yield* modelOf(exchange, kind, name, notes, routing)
  const events: Stream.Stream<Event, Failure> | undefined = Model.streamOf(model)?.(request)
  if (events === undefined) return yield* invalid(`${name} does not stream`)
  const isContent = (event: Event): boolean => model.kind.streaming?.isContent(event) !== false
  const { pull, seen } = yield* openPull(events, isContent)
  let isBegun = false
  return {
    headers: notes.stream(seen, yield* Clock.currentTimeMillis),
    deployment: () => notes.deployment,
    pull: Effect.suspend((): Streamed<Event>["pull"] => {
      const [first, ...others] = seen
      if (isBegun || first === undefined) return pull
      isBegun = true
      return Effect.succeed([first, ...others])
    })
  }
})

/** The refusal of a model that a key may not call. */
export const forbidden = (model: string): Refused =>
  new Refused({ error: new PermissionDeniedError({ detail: `this key may not call ${model}` }) })

/** The model with what its caller may do, and what policies are told of the call. */
const modelOf = Effect.fnUntraced(function* <K extends ModelKind>(
  exchange: Exchange,
  kind: K,
  name: string,
  notes: CallNotes,
  routing: Routing
) {
  const { caller } = exchange
  if (!caller.permits(name)) return yield* forbidden(name)
  const models = yield* Models
  const accounts = yield* OwnKeys.accountsOf(exchange)
  const own = accounts && (yield* accounts.model(kind, name))
  return own === undefined
    ? Model.provideContext(caller.policy(yield* models.model(kind, name)), contextOf(exchange, notes, routing))
    : Model.provideContext(caller.policy(own), contextOf(exchange, notes, routing, OwnKeys.tags))
})

/** What the policies of a call are told of it. */
export const contextOf = (
  { caller }: Exchange,
  notes: CallNotes,
  routing: Routing = {},
  tags?: Journal.Annotations["tags"]
): Context.Context<never> => {
  const annotations = tags
    ? { ...caller.annotations, tags: { ...caller.annotations.tags, ...tags } }
    : caller.annotations
  const { session } = routing
  return Context.make(
    Journal.CurrentAnnotations,
    session === undefined || annotations.session !== undefined ? annotations : { ...annotations, session }
  ).pipe(
    Context.add(CurrentDecisionObserver, notes.observe),
    Context.add(LimitObserver, notes.limited),
    Context.add(CurrentMemory, true),
    Context.add(CurrentOverride, routing)
  )
}

/** The error of a pull that failed; a defect has none. */
export const errorIn = (cause: Cause.Cause<Failure | Cause.Done>): Failure | undefined => {
  const error = Cause.findErrorOption(cause)
  return error._tag === "Some" && error.value._tag !== "Done" ? (error.value as Failure) : undefined
}
