import type { Caller } from "../access/Caller.ts"

/** What is noticed of a request while it is responded to, for metrics, traces and logs: also where its client leaves before that. */
export interface RequestNotes {
  /** The path as the table of routes has it; `undefined` where there is none. */
  route: string | undefined
  dialect: string | undefined
  caller: Caller | undefined
}
