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
import { CurrentCallIds } from "../../settings/build/Shadowing.ts"
import { LimitObserver } from "../access/LimitObserver.ts"
import * as OwnKeys from "../access/OwnKeys.ts"
import type { Exchange } from "../http/Routes.ts"
import { CallNotes } from "./CallNotes.ts"
import { type Failure, invalid, Refused } from "./Failure.ts"
import { Models } from "./Models.ts"
import { ours, type WordOf } from "./Words.ts"

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
  /** A fresh record for this response, to which its writer may add. */
  readonly headers: Record<string, string>
  /** The name of the deployment that served it. */
  readonly deployment: string | undefined
}

/** A stream that has begun, and the headers that say how. */
export interface Streamed<Event> {
  /** The events that have arrived. */
  readonly first: ReadonlyArray<Event>
  /** Those that come after them. */
  readonly pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Event>, Failure>
  /** A fresh record for this response, to which its writer may add. */
  readonly headers: Record<string, string>
  /** The name of the deployment that serves it by now. */
  readonly deployment: () => string | undefined
}

/** Calls the model of this name for a whole response, with what its caller may do. Whatever kind it is, this is the way to it. */
export const whole = <K extends ModelKind>(
  exchange: Exchange,
  kind: K,
  name: string,
  request: Capabilities[K]["Input"],
  routing: Routing = {},
  wordOf: WordOf = ours
): Effect.Effect<Whole<Capabilities[K]["Response"]>, Failure, Models> =>
  withModel(exchange, kind, name, ({ context, model, tags }) => {
    const notes = new CallNotes(exchange, wordOf)
    const clock = Context.get(context, Clock.Clock)
    const called = Effect.updateContext(model.generate(request), (context: Context.Context<never>) =>
      contextOf(context, exchange, notes, routing, tags)
    )
    return Effect.map(called, (response) => ({
      response,
      headers: notes.whole(response, clock),
      deployment: notes.deployment
    }))
  })

/**
 * Calls the model of this name for a stream, and waits for its first content: an error before that is a response of its own. The
 * stream lives as long as the scope.
 */
export const stream = <K extends ModelKind>(
  exchange: Exchange,
  kind: K,
  name: string,
  request: Capabilities[K]["Input"],
  routing: Routing = {},
  wordOf: WordOf = ours
): Effect.Effect<Streamed<Capabilities[K]["Event"]>, Failure, Models | Scope.Scope> =>
  withModel(exchange, kind, name, ({ context, model, tags }) => {
    type Event = Capabilities[K]["Event"]
    const notes = new CallNotes(exchange, wordOf)
    const clock = Context.get(context, Clock.Clock)
    const called = Model.provideContext(model, contextOf(Context.empty(), exchange, notes, routing, tags))
    const events: Stream.Stream<Event, Failure> | undefined = Model.streamOf(called)?.(request)
    if (events === undefined) return Effect.fail(invalid(`${name} does not stream`))
    const isContent = (event: Event): boolean => model.kind.streaming?.isContent(event) !== false
    return Effect.map(openPull(events, isContent), ({ pull, seen }) => ({
      first: seen,
      pull,
      headers: notes.stream(seen, clock.currentTimeMillisUnsafe()),
      deployment: () => notes.deployment
    }))
  })

/** The refusal of a model that a key may not call. */
export const forbidden = (model: string): Refused =>
  new Refused({ error: new PermissionDeniedError({ detail: `this key may not call ${model}` }) })

/** A model with what its caller may do, the tags of its calls, and the services of the gateway. */
interface Called<K extends ModelKind> {
  readonly model: Model.Model<Capabilities[K], Failure, Journal.Journal>
  readonly tags?: Journal.Annotations["tags"]
  readonly context: Context.Context<Models>
}

/** Uses the model of this name, which the keys of a provider that the request brings may call. */
const withModel = <K extends ModelKind, A, R>(
  exchange: Exchange,
  kind: K,
  name: string,
  use: (called: Called<K>) => Effect.Effect<A, Failure, R>
): Effect.Effect<A, Failure, Models | R> => {
  const { caller } = exchange
  if (!caller.permits(name)) return Effect.fail(forbidden(name))
  return Effect.contextWith((context: Context.Context<Models>): Effect.Effect<A, Failure, Models | R> => {
    const common = Effect.flatMap(Context.get(context, Models).model(kind, name), (model) =>
      use({ model: caller.policy(model), context })
    )
    if (!OwnKeys.areIn(exchange.received)) return common
    return Effect.flatMap(OwnKeys.accountsOf(exchange), (accounts) =>
      Effect.flatMap(accounts?.model(kind, name) ?? Effect.undefined, (own) =>
        own === undefined ? common : use({ model: caller.policy(own), tags: OwnKeys.tags, context })
      )
    )
  })
}

/** The context of a call: its journal, annotations, observers and routing. */
export const contextOf = (
  context: Context.Context<never>,
  { caller }: Exchange,
  notes: CallNotes,
  routing: Routing = {},
  tags?: Journal.Annotations["tags"]
): Context.Context<Journal.Journal> => {
  const annotations = tags
    ? { ...caller.annotations, tags: { ...caller.annotations.tags, ...tags } }
    : caller.annotations
  const { session } = routing
  const named = session === undefined || annotations.session !== undefined ? annotations : { ...annotations, session }
  let made = Context.add(context, Journal.Journal, caller.journal)
  made = Context.add(made, Journal.CurrentAnnotations, named)
  made = Context.add(made, CurrentDecisionObserver, notes.observe)
  made = Context.add(made, LimitObserver, notes.limited)
  made = Context.add(made, CurrentMemory, true)
  made = Context.add(made, CurrentCallIds, caller.callIds)
  return Context.add(made, CurrentOverride, routing)
}

/** The error of a pull that failed; a defect has none. */
export const errorIn = (cause: Cause.Cause<Failure | Cause.Done>): Failure | undefined => {
  const error = Cause.findErrorOption(cause)
  return error._tag === "Some" && error.value._tag !== "Done" ? (error.value as Failure) : undefined
}
