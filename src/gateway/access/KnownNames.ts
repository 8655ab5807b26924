import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as ModelId from "effect-llm/domain/ModelId"
import * as Nearest from "effect-llm/domain/Nearest"
import { kinds } from "../../settings/build/Kinds.ts"
import type { Settings } from "../../settings/Settings.ts"
import * as NamedModels from "../models/NamedModels.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import { overlap, withoutVersion } from "./Patterns.ts"
import { RecordInvalidError } from "./records/RecordErrors.ts"

/** What a key, a user or a team names of the gateway. */
interface Named {
  readonly models?: ReadonlyArray<string> | null | undefined
  readonly deny?: ReadonlyArray<string> | null | undefined
  readonly routes?: ReadonlyArray<string> | null | undefined
}

/** Distinguishes known names from mistyped ones. */
export class KnownNames extends Context.Service<
  KnownNames,
  {
    /** Fails for a model or a path that is not here; those that were named `before` may have gone since. */
    readonly check: (named: Named, before?: Named) => Effect.Effect<void, RecordInvalidError>
  }
>()("effect-llm-gateway/access/KnownNames") {
  /** Of a gateway that serves these paths. */
  static readonly layer = (
    routes: ReadonlyArray<{ readonly path: string }>
  ): Layer.Layer<KnownNames, never, CurrentSettings> => Layer.effect(this, make(routes))
}

const make = Effect.fnUntraced(function* (routes: ReadonlyArray<{ readonly path: string }>) {
  const settings = yield* CurrentSettings
  const paths = [...new Set(routes.map(({ path }) => withoutVersion(path.replaceAll(/\{\w+(?:\.{3})?\}/g, "*"))))]
  const routeMistake = (route: string): string | undefined =>
    paths.some((path) => overlap(withoutVersion(route), path))
      ? undefined
      : `nothing is served at ${route}${suggestion(Nearest.find(withoutVersion(route), paths))}`
  // Settings are read without knowing what a gateway serves.
  const warn = Effect.suspend(() => {
    const { keys = {}, teams = {}, users = {} } = settings.get()
    return Effect.forEach(
      Object.entries({ keys, teams, users }).flatMap(([kind, entries]) =>
        Object.entries(entries).flatMap(([name, { routes = [] }]) =>
          routes.flatMap((route) => {
            const mistake = routeMistake(route)
            return mistake === undefined ? [] : [`${kind}.${name}.routes: ${mistake}`]
          })
        )
      ),
      (mistake) => Effect.logWarning(mistake),
      { discard: true }
    )
  })
  yield* warn
  yield* Effect.forkScoped(Stream.runForEach(settings.reloads, () => warn))
  return KnownNames.of({
    check: Effect.fnUntraced(function* (named, before = {}) {
      for (const list of ["models", "deny"] as const)
        for (const name of named[list] ?? []) {
          if (before[list]?.includes(name) === true) continue
          const mistake = yield* modelMistake(name, settings.get())
          if (mistake !== undefined) return yield* new RecordInvalidError({ detail: `${list}: ${mistake}` })
        }
      for (const route of named.routes ?? []) {
        const mistake = before.routes?.includes(route) === true ? undefined : routeMistake(route)
        if (mistake !== undefined) return yield* new RecordInvalidError({ detail: `routes: ${mistake}` })
      }
    })
  })
})

/** The mistake in a model name, if any. A pattern may match names that do not exist yet. */
const modelMistake = Effect.fnUntraced(function* (name: string, settings: Settings) {
  if (name.includes("*")) return undefined
  const { find, names } = NamedModels.of(settings)
  const found = find(name)
  const provider = found !== undefined && found.name === name ? ModelId.parse(name)?.provider : undefined
  const isListed = Object.hasOwn(settings.models, name) || provider === undefined
  if (found !== undefined && isListed) return undefined
  const providers = new Set([...Object.keys(settings.providers ?? {}), ...(yield* kinds).keys()])
  if (provider !== undefined && providers.has(provider)) return undefined
  const near =
    provider === undefined
      ? Nearest.find(name, names)
      : Nearest.find(provider, providers).map((other) => name.replace(provider, other))
  return `no model is called ${name}${suggestion(near, names)}`
})

const suggestion = ([nearest]: ReadonlyArray<string>, known: ReadonlyArray<string> = []): string => {
  if (nearest !== undefined) return `; did you mean ${nearest}?`
  return known.length === 0 ? "" : `; known: ${known.slice(0, 12).join(", ")}`
}
