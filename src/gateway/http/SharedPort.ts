import * as Effect from "effect/Effect"
import { createServer, type AddressInfo, type ListenOptions, type Server } from "node:net"

/** A port that several processes listen on. */
export interface SharedPort {
  /** The port, once one of them listens. */
  readonly known: Effect.Effect<number | undefined>
  /** Tells the others the port. */
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

/** A port that nobody listens on: this one, or any for 0. Without this check, two gateways would share a port unnoticed. */
const free = ({ host, port }: ListenOptions): Effect.Effect<number, NodeJS.ErrnoException> => {
  const probe = createServer()
  return Effect.tap(listening(probe, { host, port, exclusive: true }), () =>
    Effect.callback((resume) => void probe.close(() => resume(Effect.void)))
  )
}

/** Makes a server listen on a port of its own, or on a shared one. */
export const listenAt = (
  server: Server,
  options: ListenOptions,
  shared: SharedPort | undefined
): Effect.Effect<void, NodeJS.ErrnoException> => {
  if (shared === undefined) return listening(server, options)
  return Effect.gen(function* () {
    const port = (yield* shared.known) ?? (yield* free(options))
    // The system distributes connections, and resets those of a killed process. Where it cannot, all processes accept from one queue.
    yield* Effect.catchIf(
      listening(server, { ...options, port, reusePort: true }),
      ({ code }) => code === "ENOTSUP",
      () => listening(server, { ...options, port })
    )
    shared.found(port)
  })
}
