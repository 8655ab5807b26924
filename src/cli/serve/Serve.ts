import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import { Gateway } from "../../gateway/Gateway.ts"
import { hasKeys } from "../../gateway/operations/ListenSafety.ts"
import type { Settings } from "../../settings/Settings.ts"
import { fromError } from "../CliFailure.ts"
import * as Services from "../Services.ts"
import * as Source from "./Source.ts"

interface Input {
  readonly file: Option.Option<string>
  readonly envFile: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly openToEveryone: boolean
}

/** A chat model that can be called by its name. */
const exampleIn = ({ models }: Settings): string =>
  Object.entries(models).find(([name, { kind = "chat" }]) => kind === "chat" && !name.includes("*"))?.[0] ?? "..."

const banner = ({ settings, url }: Gateway["Service"], { example = exampleIn(settings()), serves }: Source.Source) => {
  const key = hasKeys(settings()) ? " -H 'authorization: Bearer YOUR_KEY'" : ""
  return [
    `effect-llm serves ${serves}`,
    `at ${url}`,
    "",
    "Try it:",
    `  curl ${url}/v1/chat/completions -H 'content-type: application/json'${key} \\`,
    `    -d '{"model": "${example}", "messages": [{"role": "user", "content": "Hello"}]}'`
  ].join("\n")
}

/** `serve`. */
export const serve = Effect.fnUntraced(
  function* (input: Input) {
    const source = yield* Source.choose(input)
    const services = yield* Effect.mapError(Layer.build(source.gateway), fromError)
    yield* Console.log(banner(Context.get(services, Gateway), source))
    return yield* Effect.never
  },
  Effect.scoped,
  Effect.provide(Services.http)
)
