import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { kinds } from "../../settings/build/Kinds.ts"
import { evaluate } from "../../settings/file/Load.ts"
import { parse } from "../../settings/file/Source.ts"
import { formatReport, importText } from "../../settings/litellm/Import.ts"
import { failed, fromError, usage } from "../CliFailure.ts"
import * as Input from "../Input.ts"
import { printJson } from "../terminal/Print.ts"

interface Options {
  readonly file: string
  readonly out: string | undefined
  readonly envFile: string | undefined
  readonly force: boolean
  readonly json: boolean
}

/** `import litellm`. */
export const importLiteLlm = Effect.fnUntraced(function* ({ envFile, file, force, json, out }: Options) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = yield* Input.text(file)
  const known = yield* kinds
  const imported = yield* Effect.mapError(Effect.fromResult(importText(file, text, known)), fromError)
  const env = envFile ?? (out === undefined ? undefined : path.join(path.dirname(out), ".env"))
  const hasSecrets = imported.env.length > 0
  const targets = [...(out === undefined ? [] : [out]), ...(env === undefined || !hasSecrets ? [] : [env])]
  for (const target of targets)
    if (!force && (yield* Effect.orElseSucceed(fs.exists(target), () => false)))
      return yield* Effect.fail(usage(`${target} exists already: --force overwrites it`))

  const write = (target: string, lines: string, mode?: number) =>
    Effect.mapError(fs.writeFileString(target, lines, mode === undefined ? {} : { mode }), ({ message }) =>
      failed(`${target} cannot be written: ${message}`)
    )
  if (out !== undefined) yield* write(out, imported.yaml)
  if (env !== undefined && hasSecrets) yield* write(env, yield* mergeEnv(env, imported.env), 0o600)

  const checked = yield* Effect.result(check(imported.yaml, out ?? "settings"))
  const problems = checked._tag === "Failure" ? checked.failure.mistakes : []
  if (json) yield* printJson({ settings: imported.yaml, ...imported, env: undefined, yaml: undefined, problems })
  else {
    if (out === undefined) yield* Console.log(imported.yaml.trimEnd())
    yield* Console.error(formatReport(imported))
    if (out !== undefined) yield* Console.error(`Written: ${targets.join(", ")}`)
    if (hasSecrets && env === undefined)
      yield* Console.error("The values of these variables were not written: --env FILE writes them.")
  }
  if (checked._tag === "Failure")
    return yield* Effect.fail(failed(`the settings need changes before they can be used:\n${checked.failure.message}`))
})

const check = (yaml: string, file: string) =>
  Effect.flatMap(Effect.fromResult(parse(file, yaml)), (source) => evaluate(source, undefined))

/** Merges lines into an environment file, replacing variables that it sets already. */
const mergeEnv = Effect.fnUntraced(function* (file: string, lines: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const before = yield* Effect.orElseSucceed(fs.readFileString(file), () => "")
  const names = new Set(lines.map((line) => line.split("=")[0]))
  const kept = before.split("\n").filter((line) => line !== "" && !names.has(line.split("=")[0]))
  return `${[...kept, ...lines].join("\n")}\n`
})
