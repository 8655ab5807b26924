import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import type { Server } from "../../settings/schema/Server.ts"

const levels = { debug: "Debug", info: "Info", warn: "Warn", error: "Error" } as const

/** The log of a server, on stderr: readable lines in a terminal, else JSON. */
export const layer = ({ format, level = "info" }: NonNullable<Server["logs"]>, isTerminal: boolean) => {
  const isPretty = format === undefined ? isTerminal : format === "pretty"
  return Layer.mergeAll(
    Logger.layer([
      isPretty ? Logger.consolePretty({ colors: isTerminal }) : Logger.withConsoleError(Logger.formatJson)
    ]),
    Layer.succeed(Logger.LogToStderr, true),
    Layer.succeed(References.MinimumLogLevel, levels[level])
  )
}
