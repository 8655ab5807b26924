import type { Logprob } from "../../../domain/Logprob.ts"
import type { Json } from "../../../domain/Json.ts"
import { array, compact, isObject } from "../WireObject.ts"

type Alternative = Omit<Logprob, "top">

const one = (u: unknown): Alternative | undefined => {
  if (!isObject(u) || typeof u.token !== "string" || typeof u.logprob !== "number") return undefined
  const bytes =
    Array.isArray(u.bytes) && u.bytes.every(Number.isInteger) ? (u.bytes as ReadonlyArray<number>) : undefined
  return compact({ token: u.token, logprob: u.logprob, bytes })
}

/** A list of log probabilities as OpenAI writes it, and those after it. */
export const decodeLogprobs = (list: ReadonlyArray<unknown>): ReadonlyArray<Logprob> =>
  list.flatMap((u) => {
    const logprob = one(u)
    if (logprob === undefined || !isObject(u)) return []
    const top = array(u.top_logprobs).flatMap((u) => one(u) ?? [])
    return [top.length === 0 ? logprob : { ...logprob, top }]
  })

export const encodeLogprobs = (logprobs: ReadonlyArray<Logprob>): ReadonlyArray<Json> =>
  logprobs.map(({ bytes, logprob, token, top }) => ({
    token,
    logprob,
    bytes: bytes ?? null,
    top_logprobs: (top ?? []).map(({ bytes, logprob, token }) => ({ token, logprob, bytes: bytes ?? null }))
  }))
