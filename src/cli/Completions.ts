import * as Completions from "effect/cli/Completions"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** What takes the name of a file, whichever command it belongs to. Their values are no paths to the parser: `-` is stdin. */
const files = new Set(["file"])

const path = { _tag: "Path", pathType: "file" } as const

const withFiles = (command: Completions.CommandDescriptor): Completions.CommandDescriptor => ({
  ...command,
  flags: command.flags.map((flag) =>
    files.has(flag.name) || (command.name !== "chat" && flag.name === "prompt") ? { ...flag, type: path } : flag
  ),
  arguments: command.arguments.map((argument) => (files.has(argument.name) ? { ...argument, type: path } : argument)),
  subcommands: command.subcommands.map(withFiles)
})

/** Where nothing of ours fits, Bash goes on to complete file names. */
const leavingFiles = (script: string, shell: Completions.Shell): string =>
  shell === "bash" ? script.replace(/^complete -F /m, "complete -o default -F ") : script

/** `--completions`: as the one of the library, and flags and arguments that take files complete their names. */
export const completions = GlobalFlag.Action({
  flag: GlobalFlag.Completions.flag,
  run: (shell, { command }) =>
    Option.match(shell, {
      onNone: () => Effect.void,
      onSome: (shell) => {
        const script = Completions.generate(command.name, shell, withFiles(Completions.fromCommand(command)))
        return Console.log(leavingFiles(script, shell))
      }
    })
})
