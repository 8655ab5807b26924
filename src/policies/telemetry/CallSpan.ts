import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Cost } from "../../domain/Cost.ts"
import * as ModelId from "../../domain/ModelId.ts"
import { partialOf } from "../../domain/ProviderError.ts"
import { AttemptLog } from "../AttemptLog.ts"
import { CurrentDecisionObserver, type Decision } from "../Decision.ts"
import { CurrentAnnotations } from "../journal/CurrentAnnotations.ts"
import type { Entry } from "../watch/Entry.ts"
import { millisOf } from "../watch/Instant.ts"
import type { CallEnd } from "../watch/CallEnd.ts"
import { costs } from "../WithCost.ts"
import { CurrentServerObserver } from "../../transport/ServerObserver.ts"
import { costAttributes, responseAttributes, serverAttributes, set, usageAttributes } from "./Attributes.ts"
import { type ContentOptions, contentOf } from "./Content.ts"
import { attribute, names, ours, providerName, type Version } from "./Conventions.ts"
import { errorTypeOf, interrupted, quiet } from "./ErrorType.ts"
import { metersOf } from "./Metrics.ts"
import { type Attributes, operationOf } from "./Operation.ts"
import { isReused, made, type Reuse, reuseOf } from "./Reuse.ts"
import type { Summary } from "./Summary.ts"

/** What is shown, and how. */
export interface Shown {
  readonly conventions: Version
  readonly content: ContentOptions | undefined
  readonly spans: boolean
  readonly metrics: boolean
  readonly attributes: Attributes | undefined
}

/** As many models are remembered: their names may come from strangers. */
const capacity = 1000

const known = new Map<string, ModelId.ModelId>()

/** The request to a model; the first of several. */
const requestedOf = (id: string): ModelId.ModelId => {
  const before = known.get(id)
  if (before !== undefined) return before
  const [first = id] = id.split(",", 1)
  const { model, provider } = ModelId.parse(first) ?? { model: first, provider: "effect_llm" }
  const requested = { provider: providerName(provider), model }
  if (known.size < capacity) known.set(id, requested)
  return requested
}

/** The call that a span is of. */
export interface Observed {
  readonly model: string
  readonly capability: string
  readonly request: CallRequest
  readonly isStream: boolean
}

/** What spans and metrics say of the end of a call. */
interface Ended {
  readonly reuse: Reuse | undefined
  readonly errorType: string | undefined
  readonly response: Summary | undefined
  readonly provider: string
  readonly attempts: ReadonlyArray<Attempt>
  readonly spent: ReadonlyArray<Cost>
  /** The model that was at work when the call was given up. */
  readonly cutShort: string | undefined
}

/** Starts the span of a call, as a child of the caller's. */
export const begin = (entry: Entry, call: Observed, shown: Shown): Effect.Effect<CallSpan> => {
  if (!shown.spans) return Effect.succeed(new CallSpan(entry, undefined, call, shown))
  const { model, provider } = requestedOf(call.model)
  const operation = operationOf(call.capability).name
  const attributes = {
    [attribute.operation]: operation,
    [attribute.provider]: provider,
    [attribute.requestModel]: model
  }
  const span = Effect.makeSpan(`${operation} ${model}`, { kind: "client", attributes })
  return Effect.map(span, (span) => new CallSpan(entry, span, call, shown))
}

/** The span of a call, those of its attempts, and what it adds to the metrics. Nothing here waits. */
export class CallSpan extends AttemptLog {
  readonly #call: Observed
  readonly #shown: Shown
  readonly #operation: string
  readonly #requested: ModelId.ModelId
  readonly #context: Context.Context<never>
  readonly #clock: Clock.Clock
  readonly #tracer: Tracer.Tracer
  readonly #span: Tracer.Span | undefined
  readonly #startedAtNanos: bigint
  #attemptStartedAtNanos: bigint
  #shownAttempts = 0
  #serverUrl: string | undefined
  #isEnded = false

