import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Journal from "effect-llm/policies/Journal"
import type { Policy } from "effect-llm/policies/Policy"
import type { Ledger as LedgerSettings } from "../../settings/schema/Ledger.ts"
import type { ShadowCalls } from "../../settings/build/Shadowing.ts"
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

/** Records the calls of shadows, which no caller made. */
const ofShadows = (ledger: Ledger["Service"]): ShadowCalls["journal"] => {
  const nextId = RequestId.maker(crypto.randomUUID().slice(0, 5))
  return (of) => ({
    append: (make) => {
      const call = make("")
      const id = of === undefined ? nextId(DateTime.toEpochMillis(call.at)) : shadowIdOf(of)
      ledger.append({ row: rowOf(call, { id, endUser: undefined }) })
    },
    flush: ledger.flush,
    dropped: droppedOf(ledger)
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
  readonly policy: Caller["policy"]
}

type Errors<P> = P extends Policy<infer E, Journal.Journal> ? E : never

/** The tenant of a record is the user whom its request names. */
const recordingPolicy = (caller: Caller, settings: LedgerSettings | undefined): Recording["policy"] => {
  const record = Journal.make({
    annotations: ({ request }) => {
      const who = Who.ofRequest(request)
      return { ...who, tenant: who.user }
    },
    content: keepsTexts(caller, settings) ? { redact: redactOf(settings) } : undefined
  })
  return remembered<Errors<Recording["policy"]>, Journal.Journal>((model) => record(caller.policy(model)))
}

/** A caller for one request, whose calls are written down under its id. */
const recorded = (
  caller: Caller,
  received: Received,
  ledger: Ledger["Service"],
  { policy, settings }: Recording
): Caller => {
  const calls: Array<LedgerRow> = []
  const nextId = idsOf(received)
  return {
    ...caller,
    annotations: Who.ofHeaders(received, caller.annotations, settings?.headers),
    calls,
    policy,
    callIds: idsOf(received),
    journal: {
      append: (make) => {
        const id = nextId()
        const call = make(id)
        const row = rowOf(call, { id, endUser: call.tenant === call.user ? undefined : call.tenant })
        calls.push(row)
        ledger.append(call.content === undefined ? { row } : { row, texts: call.content })
      },
      flush: ledger.flush,
      dropped: droppedOf(ledger)
    }
  }
}

const droppedOf = ({ state }: Ledger["Service"]): Journal.Journal["Service"]["dropped"] =>
  Effect.map(state, ({ dropped }) => ({ ledger: dropped }))

/** What the key says is over what the settings say. */
const keepsTexts = ({ id, keepsTexts, name }: Caller, settings: LedgerSettings | undefined): boolean =>
  keepsTexts ?? settings?.texts?.keys.some((key) => key === "*" || key === id || key === name) === true

const redactOf = (settings: LedgerSettings | undefined): ((text: string) => string) | undefined =>
  settings?.texts?.redact === false ? undefined : redacted
