import type { FinishReason } from "../../../domain/FinishReason.ts"
import { object, text, type WireObject } from "./Wire.ts"

const reasons: { readonly [reason: string]: FinishReason } = {
  max_output_tokens: "length",
  max_tokens: "length",
  content_filter: "content-filter"
}

/** Answers that are not there yet, or never will be: background answers are asked for by their id. */
const unfinished = new Set(["queued", "in_progress", "cancelled", "incomplete"])

/**
 * Why an answer ended: the reason for which it is incomplete, or its status.
 * Source: https://platform.openai.com/docs/api-reference/responses/object
 */
export const decodeStatus = (
  response: WireObject,
  hasCalls: boolean
): { readonly finishReason: FinishReason; readonly rawFinishReason: string | undefined } => {
  const status = text(response.status)
  const reason = status === "incomplete" ? text(object(response.incomplete_details)?.reason) : undefined
  const rawFinishReason = reason ?? status
  const known = reason !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason] : undefined
  const finishReason =
    known ?? (status !== undefined && unfinished.has(status) ? "other" : hasCalls ? "tool-calls" : "stop")
  return { finishReason, rawFinishReason }
}

export const encodeStatus = (
  finishReason: FinishReason,
  raw: string | undefined
): { readonly status: string; readonly incomplete_details: { readonly reason: string } | null } => {
  if (finishReason === "length") return incomplete("max_output_tokens")
  if (finishReason === "content-filter") return incomplete("content_filter")
  if (finishReason !== "other" || raw === undefined) return { status: "completed", incomplete_details: null }
  return unfinished.has(raw) ? { status: raw, incomplete_details: null } : incomplete(raw)
}

const incomplete = (reason: string) => ({ status: "incomplete", incomplete_details: { reason } })
