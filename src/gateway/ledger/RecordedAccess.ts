import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { Capability } from "effect-llm/domain/Capability"
import * as Journal from "effect-llm/policies/Journal"
import * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"
import type { Ledger as LedgerSettings } from "../../settings/schema/Ledger.ts"
import { CurrentCallIds, type ShadowCalls } from "../../settings/build/Shadowing.ts"
import { Access } from "../access/Access.ts"
import type { Caller } from "../access/Caller.ts"
import { remembered } from "../access/Remembered.ts"
import type { Received } from "../http/Received.ts"
import * as RequestId from "../http/RequestId.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import { Store } from "../store/Store.ts"
import { Ledger } from "./Ledger.ts"
import { type LedgerRow, rowOf } from "./LedgerRow.ts"
import { redacted } from "./Redaction.ts"
import { shadowIdOf } from "./Shadows.ts"
import * as Who from "./Who.ts"

/**
 * Writes every call of every caller down, around the limits and budgets that may refuse it. Callers cannot call a model in another
 * way, so that nothing they send keeps a call out of the ledger.
 */
export const recordedAccess: Layer.Layer<Access, never, Access | Ledger | CurrentSettings | Store> = Layer.effect(
  Access,
  Effect.gen(function* () {
    const access = yield* Access
    const ledger = yield* Ledger
    const { get } = yield* CurrentSettings
    const { connected } = yield* Store
    connected.shadowCalls.journal = ofShadows(ledger)
    const recordings = new WeakMap<Caller, Recording>()
    const recordingOf = (caller: Caller, settings: LedgerSettings | undefined): Recording => {
      const before = recordings.get(caller)
      if (before !== undefined && before.settings === settings) return before
      const recording = { settings, policy: recordingPolicy(caller, settings) }
      recordings.set(caller, recording)
      return recording
    }
    return {
      ...access,
      authenticate: (received) =>
        Effect.map(access.authenticate(received), (caller) =>
          recorded(caller, received, ledger, recordingOf(caller, get().ledger))
        )
    }
  })
)

/** Writes the calls of shadows down, which nobody made. */
const ofShadows = (ledger: Ledger["Service"]): ShadowCalls["journal"] => {
  const nextId = RequestId.maker(crypto.randomUUID().slice(0, 5))
  return (of) => ({
    append: (make) => {
      const call = make("")
      const id = of === undefined ? nextId(DateTime.toEpochMillis(call.at)) : shadowIdOf(of)
      ledger.append({ row: rowOf(call, { id, endUser: undefined }) })
    },
    flush: ledger.flush,
    dropped: Effect.map(ledger.state, ({ dropped }) => ({ ledger: dropped }))
  })
}

/** The ids of the calls of a request. */
const idsOf = (received: Received): (() => string) => {
  let count = 0
  return () => (count++ === 0 ? received.id : `${received.id}.${count}`)
}

/** How the calls of a caller are written down, as long as the settings stay. */
interface Recording {
  readonly settings: LedgerSettings | undefined
  readonly policy: Policy<Errors<Caller["policy"]>, Journal.Journal>
}

type Errors<P> = P extends Policy<infer E> ? E : never

const recordingPolicy = (caller: Caller, settings: LedgerSettings | undefined): Recording["policy"] => {
  const record = Journal.make({
    annotations: ({ request }) => Who.ofRequest(request),
    content: keepsTexts(caller, settings) ? { redact: redactOf(settings) } : undefined
  })
  return remembered<Errors<Caller["policy"]>, Journal.Journal>((model) => record(caller.policy(model)))
}

/** A caller for one request, whose calls are written down under its id. */
const recorded = (
  caller: Caller,
  received: Received,
  ledger: Ledger["Service"],
  { policy, settings }: Recording
): Caller => {
  const annotations = Who.ofHeaders(received, caller.annotations, settings?.headers)
  let endUser: string | undefined
  const calls: Array<LedgerRow> = []
  const nextId = idsOf(received)
  /** Notes the user that a request names, where the call is counted to another. */
  const note = <Request extends CallRequest>(request: Request): Request => {
    const { user } = Who.ofRequest(request)
    endUser = user === annotations.user ? undefined : user
    return request
  }
  const journal = Context.make(Journal.Journal, {
    append: (make) => {
      const id = nextId()
      const { content, ...call } = make(id)
      const row = rowOf(call, { id, endUser })
      calls.push(row)
      ledger.append(content === undefined ? { row } : { row, texts: content })
    },
    flush: ledger.flush,
    dropped: Effect.map(ledger.state, ({ dropped }) => ({ ledger: dropped }))
  }).pipe(Context.add(CurrentCallIds, idsOf(received)))
  return {
    ...caller,
    annotations,
    calls,
    policy: <C extends Capability, E, R>(model: Model.Model<C, E, R>) => {
      type Recording = Model.Model<C, E | Errors<Caller["policy"]>, R | Journal.Journal>
      const recording: Recording = policy(model)
      const noted = annotations.user === undefined ? recording : noting(recording, note)
      return Model.provideContext(noted, journal) as Model.Model<C, E | Errors<Caller["policy"]>, R>
    }
  }
}

/** A model that says what it is asked. */
const noting = <C extends Capability, E, R>(
  model: Model.Model<C, E, R>,
  note: <Request extends CallRequest>(request: Request) => Request
): Model.Model<C, E, R> => {
  const stream = Model.streamOf(model)
  return Model.wrap<C, E, R>(model, {
    generate: (request) => model.generate(note(request)),
    stream: stream && ((request) => stream(note(request)))
  })
}

/** What the key says is over what the settings say. */
const keepsTexts = ({ id, keepsTexts, name }: Caller, settings: LedgerSettings | undefined): boolean =>
  keepsTexts ?? settings?.texts?.keys.some((key) => key === "*" || key === id || key === name) === true

const redactOf = (settings: LedgerSettings | undefined): ((text: string) => string) | undefined =>
  settings?.texts?.redact === false ? undefined : redacted
