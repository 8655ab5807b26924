import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Result from "effect/Result"
import * as ModelId from "effect-llm/domain/ModelId"
import { type Mistake, type Path, SettingsError } from "../file/Mistake.ts"
import type { Settings } from "../schema/Settings.ts"
import * as Accounts from "./Accounts.ts"
import { kinds } from "./Kinds.ts"

/** The accounts that settings name, by name. */
export type AccountBook = ReadonlyMap<string, Accounts.Account>

/** The names of all accounts: the entries of `providers`, and the providers that deployments name without one. */
const accountsIn = ({ models, providers = {} }: Settings): ReadonlyMap<string, Path> => {
  const names = new Map<string, Path>(Object.keys(providers).map((name) => [name, ["providers", name]]))
  for (const [name, { deployments }] of Object.entries(models))
    for (const { model } of deployments) {
      const provider = ModelId.parse(model)?.provider
      if (provider !== undefined && !names.has(provider)) names.set(provider, ["models", name])
    }
  return names
}

/** Makes every account; fails with what is wrong with any of them. Keys that no entry has come from `variables`. */
export const make = Effect.fnUntraced(function* (
  settings: Settings,
  variables: ConfigProvider.ConfigProvider
): Effect.fn.Return<AccountBook, SettingsError, HttpClient.HttpClient | ChildProcessSpawner> {
  const known = yield* kinds
  const accounts = new Map<string, Accounts.Account>()
  const mistakes: Array<Mistake> = []
  for (const [name, path] of accountsIn(settings)) {
    const entry = settings.providers?.[name] ?? {}
    const made = yield* Effect.result(
      Effect.provideService(Accounts.make(name, entry, known), ConfigProvider.ConfigProvider, variables)
    )
    if (Result.isSuccess(made)) accounts.set(name, made.success)
    else
      mistakes.push({
        severity: "error",
        path,
        message: `the provider ${name} cannot be used: ${messageOf(made.failure)}`
      })
  }
  return mistakes.length === 0 ? accounts : yield* Effect.fail(new SettingsError({ file: "settings", mistakes }))
})

const messageOf = ({ message }: Config.ConfigError): string => message.replace(/^SourceError: /, "")
