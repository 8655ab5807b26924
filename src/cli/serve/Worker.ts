import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RateLimitStore from "effect-llm/policies/RateLimitStore"
import { PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import cluster from "node:cluster"
import process from "node:process"
import type { SharedPort } from "../../gateway/http/SharedPort.ts"
import { Peers } from "../../gateway/operations/Peers.ts"
import { LocalLimits } from "../../settings/stores/StoreBook.ts"
import type { Request, ToPrimary, ToWorker } from "./Messages.ts"

/** The variable with a temporary folder that workers share. */
export const sharedFolder = "EFFECT_LLM_WORKERS_FOLDER"

/** Whether this process is one of several. */
export const isWorker = cluster.isWorker

const send = (message: ToPrimary): void => void process.send?.(message)

/** The connection of a worker to the primary process. */
const link = () => {
  const waiting = new Map<number, (value: unknown) => void>()
  let count = 0
  let areComplete = false
  let own: Effect.Effect<string> = Effect.succeed("")
  let onReload = () => {}
  let onMessage = (_: string) => {}
  process.on("message", (message: ToWorker) => {
    if (message.type === "response") {
      waiting.get(message.id)?.(message.value)
      waiting.delete(message.id)
    } else if (message.type === "peers") areComplete = message.areComplete
    else if (message.type === "metrics")
      Effect.runCallback(own, {
        onExit: (exit) => send({ type: "response", id: message.id, value: exit._tag === "Success" ? exit.value : "" })
      })
    else if (message.type === "message") {
      onMessage(message.text)
      send({ type: "response", id: message.id, value: "" })
    } else if (message.type === "reload") onReload()
    // As if it had come from outside: requests in progress finish before the process ends.
    else process.kill(process.pid, "SIGTERM")
  })
  // Without the primary process, limits would not be counted.
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"))
  const ask = (request: Request): Effect.Effect<unknown> =>
    Effect.callback((resume) => {
      const id = ++count
      waiting.set(id, (value) => resume(Effect.succeed(value)))
      send({ type: "request", id, request })
      return Effect.sync(() => waiting.delete(id))
    })
  return {
    ask,
    areComplete: () => areComplete,
    share: (metrics: Effect.Effect<string>) => Effect.sync(() => void (own = metrics)),
    onReload: (reload: () => void) => void (onReload = reload),
    listen: (listener: (text: string) => void) => Effect.sync(() => void (onMessage = listener))
  }
}

let linked: ReturnType<typeof link> | undefined

const primary = () => (linked ??= link())

/** Tells the primary process that this worker is ready. */
export const ready = (banner: string, reload: () => void): Effect.Effect<void> =>
  Effect.sync(() => {
    primary().onReload(reload)
    send({ type: "ready", banner })
  })

const failed = "failed"

/** Counts limits in the primary process, for all workers together. */
const limits = Layer.sync(RateLimitStore.RateLimitStore, () => {
  const used = <A>(request: Request): Effect.Effect<A, PolicyStoreError> =>
    Effect.flatMap(primary().ask(request), (value) =>
      value === failed
        ? Effect.fail(new PolicyStoreError({ policy: "rate limits", cause: new Error("the primary process failed") }))
        : Effect.succeed(value as A)
    )
  return RateLimitStore.RateLimitStore.of({
    acquire: (payload) => used({ type: "acquire", payload }),
    settle: (payload) => used({ type: "settle", payload }),
    renew: (payload) => used({ type: "renew", payload }),
    // Waiting calls retry by themselves.
    onFreed: () => () => {}
  })
})

/** Runs a gateway as one of several workers. */
export const asWorker = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { areComplete, ask, listen, share } = primary()
    const together = () => Effect.map(ask({ type: "metrics" }), String)
    const tell = (text: string) => Effect.asVoid(ask({ type: "tell", payload: text }))
    const sharedPort: SharedPort = {
      known: Effect.map(ask({ type: "port" }), (port) => (typeof port === "number" ? port : undefined)),
      found: (port) => send({ type: "listening", port })
    }
    return effect.pipe(
      Effect.provideService(LocalLimits, limits),
      Effect.provideService(Peers, { sharedPort, areComplete, share, together, tell, listen })
    )
  })
