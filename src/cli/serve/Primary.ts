import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as RateLimit from "effect-llm/policies/RateLimit"
import cluster, { type Worker as ClusterWorker } from "node:cluster"
import { availableParallelism } from "node:os"
import process from "node:process"
import { merged } from "../../gateway/operations/MergedMetrics.ts"
import { type CliFailure, failed } from "../CliFailure.ts"
import type { Request, ToPrimary, ToWorker } from "./Messages.ts"
import * as Worker from "./Worker.ts"
import * as Signals from "./Signals.ts"

/** The longest wait before a worker that keeps ending is started again. */
const mostWaitMillis = 30_000

/** How long a worker must live not to count as failing at its start. */
const settledMillis = 30_000

/** How long to wait for the response of a worker. */
const responseTimeout = "2 seconds"

/**
 * Starts workers and keeps them alive. They share one port; limits are counted here, and budgets in the database that all of them
 * use. One is started first, so that errors are reported once.
 */
export const supervise = Effect.fnUntraced(function* (
  requestedSize: string,
  print: (text: string) => Effect.Effect<void>
): Effect.fn.Return<void, CliFailure, Scope.Scope | FileSystem.FileSystem> {
  const size = requestedSize === "auto" ? availableParallelism() : Number(requestedSize)
  const services = yield* Effect.context<never>()
  const fs = yield* FileSystem.FileSystem
  // Only a simulator needs it, so a read-only disk does not keep others from starting.
  const folder = yield* Effect.orElseSucceed(
    fs.makeTempDirectoryScoped({ prefix: "effect-llm-workers-" }),
    () => undefined
  )
  const run = Effect.runForkWith(services)
  const clock = yield* Clock.Clock
  const store = Context.get(yield* Layer.build(RateLimit.layerStoreMemory), RateLimit.RateLimitStore)
  const ready = new Map<number, ClusterWorker>()
  const waiting = new Map<number, (text: string) => void>()
  const first = yield* Deferred.make<string, CliFailure>()
  const all = yield* Deferred.make<void>()
  const ended = yield* Deferred.make<void>()
  let isStopping = false
  let port: number | undefined
  let requests = 0
  let waitMillis = 100

  const workers = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
  const send = (worker: ClusterWorker, message: ToWorker) => void (worker.isConnected() && worker.send(message))
  const tellPeers = () => {
    const areComplete = ready.size === size
    for (const worker of workers()) send(worker, { type: "peers", areComplete })
    if (areComplete) Deferred.doneUnsafe(all, Effect.void)
  }
  const ask = (
    message: (id: number) => ToWorker,
    recipients: ReadonlyArray<ClusterWorker>
  ): Effect.Effect<ReadonlyArray<string>> =>
    Effect.forEach(
      recipients,
      (worker) =>
        Effect.callback<string>((resume) => {
          const id = ++requests
          waiting.set(id, (text) => resume(Effect.succeed(text)))
          send(worker, message(id))
          return Effect.sync(() => waiting.delete(id))
        }).pipe(Effect.timeoutOrElse({ duration: responseTimeout, orElse: () => Effect.succeed("") })),
      { concurrency: "unbounded" }
    )
  const handle = (request: Request, sender: ClusterWorker): Effect.Effect<unknown, unknown> => {
    switch (request.type) {
      case "acquire":
        return store.acquire(request.payload)
      case "settle":
        return store.settle(request.payload)
      case "renew":
        return store.renew(request.payload)
      case "metrics":
        return Effect.map(
          ask((id) => ({ type: "metrics", id }), [...ready.values()]),
          merged
        )
      case "port":
        return Effect.sync(() => port)
      case "tell": {
        const others = workers().filter((worker) => worker !== sender)
        return ask((id) => ({ type: "message", id, text: request.payload }), others)
      }
    }
  }
  const receive = (worker: ClusterWorker, message: ToPrimary): void => {
    if (message.type === "ready") {
      ready.set(worker.id, worker)
      Deferred.doneUnsafe(first, Effect.succeed(message.banner))
      tellPeers()
    } else if (message.type === "listening") {
      port = message.port
    } else if (message.type === "response") {
      waiting.get(message.id)?.(String(message.value))
      waiting.delete(message.id)
    } else {
      const response = Effect.catchCause(handle(message.request, worker), () => Effect.succeed("failed"))
      run(Effect.map(response, (value) => send(worker, { type: "response", id: message.id, value })))
    }
  }
  const start = (): void => {
    const startedAtNanos = clock.monotonicTimeNanosUnsafe()
    const worker = cluster.fork(folder === undefined ? {} : { [Worker.sharedFolder]: folder })
    worker.on("message", (message: ToPrimary) => receive(worker, message))
    worker.once("exit", (code, signal) => {
      ready.delete(worker.id)
      if (isStopping) {
        if (workers().every((other) => other === worker || other.isDead())) Deferred.doneUnsafe(ended, Effect.void)
        return
      }
      if (Deferred.doneUnsafe(first, Effect.fail(failed(`no worker could be started (exit code ${code})`)))) return
      tellPeers()
      const livedMillis = Number(clock.monotonicTimeNanosUnsafe() - startedAtNanos) / 1e6
      waitMillis = livedMillis > settledMillis ? 100 : Math.min(mostWaitMillis, waitMillis * 2)
      const what = `A worker ended (${signal ?? `exit code ${code}`}); another one starts in ${waitMillis} ms`
      const restarted = Effect.sync(() => (isStopping ? undefined : start()))
      run(Effect.logWarning(what).pipe(Effect.andThen(Effect.sleep(waitMillis)), Effect.andThen(restarted)))
    })
  }

  yield* Signals.stopping(
    () => {},
    () => {
      for (const worker of workers()) worker.process.kill("SIGKILL")
      process.exit(130)
    }
  )
  yield* Signals.on(["SIGHUP"], () => workers().forEach((worker) => send(worker, { type: "reload" })))
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      isStopping = true
      const left = workers().filter((worker) => !worker.isDead())
      for (const worker of left) send(worker, { type: "stop" })
      return left.length === 0 ? Effect.void : Deferred.await(ended)
    })
  )
  // Workers accept connections themselves: one that is handed to a worker just as that is killed would stay open, unserved.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ serialization: "advanced" })
  start()
  const banner = yield* Deferred.await(first)
  for (let count = 1; count < size; count++) start()
  yield* Deferred.await(all)
  yield* print(`${banner}\n\n${size} workers share it.`)
  return yield* Effect.never
})
