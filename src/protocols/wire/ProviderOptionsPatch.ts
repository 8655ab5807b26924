import type { ProviderOptions } from "../../domain/ContentPart.ts"
import { isObject, type WireObject } from "./Wire.ts"

/**
 * The options that belong to the protocol, then those of the provider itself, which win.
 *
 * @since 0.1.0
 * @category accessors
 */
export const ownOptions = (
  options: ProviderOptions | undefined,
  protocol: string,
  provider: string
): ReadonlyArray<WireObject> => {
  if (options === undefined) return []
  const found: Array<WireObject> = []
  for (const name of new Set([protocol, provider])) {
    const own = Object.hasOwn(options, name) ? options[name] : undefined
    if (own !== undefined) found.push(own)
  }
  return found
}

/**
 * Merges options into a wire object as a JSON merge patch (RFC 7386): objects are merged key by key, `null` removes a
 * key, anything else replaces what was there. An object where none was keeps its `null`s, which some fields mean.
 *
 * @since 0.1.0
 * @category combinators
 */
export const patch = (target: WireObject, change: WireObject): WireObject => {
  const result: Record<string, unknown> = { ...target }
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) continue
    if (value === null) delete result[key]
    else {
      const old = result[key]
      result[key] = isObject(value) && isObject(old) ? patch(old, value) : value
    }
  }
  return result
}

/**
 * A wire object with its part's own options merged into it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withOptions = (
  target: WireObject,
  options: ProviderOptions | undefined,
  protocol: string,
  provider: string
): WireObject => ownOptions(options, protocol, provider).reduce(patch, target)
