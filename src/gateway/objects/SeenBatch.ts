import * as Effect from "effect/Effect"
import type { Batch } from "effect-llm/domain/Batch"
import { available } from "../responses/Continuation.ts"
import * as BatchCharge from "./BatchCharge.ts"
import * as FileAccounts from "./FileAccounts.ts"
import { batchOf, fileOf } from "./OpenAiShapes.ts"
import { type ProviderObject, ProviderObjects } from "./ProviderObjects.ts"

/** The batches of the account of one. */
export const batchesOf = ({ account }: ProviderObject) =>
  Effect.flatMap(FileAccounts.accountOf(account), (account) => FileAccounts.offering(account, "batches"))

/** A batch as it is now. */
export const current = Effect.fnUntraced(function* (seeing: BatchCharge.Seeing, object: ProviderObject) {
  const batches = yield* batchesOf(object)
  return yield* seen(seeing, object, yield* batches.get(object.id))
})

const output = "batch_output"

/** A batch as it was seen. Its results are its caller's too, and when it has ended its cost is written down. */
export const seen = Effect.fnUntraced(function* (seeing: BatchCharge.Seeing, object: ProviderObject, batch: Batch) {
  const objects = yield* ProviderObjects
  const { account, caller, id, details } = object
  const own = yield* Effect.filter(batch.results, (file) =>
    Effect.map(available(objects.find(caller, "file", file)), (known) => known === undefined)
  )
  const files = own.length === 0 ? undefined : (yield* FileAccounts.accountOf(account)).account.files
  const results = yield* Effect.forEach(own, (file) =>
    Effect.map(files === undefined ? Effect.succeedNone : Effect.option(files.get(file)), (info): ProviderObject => {
      const document = info._tag === "Some" ? fileOf(info.value, output) : undefined
      return { caller, kind: "file", id: file, account, details: { purpose: output, batch: id, document } }
    })
  )
  yield* available(objects.save(...results))
  yield* Effect.catch(BatchCharge.charge(seeing, object, batch), (error) =>
    Effect.logWarning(`What the batch ${id} has cost is not written down yet`, error)
  )
  return batchOf(batch) ?? details.document
})