  constructor({ clock, context, log }: Entry, span: Tracer.Span | undefined, call: Observed, shown: Shown) {
    super(log)
    const { attributes, name } = operationOf(call.capability)
    this.#call = call
    this.#shown = shown
    this.#operation = name
    this.#requested = requestedOf(call.model)
    this.#context = context
    this.#clock = clock
    this.#tracer = Context.get(context, Tracer.Tracer)
    this.#startedAtNanos = this.#attemptStartedAtNanos = span === undefined ? 0n : this.#clock.currentTimeNanosUnsafe()
    if (span === undefined || Context.get(span.annotations, Tracer.DisablePropagation)) return
    this.#span = span
    set(span, attributes(call.request, names[shown.conventions]))
    set(span, {
      [attribute.stream]: call.isStream ? true : undefined,
      [attribute.conversation]: Context.get(context, CurrentAnnotations).session,
      [ours.model]: call.model,
      ...shown.attributes
    })
  }

  /** Whether the end of the call needs the response itself. */
  get needsContent(): boolean {
    return this.#span !== undefined && this.#shown.content !== undefined
  }

  /** What the call runs with. */
  readonly services = (outer: Context.Context<never>): Context.Context<never> => {
    const decided = this.#shown.metrics || this.#span !== undefined ? this.#deciding(outer) : outer
    if (this.#span === undefined) return decided
    const outerServers = Context.get(outer, CurrentServerObserver)
    const sent = (url: string): void => {
      this.#serverUrl = url
      outerServers?.(url)
    }
    return Context.add(Context.add(decided, CurrentServerObserver, sent), Tracer.ParentSpan, this.#span)
  }

  #deciding(outer: Context.Context<never>): Context.Context<never> {
    const outerDecisions = Context.get(outer, CurrentDecisionObserver)
    return Context.add(outer, CurrentDecisionObserver, (decision: Decision): void => {
      this.#decided(decision)
      outerDecisions?.(decision)
    })
  }

  override start(model: string): void {
    if (this.#span !== undefined) this.#attemptStartedAtNanos = this.#clock.currentTimeNanosUnsafe()
    super.start(model)
  }

  override push(attempt: Attempt): void {
    super.push(attempt)
    this.#attempted(attempt)
  }

  /** Everything that is known at the end of the call; at most once. */
  end(end: CallEnd<CallRequest, Summary, unknown>): void {
    const { exit } = end
    const reuse = reuseOf(end)
    const errorType = errorTypeOf(exit)
    const response = Exit.isSuccess(exit) ? exit.value : undefined
    const served = response?.provider ?? (response && ModelId.parse(end.attempts.at(-1)?.model ?? "")?.provider)
    const isCutShort =
      errorType === interrupted && reuse === undefined && (this.currentModel !== undefined || end.attempts.length === 0)
    const ended: Ended = {
      reuse,
      errorType,
      response,
      provider: served === undefined ? this.#requested.provider : providerName(served),
      attempts: made(end.attempts, reuse),
      spent: costs(end),
      cutShort: isCutShort ? (this.currentModel ?? this.#call.model) : undefined
    }
    if (this.#shown.metrics) this.#count(end, ended)
    if (this.#span !== undefined) this.#end(this.#span, end, ended)
  }

  #count({ timings, usage }: CallEnd<CallRequest, Summary, unknown>, ended: Ended): void {
    const { attempts, cutShort, errorType, provider, response, reuse, spent } = ended
    const meters = metersOf(this.#context)
    meters.count(
      {
        labels: {
          operation: this.#operation,
          provider,
          requestModel: this.#requested.model,
          responseModel: response?.model,
          errorType
        },
        seconds: timings.total === undefined ? 0 : millisOf(timings.total) / 1000,
        firstChunkSeconds: timings.firstToken && Duration.toSeconds(timings.firstToken),
        usage: reuse === undefined ? usage : undefined,
        costs: spent,
        attempts
      },
      this.#shown.conventions,
      this.#context
    )
    if (cutShort !== undefined) meters.attempt(cutShort, interrupted, this.#context)
  }

  #end(span: Tracer.Span, { exit, timings, usage }: CallEnd<CallRequest, Summary, unknown>, ended: Ended): void {
    const { attempts, cutShort, errorType, provider, response, reuse, spent } = ended
    for (const attempt of attempts.slice(this.#shownAttempts)) this.#attempted(attempt)
    if (cutShort !== undefined) this.#attemptSpan(cutShort, this.#attemptStartedAtNanos, Exit.interrupt())
    set(span, {
      [attribute.provider]: provider,
      [attribute.errorType]: errorType,
      [ours.attempts]: attempts.length + (cutShort === undefined ? 0 : 1),
      [ours.cached]: reuse === "cached" ? true : undefined,
      [ours.coalesced]: reuse === "coalesced" ? true : undefined,
      ...responseAttributes(response),
      ...usageAttributes(usage, names[this.#shown.conventions]),
      [attribute.firstChunk]: timings.firstToken && Duration.toSeconds(timings.firstToken),
      ...costAttributes(spent),
      ...serverAttributes(this.#serverUrl)
    })
    const { content } = this.#shown
    if (content !== undefined) {
      const error = Option.getOrUndefined(Exit.findErrorOption(exit))
      set(span, contentOf(this.#call.capability, content, this.#call.request, response ?? partialOf(error)))
    }
    this.#close(span, exit)
  }

  /** Ends what `end` has not: a call that was interrupted before it began, or one whose end could not be shown. */
  close(exit: Exit.Exit<unknown, unknown>): void {
    if (this.#span === undefined || this.#isEnded) return
    set(this.#span, { [attribute.errorType]: errorTypeOf(exit) })
    this.#close(this.#span, exit)
  }

  #close(span: Tracer.Span, exit: Exit.Exit<unknown, unknown>): void {
    this.#isEnded = true
    span.end(this.#clock.currentTimeNanosUnsafe(), this.#shown.content === undefined ? quiet(exit) : exit)
  }

  #decided(decision: Decision): void {
    if (this.#shown.metrics) metersOf(this.#context).decide(decision, this.#context)
    if (this.#span === undefined) return
    const { type, ...fields } = decision
    const attributes: Record<string, unknown> = {}
    for (const [name, value] of Object.entries<unknown>(fields)) {
      attributes[name === "error" ? attribute.errorType : `effect_llm.${name}`] = Duration.isDuration(value)
        ? Duration.toSeconds(value)
        : value
    }
    this.#span.event(`effect_llm.${type}`, this.#clock.currentTimeNanosUnsafe(), attributes)
  }

  /** An attempt that is over now. */
  #attempted(attempt: Attempt): void {
    if (this.#span === undefined || isReused(attempt)) return
    const { cost, duration, error, model, wait } = attempt
    const startedAtNanos = this.#clock.currentTimeNanosUnsafe() - (Duration.toNanosUnsafe(duration) ?? 0n)
    this.#attemptSpan(model, startedAtNanos, error === undefined ? Exit.void : Exit.fail(error), {
      [ours.attemptWait]: wait && Duration.toSeconds(wait),
      ...costAttributes(cost === undefined ? [] : [cost])
    })
  }

  /** Has no usage, which is on the call's span: dashboards sum over all spans of a trace. */
  #attemptSpan(
    id: string,
    startedAtNanos: bigint,
    exit: Exit.Exit<unknown, unknown>,
    attributes: Attributes = {}
  ): void {
    const parent = this.#span
    if (parent === undefined) return
    const { model, provider } = requestedOf(id)
    const span = this.#tracer.span({
      name: `attempt ${model}`,
      parent: Option.some(parent),
      annotations: Context.empty(),
      links: [],
      startTime: startedAtNanos < this.#startedAtNanos ? this.#startedAtNanos : startedAtNanos,
      kind: "internal",
      root: false,
      sampled: parent.sampled
    })
    set(span, {
      [attribute.provider]: provider,
      [attribute.requestModel]: model,
      [attribute.errorType]: errorTypeOf(exit),
      [ours.attemptNumber]: ++this.#shownAttempts,
      ...attributes
    })
    span.end(this.#clock.currentTimeNanosUnsafe(), this.#shown.content === undefined ? quiet(exit) : exit)
  }
}
