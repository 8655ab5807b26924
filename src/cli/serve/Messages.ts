import type { RateLimitStore } from "effect-llm/policies/RateLimitStore"

/** What a worker asks of the primary process: a use of the store of limits, everybody's metrics, a message to the others, the port. */
export type Request =
  | { readonly type: "acquire"; readonly payload: Parameters<RateLimitStore["Service"]["acquire"]>[0] }
  | { readonly type: "settle"; readonly payload: Parameters<RateLimitStore["Service"]["settle"]>[0] }
  | { readonly type: "renew"; readonly payload: Parameters<RateLimitStore["Service"]["renew"]>[0] }
  | { readonly type: "metrics"; readonly payload?: undefined }
  | { readonly type: "tell"; readonly payload: string }
  | { readonly type: "port"; readonly payload?: undefined }

/** From the primary process to a worker. */
export type ToWorker =
  | { readonly type: "response"; readonly id: number; readonly value: unknown }
  | { readonly type: "peers"; readonly areComplete: boolean }
  | { readonly type: "metrics"; readonly id: number }
  | { readonly type: "message"; readonly id: number; readonly text: string }
  | { readonly type: "stop" }
  | { readonly type: "reload" }

/** From a worker to the primary process. */
export type ToPrimary =
  | { readonly type: "request"; readonly id: number; readonly request: Request }
  | { readonly type: "response"; readonly id: number; readonly value: unknown }
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "ready"; readonly banner: string }
