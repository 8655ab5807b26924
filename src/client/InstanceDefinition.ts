import type { CallRequest } from "../domain/CallRequest.ts"
import type { ProviderDefinition, Setting } from "./ProviderDefinition.ts"
import { entriesOf, namesIn, namesOf } from "./SettingNames.ts"

/**
 * A request whose `providerOptions` under the name of an instance are options of its provider, which they come before.
 */
export const withOwnOptions = <Request extends Pick<CallRequest, "providerOptions">>(
  request: Request,
  { id, optionsOf }: Pick<Base, "id" | "optionsOf">
): Request => {
  const own = request.providerOptions?.[id]
  if (own === undefined || optionsOf === undefined || optionsOf === id) return request
  const options = { ...request.providerOptions?.[optionsOf], ...own }
  return { ...request, providerOptions: { ...request.providerOptions, [optionsOf]: options } }
}

/** What is read of the definition that another is made of. */
export type Base = Pick<
  ProviderDefinition<string, object>,
  "id" | "rows" | "catalog" | "optionsOf" | "keyNames" | "settingPrefix" | "needs"
> & { readonly settings?: unknown }

/**
 * The definition of another account of a provider: what is known of the provider holds for it, and with a prefix of its
 * own its settings are named after that.
 */
export const instanceOf = <Id extends string>(
  base: Base,
  options: { readonly id: Id; readonly settingPrefix?: string | undefined; readonly baseUrl?: string | undefined }
): ProviderDefinition<Id, object, string, unknown> => {
  const { baseUrl, id, settingPrefix } = options
  const { catalog, optionsOf, rows } = base
  const named = settingPrefix === undefined ? namesLike(base) : namedBy(base, settingPrefix)
  return {
    ...base,
    ...named,
    id,
    rows: rows ?? base.id,
    catalog: catalog ?? rows ?? base.id,
    optionsOf: optionsOf ?? base.id,
    ...(baseUrl === undefined ? {} : { baseUrl })
  } as ProviderDefinition<Id, object, string, unknown>
}

/** The names of the provider's own settings. */
const namesLike = (base: Base) => ({ settingPrefix: namesOf(base).prefix })

/** The names of the provider's settings, each with another prefix. */
const namedBy = (base: Base, settingPrefix: string) => {
  const { keyNames, prefix } = namesOf(base)
  const renamed = (name: string) => (name.startsWith(`${prefix}_`) ? settingPrefix + name.slice(prefix.length) : name)
  const prefixed = (name: string) => {
    const own = renamed(name)
    return own === name ? `${settingPrefix}_${name}` : own
  }
  const settings = entriesOf(base).map(([name, setting]): readonly [string, Setting] => {
    const config = namesIn(setting).map(prefixed) as [string, ...Array<string>]
    return [name, { ...setting, config }]
  })
  return {
    settingPrefix,
    keyNames: keyNames.map(prefixed) as [string, ...Array<string>],
    settings: Object.fromEntries(settings),
    needs: base.needs?.map((names) => names.map(prefixed))
  }
}
