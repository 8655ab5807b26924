import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Stream from "effect/Stream"
import type { AttemptError } from "effect-llm/domain/ChatResponse"
import type { Policy } from "effect-llm/policies/Policy"
import {
  build,
  type LoadOptions,
  type Reload,
  type Settings,
  type SettingsError,
  watch
} from "../../settings/Settings.ts"
import { Models } from "../calls/Models.ts"
import { Store } from "../store/Store.ts"

/** The settings in use, which change when they are read again. */
export class CurrentSettings extends Context.Service<
  CurrentSettings,
  {
    readonly get: () => Settings
    /** Reads them again; `undefined` where they come from no file. */
    readonly reload: Effect.Effect<Reload | undefined>
    /** Every reload from now on, whatever was its cause. */
    readonly reloads: Stream.Stream<Reload>
  }
>()("effect-llm-gateway/CurrentSettings") {}

type Built = Layer.Layer<Models | CurrentSettings, SettingsError, HttpClient.HttpClient | ChildProcessSpawner | Store>

/** Settings that stay. A policy goes around each of their models. */
export const layerOf = (settings: Settings, policy?: Policy<AttemptError>): Built =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { connected } = yield* Store
      const built = yield* build(settings, yield* ConfigProvider.ConfigProvider, connected)
      const current = { get: () => settings, reload: Effect.undefined, reloads: Stream.never }
      return Context.make(Models, Models.around(built, policy)).pipe(Context.add(CurrentSettings, current))
    })
  )

/** Settings that are read only when a gateway starts. */
const atStart =
  /^(?:stores|ledger\.spool|server\.(?:host|port|tls|limits|drain|keepAlive|streamKeepAlive|trustedProxies|logs\.(?:format|level)))(?![\w-])/

/** Says of changes which of them wait for a restart. */
const markedForRestart = (reload: Reload): Reload =>
  reload._tag === "Kept"
    ? reload
    : {
        ...reload,
        difference: reload.difference.map((line) => (atStart.test(line) ? `${line} (after a restart)` : line))
      }

/** Settings that follow their file. */
export const layerFile = (
  file: string,
  options: LoadOptions = {},
  policy?: Policy<AttemptError>
): Layer.Layer<
  Models | CurrentSettings,
  SettingsError,
  FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | ChildProcessSpawner | Store
> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { connected } = yield* Store
      const watched = yield* watch(file, options, connected)
      const current = {
        get: watched.current,
        reload: Effect.map(watched.reload, markedForRestart),
        reloads: Stream.map(watched.reloads, markedForRestart)
      }
      return Context.make(Models, Models.around(watched, policy)).pipe(Context.add(CurrentSettings, current))
    })
  )
