import type { Kinds } from "../build/Kinds.ts"
import type { ModelKind } from "../build/ModelKind.ts"
import type { Path } from "../file/Mistake.ts"
import type { SettingsInput } from "../schema/Settings.ts"
import { Accounts, keyNamesOf } from "./Accounts.ts"
import { defaultsOf, factsOf, kindOf, priceOf, type Written } from "./Deployments.ts"
import { targetOf } from "./Providers.ts"
import type { Reader } from "./Reader.ts"
import type { Secrets } from "./Secrets.ts"
import { defined } from "../Given.ts"

interface ImportedModel {
  readonly kind: ModelKind
  readonly deployments: Array<Written>
  /** The model that its calls are copied to. */
  shadow?: string | undefined
}

export interface Imported {
  readonly models: Map<string, ImportedModel>
  readonly providers: NonNullable<SettingsInput["providers"]>
  /** Whether every `provider/model` may be called. */
  readonly isOpen: boolean
}

/** Reads `model_list`. */
export const importModels = (reader: Reader, kinds: Kinds, secrets: Secrets): Imported => {
  const accounts = new Accounts(reader, kinds, secrets)
  const models: Imported["models"] = new Map()
  let isOpen = false
  secrets.reserve(impliedKeys(reader, kinds))
  for (let index = 0; index < reader.length(["model_list"]); index++) {
    const path = ["model_list", index]
    const params = [...path, "litellm_params"]
    const model = reader.text([...params, "model"])
    const name = reader.text([...path, "model_name"]) ?? model
    if (model === undefined || name === undefined) {
      reader.note(path, "has no litellm_params.model: left out")
      continue
    }
    if (model === "*") {
      isOpen = true
      reader.note(
        [...params, "model"],
        `became "unlisted: provider": every provider/model may be called, with the keys of the environment`
      )
      continue
    }
    const custom = reader.text([...params, "custom_llm_provider"])
    const hasBaseUrl =
      reader.peek([...params, "api_base"]) !== undefined || reader.peek([...params, "base_url"]) !== undefined
    const target = targetOf(model, custom, hasBaseUrl, kinds)
    if (target.provider === undefined) {
      reader.note(path, `${name}: no provider here is called ${custom ?? model.split("/")[0]}: left out`)
      continue
    }
    if (target.isGuessed)
      reader.note([...params, "model"], `${model} names no provider: taken as ${target.provider}/${target.model}`)
    const info = [...path, "model_info"]
    const kind = kindOf(reader, info, model)
    const entry = models.get(name) ?? { kind, deployments: [] }
    if (entry.kind !== kind) {
      reader.note(path, `${name} is a ${entry.kind} model above and a ${kind} model here: left out`)
      continue
    }
    const account = accounts.nameOf(target.provider, params)
    entry.deployments.push({
      model: `${account}/${starred(target.model, name)}`,
      ...factsOf(reader, info),
      ...traffic(reader, params, path),
      ...defined({
        price: priceOf(reader, params, info, kind),
        defaults: defaultsOf(reader, params, kinds.get(target.provider)?.definition.id ?? target.provider),
        policies: policiesOf(reader, params)
      })
    })
    const silent = reader.text([...params, "silent_model"])
    if (silent !== undefined && entry.shadow === undefined) entry.shadow = silent
    models.set(name, entry)
  }
  return { models, providers: accounts.entries, isOpen }
}

/** The variables that models without a key of their own have it from. */
const impliedKeys = (reader: Reader, kinds: Kinds): ReadonlyArray<string> =>
  Array.from({ length: reader.length(["model_list"]) }, (_, index) => {
    const param = (name: string) => reader.peek(["model_list", index, "litellm_params", name])
    const [model, custom] = [param("model"), param("custom_llm_provider")]
    if (typeof model !== "string" || param("api_key") !== undefined) return []
    const hasBaseUrl = param("api_base") !== undefined || param("base_url") !== undefined
    const { provider } = targetOf(model, typeof custom === "string" ? custom : undefined, hasBaseUrl, kinds)
    const used = model === "*" ? [...kinds.keys()] : provider === undefined ? [] : [provider]
    return used.flatMap((id) => keyNamesOf(id, kinds))
  }).flat()

/** Patterns have one star here; LiteLLM fills several in turn. */
const starred = (model: string, name: string): string => (name.includes("*") ? model.replace(/\*.*\*/, "*") : model)

const traffic = (reader: Reader, params: Path, path: Path): Written | undefined => {
  const number = (name: string) => reader.number([...params, name]) ?? reader.number([...path, name])
  return defined({
    weight: number("weight"),
    order: number("order"),
    tags: reader.texts([...params, "tags"]),
    region: reader.peek([...params, "region_name"]) === undefined ? undefined : reader.text([...params, "region_name"]),
    limits: defined({
      requests: number("rpm"),
      tokens: number("tpm"),
      concurrency: number("max_parallel_requests")
    })
  })
}

const policiesOf = (reader: Reader, params: Path): Written | undefined => {
  const retries = reader.number([...params, "max_retries"])
  return defined({
    timeout: defined({
      total: seconds(reader.number([...params, "timeout"])),
      firstToken: seconds(reader.number([...params, "stream_timeout"]))
    }),
    retry: retries === 0 ? false : retries
  })
}

/** Seconds as a duration; a variable has no unit, so it is given one. */
export const seconds = (value: number | string | undefined): string | undefined => {
  if (value === undefined) return undefined
  if (typeof value === "string") return `${value}s`
  return Number.isInteger(value) ? `${value}s` : `${Math.round(value * 1000)}ms`
}
