import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import type { Server } from "../../settings/schema/Server.ts"
import { SettingsError } from "../../settings/Settings.ts"

/** Reads the certificate and the key of a server. */
export const certificate = ({ cert, key }: NonNullable<Server["tls"]>) =>
  Effect.all({ cert: read("cert", cert), key: read("key", key) })

const read = (name: "cert" | "key", file: string): Effect.Effect<string, SettingsError> =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (error) =>
      new SettingsError({
        file: "settings",
        mistakes: [
          {
            severity: "error",
            path: ["server", "tls", name],
            message: `cannot be read: ${error instanceof Error ? error.message : String(error)}`
          }
        ]
      })
  })
