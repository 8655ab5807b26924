import * as Context from "effect/Context"
import type { BoundOptions } from "../Bound.ts"

/** What a call asks of the groups that route it: `router/Override` says what each field means. */
export interface Routing extends BoundOptions {
  readonly deployment?: string | undefined
  readonly order?: ReadonlyArray<string> | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly region?: string | undefined
  readonly fallbacks?: boolean | undefined
  readonly session?: string | undefined
}

/** What the calls of this fiber ask for. */
export const CurrentRouting: Context.Reference<Routing> = Context.Reference<Routing>(
  "effect-llm/router/CurrentOverride",
  { defaultValue: () => ({}) }
)

/** What of it decides who responds, and so what comes back; `undefined` where nothing does. */
export const choiceOf = (routing: Routing): unknown => {
  const { deployment, order, region, tags } = routing
  const fallbacks = routing.fallbacks === false ? false : undefined
  const choice = [deployment, order, region, tags, fallbacks]
  return choice.every((part) => part === undefined) ? undefined : choice
}
