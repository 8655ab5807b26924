import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as SettingError from "./SettingError.ts"

/**
 * Imports a package that an application installs only if it needs it. A package that is missing is a `ConfigError` that
 * names it, be it this one or one that it needs itself; any other failure to load it is one with the reason.
 */
export const load = <A>(user: string, name: string, module: () => Promise<A>): Effect.Effect<A, Config.ConfigError> =>
  Effect.tryPromise({
    try: module,
    catch: (cause) => {
      const message = cause instanceof Error ? cause.message : String(cause)
      const missing = /Cannot find package '([^']+)'/.exec(message)?.[1] ?? (message.includes(name) ? name : undefined)
      const problem =
        missing === undefined
          ? `needs the package ${name}, which cannot be loaded: ${message}`
          : `needs the package ${missing}, which is not installed: npm install ${missing}`
      return SettingError.make(`${user} ${problem}`)
    }
  })

/** Passes a failed import on. Bundlers accept that a package is absent only where its import is caught on the spot. */
export const absent = (cause: unknown): Promise<never> => Promise.reject(cause)
