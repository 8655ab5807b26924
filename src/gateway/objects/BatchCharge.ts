import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { Batch } from "effect-llm/domain/Batch"
import { formatReason } from "effect-llm/domain/Cost"
import * as Usage from "effect-llm/domain/Usage"
import { Budgets } from "effect-llm/policies/Budgets"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import { Models } from "../calls/Models.ts"
import { parsedJson } from "../http/ParsedJson.ts"
import type { Received } from "../http/Received.ts"
import { Ledger } from "../ledger/Ledger.ts"
import type { LedgerRow } from "../ledger/LedgerRow.ts"
import { costOf } from "./BatchInput.ts"
import * as FileAccounts from "./FileAccounts.ts"
import { isObject } from "./OpenAiShapes.ts"
import { type BatchInputFacts, type Held, type ProviderObject, ProviderObjects } from "./ProviderObjects.ts"

/** The request by which an end is seen, or the look of the gateway itself. */
export type Seeing = Pick<Received, "id" | "startedAtMillis">

const nothing = BigDecimal.make(0n, 0)

/** Settles a reservation with what was spent. Only the first time counts. */
export const settle = Effect.fnUntraced(function* (
  { budgets, id }: Held,
  amounts: { readonly usd: BigDecimal.BigDecimal; readonly tokens: number; readonly isUnpriced?: boolean }
): Effect.fn.Return<void, never, Models> {
  const { state } = yield* Models
  const { context } = yield* state
  const own = budgets.map((budget) => ({ ...budget, limit: nothing }))
  yield* Context.get(context, Budgets).settle({ id, budgets: own, warnings: [] }, amounts)
})

/**
 * Records the cost of a batch that has ended: a ledger row for each model, and the amounts in the budgets that it was reserved
 * in. Whoever sees the batch may try again.
 */
export const charge = (
  seeing: Seeing,
  object: ProviderObject,
  batch: Batch
): Effect.Effect<void, unknown, Models | ProviderObjects | Ledger> =>
  batch.state === "running"
    ? Effect.void
    : write(seeing, object, (row) =>
        Effect.gen(function* () {
          const used = yield* usages(object, batch)
          const rows = yield* Effect.forEach(used, (one, index) => rowOf(object, batch, one, row, index))
          const tokens = used.reduce(
            (sum, { usage }) => sum + (usage.inputTokens.total ?? 0) + (usage.outputTokens.total ?? 0),
            0
          )
          return { rows, tokens }
        })
      )

/** Records the estimated cost of a batch that its provider no longer has, since the actual cost cannot be known. */
export const lost = (
  seeing: Seeing,
  object: ProviderObject
): Effect.Effect<void, unknown, Models | ProviderObjects | Ledger> =>
  write(seeing, object, ({ at, id }) => {
    const { models = [], requests = 0, tokens = 0, unpriced, usd } = object.details.input ?? {}
    const row: LedgerRow = {
      id,
      at,
      millis: 0,
      ...ofBatch(object),
      model: models[0]?.name ?? "",
      outcome: "error",
      error: "ModelNotFoundError",
      units: { requests },
      cost: usd,
      estimated: usd === undefined ? undefined : true,
      unpriced
    }
    return Effect.succeed({ rows: [row], tokens })
  })

/** What is recorded about a batch. */
interface Written {
  readonly rows: ReadonlyArray<LedgerRow>
  readonly tokens: number
}

/** Writes rows once, and settles what was reserved. */
const write = Effect.fnUntraced(function* <E, R>(
  { id, startedAtMillis: at }: Seeing,
  object: ProviderObject,
  make: (row: { readonly id: string; readonly at: number }) => Effect.Effect<Written, E, R>
) {
  const objects = yield* ProviderObjects
  const before = object.details.charge ?? {}
  if (before.isDone === true) return
  const row = before.row ?? { id, at }
  const begun =
    before.row === undefined
      ? yield* objects.replace(object, { ...object.details, charge: { ...before, row } })
      : object
  // Another caller is settling it.
  if (begun === undefined) return
  const { rows, tokens } = yield* make(row)
  const ledger = yield* Ledger
  for (const row of rows) ledger.append({ row })
  const { reserved } = before
  if (reserved !== undefined) {
    const usd = rows.map(({ cost }) => BigDecimal.fromStringUnsafe(cost ?? "0"))
    const isUnpriced = rows.some(({ unpriced }) => unpriced !== undefined)
    yield* settle(reserved, { usd: BigDecimal.sumAll(usd), tokens, isUnpriced })
  }
  yield* objects.replace(begun, { ...begun.details, charge: { row, isDone: true } })
})

