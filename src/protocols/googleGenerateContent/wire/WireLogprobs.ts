import type { Logprob } from "../../../domain/Logprob.ts"
import { array, object, type WireObject } from "./Wire.ts"

/**
 * Reads `logprobsResult`.
 * Source: https://ai.google.dev/api/generate-content#LogprobsResult
 */
export const decodeLogprobs = (result: unknown): ReadonlyArray<Logprob> => {
  const { chosenCandidates, topCandidates } = object(result) ?? {}
  return array(chosenCandidates).flatMap((chosen, index) => {
    const top = array(object(array(topCandidates)[index])?.candidates).flatMap((u) => one(u) ?? [])
    const logprob = one(chosen)
    return logprob === undefined ? [] : top.length === 0 ? [logprob] : [{ ...logprob, top }]
  })
}

const one = (u: unknown): { readonly token: string; readonly logprob: number } | undefined => {
  const { logProbability, token } = object(u) ?? {}
  return typeof token === "string" && typeof logProbability === "number"
    ? { token, logprob: logProbability }
    : undefined
}

export const encodeLogprobs = (logprobs: ReadonlyArray<Logprob>): WireObject => {
  const encode = ({ logprob, token }: { readonly token: string; readonly logprob: number }) => ({
    token,
    logProbability: logprob
  })
  return {
    chosenCandidates: logprobs.map(encode),
    topCandidates: logprobs.map(({ top }) => ({ candidates: (top ?? []).map(encode) }))
  }
}
