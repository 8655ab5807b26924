import { nameOfKey } from "../keys/KeyNames.ts"

/** A call in the ledger. */
export interface Call {
  readonly id: string
  readonly at: string
  readonly millis: number
  readonly firstTokenMillis?: number
  readonly capability: string
  readonly streamed: boolean
  readonly key?: string
  readonly user?: string
  readonly endUser?: string
  readonly team?: string
  readonly session?: string
  readonly run?: string
  readonly tags?: ReadonlyArray<string>
  readonly model: string
  readonly provider?: string
  readonly servedModel?: string
  readonly outcome: "success" | "error" | "refused" | "interrupted" | "defect"
  readonly error?: string
  readonly status?: number
  readonly finishReason?: string
  readonly attempts?: ReadonlyArray<Attempt>
  readonly inputTokens?: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly outputTokens?: number
  readonly reasoningTokens?: number
  readonly cost?: string
  readonly estimated?: boolean
  readonly unpriced?: string
  readonly cached?: boolean
  readonly requestId?: string
  readonly traceId?: string
}

export interface Attempt {
  readonly model: string
  readonly error?: string
  readonly millis: number
  readonly waitMillis?: number
  readonly cost?: string
}

export const outcomes = ["success", "error", "refused", "interrupted", "defect"] as const

export const toneOf = (outcome: Call["outcome"]) =>
  outcome === "success" ? "good" : outcome === "interrupted" || outcome === "refused" ? "warn" : "bad"

/** The model that a call was mirrored from. */
export const shadowOf = ({ tags = [] }: Call): string | undefined =>
  tags.find((tag) => tag.startsWith("shadow="))?.slice("shadow=".length)

/** The most specific name of who made a call. */
export const whoOf = ({ endUser, key, user }: Call): string =>
  endUser ?? user ?? (key === undefined ? "" : nameOfKey(key))
