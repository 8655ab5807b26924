import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** What this process counts, or all processes that serve together. */
export class ProcessMetrics extends Context.Service<
  ProcessMetrics,
  {
    /** The metrics in the text format of Prometheus. */
    readonly collect: Effect.Effect<string>
  }
>()("effect-llm-gateway/ProcessMetrics") {}
