import * as Effect from "effect/Effect"
import { invalid, type Refused } from "../calls/Failure.ts"
import type { Received } from "../http/Received.ts"
import type { ObjectQuery } from "./ProviderObjects.ts"

/** What part of a list a request is for. */
export const queryOf = Effect.fnUntraced(function* (
  { query }: Received,
  most: number,
  usual: number
): Effect.fn.Return<ObjectQuery, Refused> {
  const limit = Number(query.get("limit") ?? usual)
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    return yield* invalid(`expected a number from 1 to ${most}`, { at: "limit" })
  const order = query.get("order") ?? "desc"
  if (order !== "asc" && order !== "desc") return yield* invalid("expected asc or desc", { at: "order" })
  return { limit, order, after: query.get("after") ?? undefined, purpose: query.get("purpose") ?? undefined }
})
