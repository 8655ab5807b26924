import type { Batch } from "effect-llm/domain/Batch"
import type { FileInfo } from "effect-llm/domain/File"
import type { WireObject } from "../responses/ResponseStore.ts"

export const isObject = (u: unknown): u is WireObject => typeof u === "object" && u !== null && !Array.isArray(u)

/** Seconds since 1970. */
const secondsOf = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Math.floor(Date.parse(time) / 1000)

/** A file in the words of OpenAI: as the provider describes it, where it has these words. */
export const fileOf = (file: FileInfo, purpose: string): WireObject => {
  if (isObject(file.raw) && file.raw.object === "file") return file.raw
  const expires = secondsOf(file.expiresAt)
  return {
    id: file.id,
    object: "file",
    bytes: file.size ?? 0,
    created_at: secondsOf(file.createdAt) ?? 0,
    ...(expires !== undefined && { expires_at: expires }),
    filename: file.name ?? file.id,
    purpose: file.purpose ?? purpose,
    status: "processed"
  }
}

/** A batch of OpenAI's. */
export const batchOf = ({ raw }: Batch): WireObject => (isObject(raw) ? raw : {})

/** A page of a list. */
export const listOf = (data: ReadonlyArray<WireObject>, hasMore: boolean): { readonly [field: string]: unknown } => ({
  object: "list",
  data,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
  has_more: hasMore
})
