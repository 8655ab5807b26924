import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"

/** An error shown without its class name: the message is for whoever sets up the application. */
class Sentence extends ConfigProvider.SourceError {
  override toString(): string {
    return this.message
  }
}

/**
 * A setting that is missing or cannot be used. `message` names it and says what to do, and is all of the error's message.
 */
export const of = (message: string): Config.ConfigError => new Config.ConfigError(new Sentence({ message }))

/**
 * Imports a package that an application installs only if it needs it. A package that is missing is a `ConfigError` that
 * names it, be it this one or one that it needs itself; any other failure to load it is one with the reason.
 */
export const loadPeer = <A>(
  user: string,
  name: string,
  module: () => Promise<A>
): Effect.Effect<A, Config.ConfigError> =>
  Effect.tryPromise({
    try: module,
    catch: (cause) => {
      const message = cause instanceof Error ? cause.message : String(cause)
      const missing = /Cannot find package '([^']+)'/.exec(message)?.[1] ?? (message.includes(name) ? name : undefined)
      const problem =
        missing === undefined
          ? `needs the package ${name}, which cannot be loaded: ${message}`
          : `needs the package ${missing}, which is not installed: npm install ${missing}`
      return of(`${user} ${problem}`)
    }
  })

/** Passes a failed import on. Bundlers accept that a package is absent only where its import is caught on the spot. */
export const absent = (cause: unknown): Promise<never> => Promise.reject(cause)
