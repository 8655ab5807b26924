import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { readFile } from "node:fs/promises"
import { createSecureContext } from "node:tls"
import type { Server } from "../../settings/schema/Server.ts"
import { SettingsError } from "../../settings/Settings.ts"
import type * as Listen from "../http/Listen.ts"

type Tls = NonNullable<Server["tls"]>

/** How often the files are read again: tools renew certificates in many ways, and not all of them are seen as changes of a file. */
const interval = "5 seconds"

/** A certificate that follows its files. */
export interface Followed extends Listen.Certificate {
  /** Reads the files again now. */
  readonly renew: Effect.Effect<void>
}

/** Reads the certificate and the key of a server, and again whenever they may have been renewed. A pair that does not fit is not taken. */
export const make = Effect.fnUntraced(function* (tls: Tls): Effect.fn.Return<Followed, SettingsError, Scope.Scope> {
  const first = yield* pairOf(tls)
  const followed = { current: first, onRenewed: (_: Listen.CertificatePair) => {} }
  let refused: string | undefined
  const renew = Effect.matchEffect(pairOf(tls), {
    onFailure: (error) => {
      if (refused === error.message) return Effect.void
      refused = error.message
      return Effect.logError(`The certificate that is in use stays: ${error.message}`)
    },
    onSuccess: (pair) => {
      refused = undefined
      const { current } = followed
      if (pair.cert === current.cert && pair.key === current.key) return Effect.void
      followed.current = pair
      followed.onRenewed(pair)
      return Effect.logInfo("The certificate was renewed")
    }
  })
  yield* Effect.forkScoped(Effect.repeat(Effect.delay(renew, interval), Schedule.forever))
  return Object.assign(followed, { renew })
})

const pairOf = ({ cert, key }: Tls): Effect.Effect<Listen.CertificatePair, SettingsError> =>
  Effect.tap(Effect.all({ cert: read("cert", cert), key: read("key", key) }), (pair) =>
    Effect.try({ try: () => createSecureContext(pair), catch: (error) => mistaken("cert", "cannot be used", error) })
  )

const read = (name: "cert" | "key", file: string): Effect.Effect<string, SettingsError> =>
  Effect.tryPromise({ try: () => readFile(file, "utf8"), catch: (error) => mistaken(name, "cannot be read", error) })

const mistaken = (name: "cert" | "key", what: string, error: unknown): SettingsError =>
  new SettingsError({
    file: "settings",
    mistakes: [
      {
        severity: "error",
        path: ["server", "tls", name],
        message: `${what}: ${error instanceof Error ? error.message : String(error)}`
      }
    ]
  })
