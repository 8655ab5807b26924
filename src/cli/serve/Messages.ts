import type { RateLimitStore } from "effect-llm/policies/RateLimitStore"

/** What is done in another process: a use of the store of limits, reading what all count, or telling all others something. */
export type Request =
  | { readonly type: "acquire"; readonly payload: Parameters<RateLimitStore["Service"]["acquire"]>[0] }
  | { readonly type: "settle"; readonly payload: Parameters<RateLimitStore["Service"]["settle"]>[0] }
  | { readonly type: "renew"; readonly payload: Parameters<RateLimitStore["Service"]["renew"]>[0] }
  | { readonly type: "metrics"; readonly payload?: undefined }
  | { readonly type: "tell"; readonly payload: string }

/** From the primary process to a worker. */
export type ToWorker =
  | { readonly type: "response"; readonly id: number; readonly value: unknown }
  | { readonly type: "peers"; readonly areComplete: boolean }
  | { readonly type: "metrics"; readonly id: number }
  | { readonly type: "told"; readonly id: number; readonly text: string }
  | { readonly type: "stop" }
  | { readonly type: "reload" }

/** From a worker to the primary process. */
export type ToPrimary =
  | { readonly type: "request"; readonly id: number; readonly request: Request }
  | { readonly type: "response"; readonly id: number; readonly value: unknown }
  | { readonly type: "ready"; readonly banner: string }
