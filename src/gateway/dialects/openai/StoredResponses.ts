import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Failure, invalid } from "../../calls/Failure.ts"
import type { Models } from "../../calls/Models.ts"
import { type Answer, json } from "../../http/Answer.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import type { Caller } from "../../access/Caller.ts"
import * as FileAccounts from "../../objects/FileAccounts.ts"
import * as AtProvider from "../../objects/AtProvider.ts"
import { ProviderObjects } from "../../objects/ProviderObjects.ts"
import { Background } from "../../responses/Background.ts"
import { available, notFound } from "../../responses/Continuation.ts"
import * as Documents from "../../responses/Documents.ts"
import { listed } from "../../responses/Items.ts"
import { outputOf, ResponseStore, type StoredResponse, type WireObject } from "../../responses/ResponseStore.ts"
import { openAi } from "./OpenAi.ts"
import { responsePaths } from "./Paths.ts"

type Services = Models | ResponseStore | Background | ProviderObjects

type Run = (exchange: Exchange) => Effect.Effect<Answer, Failure, Services | Scope.Scope>

/** The account of a response that nobody here made, where the caller may name it, and there is only one. */
const madeElsewhere = Effect.fnUntraced(function* ({ mayName }: Caller, id: string) {
  if (!mayName(id)) return undefined
  const objects = yield* ProviderObjects
  if ((yield* available(objects.known("response", [id]))).length > 0) return undefined
  const account = yield* FileAccounts.onlyOpenAi
  return account && { account: account.name }
})

/** What is done with a response of the caller's that is kept here, or else passed on to the account that keeps it. */
const found =
  (
    { below = "", method }: { readonly method: "GET" | "POST" | "DELETE"; readonly below?: string },
    ofStored: (stored: StoredResponse, exchange: Exchange) => ReturnType<Run>
  ): Run =>
  (exchange) =>
    Effect.gen(function* () {
      const { caller, params } = exchange
      const { id = "" } = params
      const store = yield* ResponseStore
      const stored = yield* available(store.find(caller.id, id))
      if (stored !== undefined) return yield* ofStored(stored, exchange)
      const objects = yield* ProviderObjects
      const own = yield* available(objects.find(caller.id, "response", id))
      const known = own ?? (yield* madeElsewhere(caller, id))
      if (known === undefined) return yield* notFound(id, "response_id")
      const path = `/responses/${encodeURIComponent(id)}${below}`
      const answer = yield* Effect.catch(AtProvider.passed(exchange, known, method, path), (error) =>
        // It is unknown both here and at the provider.
        own === undefined && "status" in error && error.status === 404
          ? notFound(id, "response_id")
          : Effect.fail(error)
      )
      if (method === "DELETE") yield* available(objects.remove(caller.id, "response", id))
      return answer
    })

/** Later than any call in the background ends, by the clock of the request that began it. */
const longestProgressSeconds = 3660

/** A call whose process has died never ends by itself. */
const current = Effect.fnUntraced(function* ({ document }: StoredResponse) {
  const isOver = document.status !== "queued" && document.status !== "in_progress"
  const age = (yield* Clock.currentTimeMillis) / 1000 - Number(document.created_at)
  return isOver || age < longestProgressSeconds
    ? document
    : Documents.withError(document, "server_error", "the call was lost with the process that made it")
})

const unstreamed =
  (run: Run): Run =>
  (exchange) =>
    exchange.received.query.get("stream") === "true"
      ? Effect.fail(invalid("stored responses are not streamed", { at: "stream" }))
      : run(exchange)

const retrieve = (stored: StoredResponse) => Effect.map(current(stored), (document) => json(document))

const remove = Effect.fnUntraced(function* ({ caller, id }: StoredResponse) {
  const background = yield* Background
  const store = yield* ResponseStore
  yield* available(store.remove(caller, id))
  yield* background.cancel(caller, id)
  return json({ id, object: "response", deleted: true })
})

const cancel = Effect.fnUntraced(function* (stored: StoredResponse) {
  const { caller, document, id } = stored
  if (document.background !== true) {
    return yield* invalid("only a response in the background can be canceled", { at: "response_id" })
  }
  const store = yield* ResponseStore
  const background = yield* Background
  yield* available(store.finish({ ...stored, document: { ...document, status: "cancelled" } }))
  yield* background.cancel(caller, id)
  return yield* retrieve((yield* available(store.find(caller, id))) ?? (yield* notFound(id, "response_id")))
})

const mostItems = 100

/** All that the response was made from: the conversation before it, and the items of its request. */
const inputItems = Effect.fnUntraced(function* (stored: StoredResponse, { caller, received: { query } }: Exchange) {
  const store = yield* ResponseStore
  const before = stored.previous === undefined ? [] : yield* available(store.chain(caller.id, stored.previous))
  if (before === undefined) return yield* notFound(String(stored.previous), "previous_response_id")
  const limit = Number(query.get("limit") ?? 20)
  const order = query.get("order") ?? "desc"
  if (!Number.isInteger(limit) || limit < 1 || limit > mostItems) {
    return yield* invalid(`expected a number from 1 to ${mostItems}`, { at: "limit" })
  }
  if (order !== "asc" && order !== "desc") return yield* invalid("expected asc or desc", { at: "order" })
  const all = [...before.flatMap((response) => inputOf(response).concat(outputOf(response))), ...inputOf(stored)]
  const ordered = order === "desc" ? all.toReversed() : all
  const after = query.get("after")
  const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  if (after !== null && from === 0) return yield* invalid(`there is no item ${after}`, { at: "after" })
  const data = ordered.slice(from, from + limit)
  return json({
    object: "list",
    data,
    has_more: from + limit < ordered.length,
    first_id: data[0]?.id ?? "",
    last_id: data.at(-1)?.id ?? ""
  })
})

const inputOf = ({ id, input }: StoredResponse): ReadonlyArray<WireObject> =>
  input.map((item, index) => listed(item, `${prefixOf(item)}_${id.replace(/^resp_/, "")}_input${index}`))

const prefixOf = ({ type }: WireObject): string =>
  type === "function_call" ? "fc" : type === "function_call_output" ? "fco" : "msg"

const routes = (method: Route["method"], below: string, run: Run): ReadonlyArray<Route<Services>> =>
  responsePaths(below).map((path) => ({ method, path, dialect: openAi, access: "key", run }))

/** What can be done with a response once it has been made, by any provider: the gateway keeps it, or its provider does. */
export const storedResponses: ReadonlyArray<Route<Services>> = [
  ...routes("GET", "/{id}", unstreamed(found({ method: "GET" }, retrieve))),
  ...routes("DELETE", "/{id}", found({ method: "DELETE" }, remove)),
  ...routes("POST", "/{id}/cancel", found({ method: "POST", below: "/cancel" }, cancel)),
  ...routes("GET", "/{id}/input_items", found({ method: "GET", below: "/input_items" }, inputItems))
]
