import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as AccountBook from "../../settings/build/AccountBook.ts"
import * as Settings from "../../settings/Settings.ts"
import { failed } from "../CliFailure.ts"
import * as Services from "../Services.ts"
import { printDetails, printJson } from "../terminal/Print.ts"

interface Input {
  readonly file: string
  readonly envFile: string | undefined
  readonly ignoreEnv: boolean
  readonly json: boolean
}

/** Loads settings and builds their accounts, to find everything that would keep them from being used. */
const load = Effect.fnUntraced(function* ({ envFile, file, ignoreEnv }: Input) {
  const loaded = yield* Settings.load(file, { envFile, ignoreEnvironment: ignoreEnv })
  if (!ignoreEnv)
    yield* Effect.mapError(
      AccountBook.make(loaded.settings, loaded.variables),
      ({ mistakes }) => new Settings.SettingsError({ file, mistakes: [...loaded.locate(mistakes), ...loaded.warnings] })
    )
  return loaded
})

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`

/** What settings define, in a line for each part. */
const summary = ({
  aliases = {},
  budgets = {},
  keys = {},
  models,
  prices = {},
  providers = {},
  stores = {}
}: Settings.Settings) => {
  const described = Object.entries(models).map(([name, { deployments, kind = "chat" }]) => {
    const [first] = deployments
    const where = deployments.length === 1 ? first.model : counted(deployments.length, "deployment")
    return `${name} (${kind === "chat" ? "" : `${kind}, `}${where})`
  })
  const list = (record: object) => Object.keys(record).join(", ")
  return [
    ["models", described.join(", ")],
    ["aliases", list(aliases)],
    ["providers", list(providers)],
    ["keys", list(keys)],
    ["budgets", list(budgets)],
    ["stores", ["redis", "sql"].filter((name) => name in stores).join(", ")],
    ["prices", list(prices)]
  ] as const
}

/** `check`. */
export const checkSettings = Effect.fnUntraced(function* (input: Input) {
  const { file, json } = input
  const result = yield* load(input).pipe(
    Effect.map(({ settings, warnings }) => ({ settings, mistakes: warnings })),
    Effect.catchTag("SettingsError", ({ mistakes }) => Effect.succeed({ settings: undefined, mistakes })),
    Effect.provide(Services.http)
  )
  const { mistakes, settings } = result
  const errors = mistakes.filter(({ severity }) => severity === "error")
  if (json) yield* printJson({ file, valid: settings !== undefined, mistakes })
  else for (const mistake of mistakes) yield* Console.log(Settings.formatMistake(file, mistake))
  if (settings === undefined) return yield* Effect.fail(failed(`${counted(errors.length, "mistake")} in ${file}`))
  if (json) return
  yield* Console.log(`${file} is valid`)
  yield* printDetails(summary(settings))
})
