import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Capability } from "effect-llm/domain/Capability"
import * as Detector from "effect-llm/policies/Detector"
import * as Journal from "effect-llm/policies/Journal"
import * as Model from "effect-llm/policies/Model"
import type { Ledger as LedgerSettings } from "../../settings/schema/Ledger.ts"
import { Access } from "../access/Access.ts"
import type { Caller } from "../access/Caller.ts"
import type { Received } from "../http/Received.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import { Ledger } from "./Ledger.ts"
import { rowOf } from "./LedgerRow.ts"
import * as Who from "./Who.ts"

/**
 * Writes every call of every caller down, around the limits and budgets that may refuse it. Callers cannot call a model in another
 * way, so that nothing they send keeps a call out of the ledger.
 */
export const recordedAccess: Layer.Layer<Access, never, Access | Ledger | CurrentSettings> = Layer.effect(
  Access,
  Effect.gen(function* () {
    const access = yield* Access
    const ledger = yield* Ledger
    const { get } = yield* CurrentSettings
    return {
      ...access,
      authenticate: (received) =>
        Effect.map(access.authenticate(received), (caller) => recorded(caller, received, ledger, get().ledger))
    }
  })
)

const recorded = (
  caller: Caller,
  received: Received,
  ledger: Ledger["Service"],
  settings: LedgerSettings | undefined
): Caller => {
  const annotations = Who.ofHeaders(received, caller.annotations, settings?.headers)
  const content = keepsTexts(caller, settings) ? { redact: redactOf(settings) } : undefined
  let endUser: string | undefined
  let calls = 0
  const record = Journal.make({
    annotations: ({ request }) => {
      const named = Who.ofRequest(request)
      endUser = annotations.user === undefined || annotations.user === named.user ? undefined : named.user
      return named
    },
    content
  })
  const journal = Journal.Journal.of({
    append: (make) => {
      const id = calls++ === 0 ? received.id : `${received.id}.${calls}`
      const { content, ...call } = make(id)
      const row = rowOf(call, { id, endUser })
      ledger.append(content === undefined ? { row } : { row, texts: content })
    },
    flush: ledger.flush,
    dropped: Effect.map(ledger.state, ({ dropped }) => ({ ledger: dropped }))
  })
  return {
    ...caller,
    annotations,
    policy: <C extends Capability, E, R>(model: Model.Model<C, E, R>) => provided(record(caller.policy(model)), journal)
  }
}

/** A model that writes to a journal. */
const provided = <C extends Capability, E, R>(
  model: Model.Model<C, E, R | Journal.Journal>,
  journal: Journal.Journal["Service"]
): Model.Model<C, E, R> => {
  const stream = Model.streamOf(model)
  return Model.wrap<C, E, R>(model, {
    generate: (request) => Effect.provideService(model.generate(request), Journal.Journal, journal),
    stream: stream && ((request) => Stream.provideService(stream(request), Journal.Journal, journal))
  })
}

/** What the key says is over what the settings say. */
const keepsTexts = ({ id, keepsTexts, name }: Caller, settings: LedgerSettings | undefined): boolean =>
  keepsTexts ?? settings?.texts?.keys.some((key) => key === "*" || key === id || key === name) === true

const redactOf = (settings: LedgerSettings | undefined): ((text: string) => string) | undefined =>
  settings?.texts?.redact === false ? undefined : redacted

/** A text without what the standard detectors find. */
const redacted = (text: string): string => {
  let shown = ""
  let from = 0
  for (const { detector, end, start } of Detector.find(Detector.standard, text)) {
    shown += `${text.slice(from, start)}[${detector}]`
    from = end
  }
  return shown + text.slice(from)
}
