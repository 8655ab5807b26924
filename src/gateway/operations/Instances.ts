import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { LedgerRow } from "../ledger/LedgerRow.ts"
import { Store } from "../store/Store.ts"
import { Peers } from "./Peers.ts"

/**
 * What processes of one gateway tell each other.
 *
 * - `changed`: a key, a user or a team is another by now.
 * - `watching`: somebody reads the live log, for the next seconds.
 * - `call`: a call ended, for those that read the live log.
 * - `cancel`: the caller wants this response no more, which is made in the background.
 * - `reload`: settings are to be read again.
 */
const Message = Schema.Union([
  Schema.Struct({
    type: Schema.tag("changed"),
    kind: Schema.Literals(["key", "user", "team"]),
    id: Schema.String
  }),
  Schema.Struct({ type: Schema.tag("watching") }),
  Schema.Struct({ type: Schema.tag("call"), row: LedgerRow }),
  Schema.Struct({ type: Schema.tag("cancel"), caller: Schema.String, id: Schema.String }),
  Schema.Struct({ type: Schema.tag("reload") })
])

export type Message = Schema.Schema.Type<typeof Message>

const Envelope = Schema.fromJsonString(Schema.Struct({ from: Schema.String, message: Message }))

const encode = Schema.encodeSync(Envelope)
const decode = Schema.decodeUnknownOption(Envelope)

/**
 * The other processes of the same gateway: the workers beside this one, and instances on the same Redis or, without one, the same
 * Postgres. By default there are none.
 */
export const Instances = Context.Reference<{
  /** Tells all others. Workers have heard it when this is over; instances hear it soon, unless their store is away. */
  readonly tell: (message: Message) => Effect.Effect<void>
  /** Emits every message of another process. */
  readonly listen: (listener: (message: Message) => void) => void
}>("effect-llm-gateway/Instances", { defaultValue: () => ({ tell: () => Effect.void, listen: () => {} }) })

/** How long a store is waited for. */
const timeout = "1 second"

/** Reaches others as far as the stores of this gateway do. */
export const layer: Layer.Layer<never, never, Store> = Layer.effect(
  Instances,
  Effect.gen(function* () {
    const { channel } = (yield* Store).connected
    const peers = yield* Peers
    const own = crypto.randomUUID()
    const listeners: Array<(message: Message) => void> = []
    const hear = (text: string): void => {
      const envelope = Option.getOrUndefined(decode(text))
      if (envelope === undefined || envelope.from === own) return
      for (const listener of listeners) listener(envelope.message)
    }
    yield* peers.listen(hear)
    if (channel !== undefined)
      yield* Effect.scoped(channel.listen(hear)).pipe(
        Effect.ignoreCause,
        Effect.repeat(Schedule.spaced("1 second")),
        Effect.forkScoped
      )
    return {
      listen: (listener) => void listeners.push(listener),
      tell: Effect.fnUntraced(function* (message) {
        const text = encode({ from: own, message })
        // Workers hear of calls in one way alone, or they would show them twice.
        const isOnce = message.type === "call" && channel !== undefined
        yield* Effect.all(
          [
            isOnce ? Effect.void : peers.tell(text),
            channel === undefined
              ? Effect.void
              : Effect.ignoreCause(Effect.timeoutOption(channel.publish(text), timeout))
          ],
          { concurrency: "unbounded", discard: true }
        )
      })
    }
  })
)
