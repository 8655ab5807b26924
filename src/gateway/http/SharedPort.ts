import * as Effect from "effect/Effect"
import { createServer, type AddressInfo, type ListenOptions, type Server } from "node:net"

/** A port that several processes listen at. */
export interface SharedPort {
  /** Which one it is, once one of them listens. */
  readonly known: Effect.Effect<number | undefined>
  /** Tells the others which one it is. */
  readonly found: (port: number) => void
}

const listening = (server: Server, options: ListenOptions): Effect.Effect<number, NodeJS.ErrnoException> =>
  Effect.callback((resume) => {
    const failed = (error: Error) => resume(Effect.fail(error))
    server.once("error", failed)
    server.listen(options, () => {
      server.off("error", failed)
      resume(Effect.succeed((server.address() as AddressInfo).port))
    })
  })

/** A port that nobody listens at: this one, or any for 0. Programs that share ports would share it with strangers too. */
const free = ({ host, port }: ListenOptions): Effect.Effect<number, NodeJS.ErrnoException> => {
  const probe = createServer()
  return Effect.tap(listening(probe, { host, port, exclusive: true }), () =>
    Effect.callback((resume) => void probe.close(() => resume(Effect.void)))
  )
}

/** Has a server listen at a port of its own, or at one that it shares. */
export const listenAt = (
  server: Server,
  options: ListenOptions,
  shared: SharedPort | undefined
): Effect.Effect<void, NodeJS.ErrnoException> => {
  if (shared === undefined) return listening(server, options)
  return Effect.gen(function* () {
    const port = (yield* shared.known) ?? (yield* free(options))
    // The system deals connections out, and resets those of a process that is killed. Where it cannot, all take from one queue.
    yield* Effect.catchIf(
      listening(server, { ...options, port, reusePort: true }),
      ({ code }) => code === "ENOTSUP",
      () => listening(server, { ...options, port })
    )
    shared.found(port)
  })
}
