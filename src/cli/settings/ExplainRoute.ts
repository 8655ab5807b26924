import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Plan from "effect-llm/router/Plan"
import { build } from "../../settings/build/Build.ts"
import * as Settings from "../../settings/Settings.ts"
import { failed, fromError, usage } from "../CliFailure.ts"
import * as Input from "../Input.ts"
import * as Services from "../Services.ts"
import { printJson } from "../terminal/Print.ts"

interface Options {
  readonly prompt: ReadonlyArray<string>
  readonly settings: string
  readonly envFile: string | undefined
  readonly model: string | undefined
  readonly json: boolean
}

/** The prompt if none is given: the choice of deployments seldom depends on it. */
const anyPrompt = "Hello"

const encode = Schema.encodeUnknownSync(Plan.Plan)

/** `explain`. */
export const explainRoute = Effect.fnUntraced(
  function* ({ envFile, json, model: named, prompt, settings: file }: Options) {
    const [first, ...others] = prompt
    const model = named ?? first
    if (model === undefined)
      return yield* Effect.fail(usage('name a model of the settings: effect-llm explain smart "Why is the sky blue?"'))
    const words = (named === undefined ? others : prompt).join(" ")
    const text = [words, yield* Input.piped()].filter((part) => part !== "").join("\n\n") || anyPrompt
    const { locate, settings, variables } = yield* Effect.mapError(Settings.load(file, { envFile }), fromError)
    // A plan needs no connection.
    const built = yield* Effect.mapError(build({ ...settings, stores: {}, journal: {} }, variables), ({ mistakes }) =>
      fromError(new Settings.SettingsError({ file, mistakes: locate(mistakes) }))
    )
    const plan = yield* Effect.mapError(built.explain(model, text), (error) => failed(error.message))
    if (json) return yield* printJson(encode(plan))
    yield* Console.log(Plan.format(plan))
  },
  Effect.scoped,
  Effect.provide(Services.http)
)
