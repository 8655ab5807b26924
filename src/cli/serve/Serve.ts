import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import process from "node:process"
import { Gateway } from "../../gateway/Gateway.ts"
import type { Reload, Settings } from "../../settings/Settings.ts"
import { fromError } from "../CliFailure.ts"
import { defaultUrl } from "../gateway/Address.ts"
import * as Services from "../Services.ts"
import * as Export from "./Export.ts"
import * as Logs from "./Logs.ts"
import { optimized, optimizedInUse } from "./Optimized.ts"
import { settled } from "./Settled.ts"
import * as Signals from "./Signals.ts"
import * as Source from "./Source.ts"
import * as Worker from "./Worker.ts"

interface Input {
  readonly file: Option.Option<string>
  readonly envFile: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly workers: string | undefined
  readonly openToEveryone: boolean
}

/** A chat model to try, by its name. */
const exampleIn = ({ models }: Settings): string =>
  Object.entries(models).find(([name, { kind = "chat" }]) => kind === "chat" && !name.includes("*"))?.[0] ?? "..."

/** What commands need to find a gateway. */
const at = (url: string): string => (url === defaultUrl ? "" : ` --url ${url}`)

const banner = (
  { isOpen, settings, url }: Gateway["Service"],
  { example = exampleIn(settings()), serves }: Source.Source
) => {
  const key = isOpen() ? "" : " -H 'authorization: Bearer YOUR_KEY'"
  return [
    `effect-llm serves ${serves}`,
    `at ${url}`,
    ...(isOpen()
      ? [`Callers need no key, until the first one is created (effect-llm keys create NAME --admin${at(url)})`]
      : []),
    "",
    "Try it:",
    `  curl ${url}/v1/chat/completions -H 'content-type: application/json'${key} \\`,
    `    -d '{"model": "${example}", "messages": [{"role": "user", "content": "Hello"}]}'`
  ].join("\n")
}

/** Logs the outcome of a reload. */
const logReload = (reload: Reload | undefined): Effect.Effect<void> =>
  reload === undefined
    ? Effect.logInfo("There is no settings file to reload")
    : reload._tag === "Kept"
      ? Effect.logError(`The settings are invalid; the previous ones stay in use:\n${reload.error.message}`)
      : Effect.logInfo(["The settings were reloaded", ...reload.difference].join("\n  "))

/** Serves in this process, as the only one or as a worker. */
const serveHere = Effect.fnUntraced(function* (source: Source.Source) {
  const services = yield* Effect.context<never>()
  const run = Effect.runForkWith(services)
  let reloading: Gateway["Service"]["reload"] = Effect.undefined
  if (!Worker.isWorker)
    yield* Signals.stopping(
      () => run(Effect.logInfo("Stopping once requests in progress end; press again to stop at once")),
      () => process.exit(130)
    )
  const reload = () =>
    void run(
      Effect.flatMap(reloading, (reload) =>
        // What changed is printed by the subscriber to all reloads.
        reload?._tag === "Reloaded" && reload.difference.length > 0 ? Effect.void : logReload(reload)
      )
    )
  yield* Signals.on(["SIGHUP"], reload)
  const gateway = Context.get(yield* Effect.mapError(Layer.build(source.gateway), fromError), Gateway)
  reloading = gateway.reload
  yield* Effect.forkScoped(Stream.runForEach(gateway.reloads, logReload))
  const text = banner(gateway, source)
  yield* Worker.isWorker ? Worker.ready(text, reload) : Console.log(text)
  yield* optimizedInUse
  yield* settled
  return yield* Effect.never
})

/** `serve`. */
export const serve = Effect.fnUntraced(
  function* ({ workers, ...input }: Input) {
    const isTerminal = yield* Effect.flatMap(Stdio.Stdio, ({ stderrIsTerminal }) => stderrIsTerminal)
    const source = yield* Source.choose(input)
    const logs = Logs.layer(source.logs, isTerminal)
    if (!Worker.isWorker)
      yield* Effect.provide(
        Effect.forEach(source.warnings, (line) => Effect.logWarning(line), { discard: true }),
        logs
      )
    if (workers !== undefined && !Worker.isWorker) {
      yield* optimized
      const { supervise } = yield* Effect.promise(() => import("./Primary.ts"))
      return yield* Effect.provide(supervise(workers, Console.log), logs)
    }
    const serving = Effect.provide(Effect.provide(serveHere(source), Export.layer), logs)
    return yield* Worker.isWorker ? Worker.asWorker(serving) : serving
  },
  Effect.scoped,
  Effect.provide(Services.http)
)