/** What one model has used in a batch. */
interface Used {
  readonly model: string | undefined
  readonly usage: Usage.Usage
  readonly requests: number
}

/** What each model has used, by the results of a batch. */
const usages = Effect.fnUntraced(function* (object: ProviderObject, batch: Batch) {
  const account = yield* FileAccounts.accountOf(object.account)
  const files = yield* FileAccounts.offering(account, "files")
  const used = new Map<string | undefined, Used>()
  for (const place of batch.results) {
    const lines = new TextDecoder().decode(yield* files.content(place)).split("\n")
    for (const [index, line] of lines.entries()) {
      if (index % 200 === 199) yield* Effect.yieldNow
      const body = bodyOf(line)
      const usage = body && usageOf(body)
      if (body === undefined || usage === undefined) continue
      const model = typeof body.model === "string" ? body.model : undefined
      const known = used.get(model)
      const all = known === undefined ? usage : Usage.add(known.usage, usage)
      used.set(model, { model, usage: all, requests: (known?.requests ?? 0) + 1 })
    }
  }
  return [...used.values()]
})

/** The body of the response in a line of results. */
const bodyOf = (line: string) => {
  const parsed = parsedJson(line)
  const response = isObject(parsed) ? parsed.response : undefined
  return isObject(response) && isObject(response.body) ? response.body : undefined
}

/** The usage that a response reports; none for errors. */
const usageOf = (body: { readonly [field: string]: unknown }): Usage.Usage | undefined => {
  if (!isObject(body.usage)) return undefined
  const options = { provider: "", model: "" }
  const protocol = body.object === "response" ? OpenAiResponses : OpenAiChat
  if (body.object === "response" || body.object === "chat.completion") {
    const decoded = Result.try(() => protocol.decodeResponse(body, options))
    if (Result.isSuccess(decoded) && Result.isSuccess(decoded.success)) return decoded.success.success.usage
  }
  const { completion_tokens: output, prompt_tokens: input } = body.usage
  return Usage.make({
    input: typeof input === "number" ? input : undefined,
    output: typeof output === "number" ? output : 0
  })
}

const rowOf = Effect.fnUntraced(function* (
  object: ProviderObject,
  batch: Batch,
  { model: served, requests, usage }: Used,
  row: { readonly id: string; readonly at: number },
  index: number
): Effect.fn.Return<LedgerRow, never, Models> {
  const named = namedBy(object.details.input, object.account, served)
  const cost = yield* costOf({ ...usage, serviceTier: "batch" }, named.model)
  return {
    id: index === 0 ? row.id : `${row.id}.${index + 1}`,
    at: row.at,
    millis: Math.max(0, Date.parse(batch.endedAt ?? "") - Date.parse(batch.createdAt ?? "")) || 0,
    ...ofBatch(object),
    model: named.name,
    servedModel: served,
    outcome: "success",
    inputTokens: usage.inputTokens.total,
    cacheReadTokens: usage.inputTokens.cacheRead,
    cacheWriteTokens: usage.inputTokens.cacheWrite,
    outputTokens: usage.outputTokens.total,
    reasoningTokens: usage.outputTokens.reasoning,
    units: { requests },
    cost: cost._tag === "Priced" ? formatDecimal(cost.total) : undefined,
    unpriced: cost._tag === "Unpriced" ? formatReason(cost.reason) : undefined
  }
})

/** What the rows of a batch have of it. */
const ofBatch = ({ account, caller, details: { who = { key: caller } } }: ProviderObject) =>
  ({
    capability: "batch",
    streamed: false,
    key: who.key,
    user: who.user,
    team: who.team,
    session: who.session,
    run: who.run,
    tags: who.tags && Object.entries(who.tags).map(([name, value]) => (value === "" ? name : `${name}=${value}`)),
    provider: account
  }) satisfies Partial<LedgerRow>

/** The model that a response is of, by the name that served it: providers name the version, too. */
const namedBy = (
  input: BatchInputFacts | undefined,
  account: string,
  served = ""
): BatchInputFacts["models"][number] => {
  const models = input?.models ?? []
  const nearest = models
    .filter(({ model }) => `${account}/${served}`.startsWith(model))
    .toSorted((a, b) => b.model.length - a.model.length)[0]
  return nearest ?? (models.length === 1 ? models[0] : undefined) ?? { name: served, model: `${account}/${served}` }
}
