import * as Context from "effect/Context"

/** Where a gateway is in its life. */
export class Lifecycle extends Context.Service<
  Lifecycle,
  {
    /** Whether it takes no more connections, and only ends what it has begun. */
    readonly isDraining: () => boolean
    /** How many requests are in progress. */
    readonly inProgress: () => number
  }
>()("effect-llm-gateway/Lifecycle") {}
