import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Gateway from "../../gateway/Gateway.ts"
import * as DefaultSettings from "../../gateway/operations/DefaultSettings.ts"
import { formatMistake, load } from "../../settings/Settings.ts"
import * as Environment from "../../settings/file/Environment.ts"
import { defaultDatabase } from "../../gateway/store/DefaultDatabase.ts"
import * as KeyStrength from "../../settings/file/KeyStrength.ts"
import type { Server as ServerSettings } from "../../settings/schema/Server.ts"
import { type CliFailure, fromError, usage } from "../CliFailure.ts"
import { defaultModels } from "../chat/DefaultModels.ts"
import * as Worker from "./Worker.ts"

interface Options extends Gateway.GatewayOptions {
  readonly file: Option.Option<string>
  readonly envFile: string | undefined
}

/** A gateway, a description of what it serves, and the name of a model to try if its settings name none. */
export interface Source {
  readonly gateway: Layer.Layer<
    Gateway.Gateway,
    Gateway.StartError | PlatformError,
    FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | ChildProcessSpawner
  >
  readonly serves: string
  readonly logs: NonNullable<ServerSettings["logs"]>
  /** The warnings about its file, a line each. */
  readonly warnings: ReadonlyArray<string>
  readonly example?: string
}

const defaultFile = "settings.yaml"

/** The gateway of a file, else of the keys in the environment, else of a simulator. */
export const choose = Effect.fnUntraced(function* ({
  envFile,
  file,
  ...options
}: Options): Effect.fn.Return<Source, CliFailure, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  if (Option.isSome(file) || (yield* Effect.orElseSucceed(fs.exists(defaultFile), () => false))) {
    const name = Option.getOrElse(file, () => defaultFile)
    const read = yield* Effect.match(load(name, { envFile }), {
      // Its mistakes are reported when it is built.
      onFailure: () => ({ logs: {}, warnings: [] }),
      onSuccess: ({ settings, warnings }) => ({
        logs: settings.server?.logs ?? {},
        warnings: warnings.map((warning) => formatMistake(name, warning))
      })
    })
    return { gateway: Gateway.layerFile(name, { ...options, envFile }), serves: `the models of ${name}`, ...read }
  }
  const { provider: variables } = yield* Effect.mapError(Environment.load(defaultFile, envFile), fromError)
  const ids = yield* DefaultSettings.configured(variables)
  const server = yield* Effect.provideService(serverOf, ConfigProvider.ConfigProvider, variables)
  const source = ids.length === 0 ? simulated(server, options) : ofProviders(ids, server, options)
  return { ...source, gateway: Layer.provide(source.gateway, ConfigProvider.layer(variables)) }
})

const adminKey = "EFFECT_LLM_ADMIN_KEY"

/** The settings of the server from the environment, without a file. */
const serverOf = Effect.gen(function* (): Effect.fn.Return<ServerSettings, CliFailure> {
  const key = Option.getOrUndefined(yield* Effect.orDie(Config.option(Config.Redacted(adminKey))))
  if (key === undefined || Redacted.value(key) === "") return {}
  const weakness = KeyStrength.weaknessOf(Redacted.value(key))
  return weakness === undefined ? { adminKey: key } : yield* usage(`${adminKey} ${weakness}`)
})

const ofProviders = (ids: ReadonlyArray<string>, server: ServerSettings, options: Gateway.GatewayOptions): Source => {
  const id = ids.find((id) => defaultModels[id] !== undefined)
  return {
    gateway: Layer.unwrap(
      Effect.map(Effect.provide(defaultDatabase(), UserDirectories.layer), (database) =>
        Gateway.layer(DefaultSettings.ofProviders(ids, server), { ...options, database })
      )
    ),
    logs: {},
    warnings: [],
    serves: `every model of ${ids.join(", ")} (their keys are in the environment)`,
    example: id === undefined ? `${ids[0]}/...` : `${id}/${defaultModels[id]}`
  }
}

const simulated = (server: ServerSettings, options: Gateway.GatewayOptions): Source => ({
  gateway: Layer.unwrap(
    Effect.gen(function* () {
      const { Simulator } = yield* Effect.promise(() => import("effect-llm/testing/Simulator"))
      const { openAiUrl } = Context.get(yield* Layer.build(Layer.orDie(Simulator.layer())), Simulator)
      // Keys are forgotten with the process, but workers share them.
      const folder = Option.getOrUndefined(yield* Effect.orDie(Config.option(Config.String(Worker.sharedFolder))))
      const path = yield* Path.Path
      const database = folder === undefined ? undefined : Redacted.make(path.join(folder, "gateway.db"))
      return Gateway.layer(DefaultSettings.ofSimulator(openAiUrl, server), {
        ...options,
        ...(database !== undefined && { database }),
        headers: { "x-effect-llm-simulated": "true" }
      })
    })
  ),
  logs: {},
  warnings: [],
  serves: "a SIMULATOR, which makes up its responses: no provider's key is in the environment",
  example: "gpt-6-luna"
})
