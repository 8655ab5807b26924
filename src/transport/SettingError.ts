import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"

/** Says what it says, without the name of its class before it: the message is for whoever sets up the application. */
class Sentence extends ConfigProvider.SourceError {
  override toString(): string {
    return this.message
  }
}

/**
 * A setting that is missing or cannot be used. `message` names it and says what to do, and is all of the error's message.
 */
export const make = (message: string): Config.ConfigError => new Config.ConfigError(new Sentence({ message }))
