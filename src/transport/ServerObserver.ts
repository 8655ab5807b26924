import * as Context from "effect/Context"

/** Who sees the URL of each request that is sent in this fiber; it may hold secrets in its query. */
export const CurrentServerObserver: Context.Reference<((url: string) => void) | undefined> = Context.Reference<
  ((url: string) => void) | undefined
>("effect-llm/transport/CurrentServerObserver", { defaultValue: () => undefined })
