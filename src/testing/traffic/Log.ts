import * as Context from "effect/Context"

/** A call as its caller saw it; times in milliseconds since the start of the run. */
export interface CallRow {
  readonly atMillis: number
  readonly totalMillis: number
  readonly firstTokenMillis: number | undefined
  /** The tag of the error; absent where the call succeeded. */
  readonly error: string | undefined
}

/** A request that reached a provider. */
export interface ProviderRow {
  readonly provider: string
  readonly atMillis: number
  /** `interrupted`: the caller left. */
  readonly outcome: "succeeded" | "interrupted" | (string & {})
  /** US dollars. */
  readonly cost: number
}

/** Everything that happened in a run. */
export class Log {
  readonly calls: Array<CallRow> = []
  readonly requests: Array<ProviderRow> = []
}

/** The call that this fiber makes within a run, and where its requests are noted. */
export interface CurrentCall {
  readonly seed: string
  readonly index: number
  readonly log: Log
  /** How many requests of this call a provider has seen. */
  readonly seen: Map<string, number>
}

export const CurrentCall: Context.Reference<CurrentCall | undefined> = Context.Reference<CurrentCall | undefined>(
  "effect-llm/testing/traffic/CurrentCall",
  { defaultValue: () => undefined }
)
