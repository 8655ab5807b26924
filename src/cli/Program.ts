import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as CliConfig from "effect/cli/CliConfig"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import { keys, teams, users } from "./AccessCommands.ts"
import { chat } from "./ChatCommand.ts"
import type { CliFailure } from "./CliFailure.ts"
import { cost } from "./CostCommand.ts"
import { doctor } from "./DoctorCommand.ts"
import { models } from "./ModelsCommand.ts"
import { prices } from "./PricesCommand.ts"
import { health, shadows, spend } from "./GatewayCommands.ts"
import { serve } from "./ServeCommand.ts"
import { check, explain, importSettings, schema } from "./SettingsCommands.ts"
import { tokens } from "./TokensCommand.ts"
import { version } from "./Version.ts"
import { plain } from "./terminal/Text.ts"

/** Flags and arguments that take a file name, in every command. The parser does not treat them as paths, since `-` is stdin. */
const fileNames = new Set(["file"])

const path = { _tag: "Path", pathType: "file" } as const

const withFiles = (command: Completions.CommandDescriptor): Completions.CommandDescriptor => ({
  ...command,
  flags: command.flags.map((flag) =>
    fileNames.has(flag.name) || (command.name !== "chat" && flag.name === "prompt") ? { ...flag, type: path } : flag
  ),
  arguments: command.arguments.map((argument) =>
    fileNames.has(argument.name) ? { ...argument, type: path } : argument
  ),
  subcommands: command.subcommands.map(withFiles)
})

/** Bash falls back to completing file names. */
const withFileFallback = (script: string, shell: Completions.Shell): string =>
  shell === "bash" ? script.replace(/^complete -F /m, "complete -o default -F ") : script

/** Effect's `--completions`, with file names for the flags and arguments that take files. */
export const completions = GlobalFlag.Action({
  flag: GlobalFlag.Completions.flag,
  run: (shell, { command }) =>
    Option.match(shell, {
      onNone: () => Effect.void,
      onSome: (shell) => {
        const script = Completions.generate(command.name, shell, withFiles(Completions.fromCommand(command)))
        return Console.log(withFileFallback(script, shell))
      }
    })
})

/** The root command. */
export const program = Command.make("effect-llm").pipe(
  Command.withDescription("Serve models to any client, chat with them, and look up their prices, costs and tokens"),
  Command.withSubcommands([
    serve,
    health,
    keys,
    users,
    teams,
    spend,
    shadows,
    models,
    cost,
    tokens,
    prices,
    chat,
    doctor,
    check,
    explain,
    importSettings,
    schema
  ])
)

/** Prints help to stdout, and incorrect usage in a few lines to stderr. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(
          [
            ...event.errors.map(({ message }) => `effect-llm: ${plain(message)}`),
            `Try \`${event.commandPath.join(" ")} --help\`.`
          ].join("\n")
        )
      : CliOutput.defaultPresenter.present(event)
}

const exitCodeOf = (error: CliFailure | CliError.CliError): Effect.Effect<number> => {
  switch (error._tag) {
    case "CliFailure":
      return Effect.as(Console.error(`effect-llm: ${plain(error.message)}`), error.exitCode)
    case "ShowHelp":
      return Effect.succeed(error.errors.length === 0 ? 0 : 2)
    default:
      return Effect.as(Console.error(`effect-llm: ${plain(error.message)}`), 2)
  }
}

const reportDefect = (cause: Cause.Cause<never>): Effect.Effect<number> =>
  Cause.hasInterruptsOnly(cause)
    ? Effect.failCause(cause)
    : Effect.as(Console.error(`effect-llm: this is a bug in effect-llm, please report it:\n${Cause.pretty(cause)}`), 1)

/** Runs the command line and returns the exit code: 0, 1 for a failure, 2 for incorrect usage. */
export const run = (args: ReadonlyArray<string>): Effect.Effect<number, never, Command.Environment> =>
  Effect.flatMap(version, (version) => Command.runWith(program, { version })(args)).pipe(
    Effect.as(0),
    Effect.catch(exitCodeOf),
    Effect.catchCause(reportDefect),
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(CliConfig.CliConfig, {
      builtIns: [GlobalFlag.Help, GlobalFlag.Version, completions]
    }),
    Effect.provide(TerminalCapabilities.layer)
  )

/** A reader that closes the pipe (`| head`) is not an error. */
const exitOnClosedPipe = (error: Error & { readonly code?: string }): void => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
}

/** Runs the command line in this process. */
export const main = (): void => {
  process.stdout.on("error", exitOnClosedPipe)
  NodeRuntime.runMain(
    Effect.provide(
      Effect.flatMap(Stdio.Stdio, ({ args }) => Effect.flatMap(args, run)),
      NodeServices.layer
    ),
    {
      disableErrorReporting: true,
      teardown: (exit, end) => end(Number(Exit.isSuccess(exit) ? exit.value : (process.exitCode ?? 130)))
    }
  )
}
