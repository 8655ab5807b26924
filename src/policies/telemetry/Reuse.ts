import * as Exit from "effect/Exit"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { Cost } from "../../domain/Cost.ts"
import type { CallEnd } from "../watch/CallEnd.ts"
import type { Summary } from "./Summary.ts"

/** How a call came by what another one had consumed. */
export type Reuse = "cached" | "coalesced"

const flagged = (cost: Cost | undefined, flag: "Cached" | "Coalesced"): boolean =>
  cost?._tag === "Priced" && cost.flags.length > 0 && cost.flags.some(({ _tag }) => _tag === flag)

/** Whether no provider was called for an attempt. */
export const isReused = ({ cost }: Pick<Attempt, "cost">): boolean =>
  flagged(cost, "Cached") || flagged(cost, "Coalesced")

export const reuseOf = ({
  cost,
  exit
}: Pick<CallEnd<unknown, Summary, unknown>, "cost" | "exit">): Reuse | undefined => {
  const cached = Exit.isSuccess(exit) ? exit.value.cached : undefined
  if ((cached !== undefined && cached !== false) || flagged(cost, "Cached")) return "cached"
  return flagged(cost, "Coalesced") ? "coalesced" : undefined
}

/** The attempts for which a provider was called. The last of a call that reuses a response is none, whatever it cost. */
export const made = (attempts: ReadonlyArray<Attempt>, reuse: Reuse | undefined): ReadonlyArray<Attempt> =>
  reuse === undefined && !attempts.some(isReused)
    ? attempts
    : attempts.filter(
        (attempt, index) =>
          !isReused(attempt) && (reuse === undefined || attempt.error !== undefined || index < attempts.length - 1)
      )
