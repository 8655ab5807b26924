import type { ProviderDefinition, Setting } from "./ProviderDefinition.ts"

/**
 * The names under which a provider's key and address are configured.
 *
 * @since 0.1.0
 * @category accessors
 */
export const namesOf = (definition: Pick<ProviderDefinition<string, never>, "id" | "settingPrefix" | "keyNames">) => {
  const prefix = definition.settingPrefix ?? definition.id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")
  const keyNames = definition.keyNames ?? [`${prefix}_API_KEY` as const]
  return { prefix, apiKey: keyNames.join(" or "), keyNames, baseUrl: `${prefix}_BASE_URL` }
}

/**
 * The names under which a further setting is configured.
 *
 * @since 0.1.0
 * @category accessors
 */
export const namesIn = ({ config }: Setting): readonly [string, ...ReadonlyArray<string>] =>
  typeof config === "string" ? [config] : config

/**
 * The settings that a definition names.
 *
 * @since 0.1.0
 * @category accessors
 */
export const entriesOf = (definition: { readonly settings?: unknown }): ReadonlyArray<readonly [string, Setting]> =>
  Object.entries((definition.settings ?? {}) as { readonly [name: string]: Setting })
