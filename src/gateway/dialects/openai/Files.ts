import * as Effect from "effect/Effect"
import type { Capability, Kind } from "effect-llm/domain/Capability"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import type { FileInfo } from "effect-llm/domain/File"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import * as Usage from "effect-llm/domain/Usage"
import { Form } from "effect-llm/protocols/Protocol"
import * as OwnKeys from "../../access/OwnKeys.ts"
import { type Failure, invalid } from "../../calls/Failure.ts"
import * as FreeCall from "../../calls/FreeCall.ts"
import { type Answer, json } from "../../http/Answer.ts"
import * as Body from "../../http/Body.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import * as BatchInput from "../../objects/BatchInput.ts"
import * as FileAccounts from "../../objects/FileAccounts.ts"
import { fileOf, listOf } from "../../objects/OpenAiShapes.ts"
import { type ProviderObject, ProviderObjects } from "../../objects/ProviderObjects.ts"
import { queryOf } from "../../objects/Query.ts"
import { available } from "../../responses/Continuation.ts"
import { chargeOfOutput, type ObjectServices } from "./Batches.ts"
import type { WireObject } from "../../responses/ResponseStore.ts"
import { openAi } from "./OpenAi.ts"
import { versionedPathsOf } from "./Paths.ts"

/** What a call for a file is to policies and the ledger. */
interface Upload extends Capability {
  readonly id: "file"
  readonly Input: CallRequest
  readonly Request: CallRequest
  readonly Response: CallResponse & { readonly file: FileInfo }
  readonly Event: never
}

const uploads: Kind<Upload> = { id: "file", make: (request) => request }

/** Fields that a form says to the gateway. */
const ours: ReadonlySet<string> = new Set(["file", "purpose", "provider"])

const upload = Effect.fnUntraced(function* (exchange: Exchange): Effect.fn.Return<Answer, Failure, ObjectServices> {
  yield* OwnKeys.none(exchange)
  const form = yield* Body.formOrJson(exchange.received)
  if (!(form instanceof Form)) return yield* invalid("a file is uploaded as a form", { at: "file" })
  const fields = new Map(form.parts.flatMap((part) => ("value" in part ? [[part.name, part.value] as const] : [])))
  const file = form.parts.find((part) => part.name === "file")
  const purpose = fields.get("purpose")
  if (file === undefined || !("bytes" in file)) return yield* invalid("there is no file", { at: "file" })
  if (purpose === undefined) return yield* invalid("there is no purpose", { at: "purpose" })
  const wanted = fields.get("provider") ?? exchange.received.query.get("provider") ?? undefined
  const input = purpose === "batch" ? yield* BatchInput.read(exchange, file.bytes) : undefined
  if (input !== undefined && wanted !== undefined && wanted !== input.account)
    return yield* invalid(`the models of these requests are at ${input.account}`, { at: "provider" })
  const account =
    input === undefined ? yield* FileAccounts.chosen(exchange, wanted) : yield* FileAccounts.accountOf(input.account)
  const files = yield* FileAccounts.offering(account, "files")
  if (input !== undefined) yield* FileAccounts.offering(account, "batches")
  const others = Object.fromEntries([...fields].filter(([name]) => !ours.has(name)))
  const { headers, response } = yield* FreeCall.make<Upload, ProviderError>(exchange, {
    kind: uploads,
    id: `${account.name}/files`,
    request: {},
    run: Effect.map(
      files.upload({
        data: input?.bytes ?? file.bytes,
        name: file.fileName,
        mediaType: file.mediaType,
        purpose: FileAccounts.isOpenAi(account) || account.account.catalog === "mistral" ? purpose : undefined,
        providerOptions: { "openai-files": others, "mistral-files": others }
      }),
      (file) => ({ file, usage: Usage.unknown, warnings: [], attempts: [] })
    )
  })
  const document = fileOf(response.file, purpose)
  const objects = yield* ProviderObjects
  const { id } = response.file
  const saved = objects.save({
    caller: exchange.caller.id,
    kind: "file",
    id,
    account: account.name,
    details: { purpose, document, input: input?.facts }
  })
  // An object that could not be recorded is deleted, since no one could find it again.
  yield* Effect.tapError(available(saved), () => Effect.ignore(files.delete(id)))
  return json(document, { headers })
})

/** A file of the caller's, and the account that keeps it. */
const found = Effect.fnUntraced(function* ({ caller, params }: Exchange) {
  const { id = "" } = params
  const objects = yield* ProviderObjects
  const object = yield* available(objects.find(caller.id, "file", id))
  return object ?? (yield* invalid(`there is no file ${id}`, { at: "file_id", status: 404 }))
})

const filesOf = ({ account }: ProviderObject) =>
  Effect.flatMap(FileAccounts.accountOf(account), (account) => FileAccounts.offering(account, "files"))

const retrieve = Effect.fnUntraced(function* (exchange: Exchange) {
  const object = yield* found(exchange)
  const files = yield* filesOf(object)
  return json(fileOf(yield* files.get(object.id), object.details.purpose ?? "user_data"))
})

const content = Effect.fnUntraced(function* (exchange: Exchange) {
  const object = yield* found(exchange)
  const files = yield* filesOf(object)
  const body = yield* files.content(object.id)
  yield* chargeOfOutput(exchange, object)
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body }
})

const remove = Effect.fnUntraced(function* (exchange: Exchange) {
  const { caller, id, kind, ...object } = yield* found(exchange)
  const files = yield* filesOf({ caller, id, kind, ...object })
  const objects = yield* ProviderObjects
  // One that its provider has forgotten is gone.
  yield* Effect.catch(files.delete(id), (error) =>
    error._tag === "ModelNotFoundError" || error.status === 404 ? Effect.void : Effect.fail(error)
  )
  yield* available(objects.remove(caller, kind, id))
  return json({ id, object: "file", deleted: true })
})

const list = Effect.fnUntraced(function* ({ caller, received }: Exchange) {
  const query = yield* queryOf(received, 10_000, 10_000)
  const objects = yield* ProviderObjects
  const found = yield* available(objects.list(caller.id, "file", { ...query, limit: query.limit + 1 }))
  const shown = found
    .slice(0, query.limit)
    .flatMap(({ details: { document } }): ReadonlyArray<WireObject> => (document === undefined ? [] : [document]))
  return json(listOf(shown, found.length > query.limit))
})

type Run = (exchange: Exchange) => Effect.Effect<Answer, Failure, ObjectServices>

const routes = (method: Route["method"], path: string, run: Run): ReadonlyArray<Route<ObjectServices>> =>
  versionedPathsOf(path).map((path) => ({ method, path, dialect: openAi, access: "key", run }))

/** The files that providers keep for callers, each of which sees its own. */
export const files: ReadonlyArray<Route<ObjectServices>> = [
  ...routes("POST", "/files", upload),
  ...routes("GET", "/files", list),
  ...routes("GET", "/files/{id...}", retrieve),
  ...routes("DELETE", "/files/{id...}", remove),
  ...routes("GET", "/files/{id...}/content", content)
]
