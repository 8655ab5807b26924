import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { CurrentOrigins } from "effect-llm/router/Affinity"
import type { Answer } from "../http/Answer.ts"
import { Store } from "../store/Store.ts"

/** As long as responses can be continued. */
const ttlMillis = Duration.toMillis(Duration.days(30))

const keyOf = (response: string): string => `response ${response}`

const origins = Effect.map(Store, ({ connected }) => Context.get(connected.stores, CurrentOrigins))

/** Notes which deployment made a response: requests that continue it had best go there, where the prompt is cached. */
export const noting: Effect.Effect<(response: string, answer: Answer) => void, never, Store> = Effect.map(
  origins,
  ({ note }) =>
    (response, { headers }) => {
      const deployment = headers["x-effect-llm-deployment"]
      if (deployment !== undefined) note(keyOf(response), deployment, ttlMillis)
    }
)

/** The deployment to call first for a request that continues a response. */
export const firstFor = (
  previous: string | undefined
): Effect.Effect<ReadonlyArray<string> | undefined, never, Store> =>
  previous === undefined
    ? Effect.undefined
    : Effect.flatMap(origins, ({ find }) =>
        Effect.map(find(keyOf(previous)), (found) => (found === undefined ? undefined : [found]))
      )
