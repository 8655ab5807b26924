import type { ProviderOptions } from "../../../domain/ContentPart.ts"
import { isObject, type WireObject } from "../WireObject.ts"

/** The `providerOptions` under the protocol's id, then those under the provider's, which win. */
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
 * Applies a JSON merge patch (RFC 7386): objects are merged key by key and as deep as they go, `null` removes a key,
 * anything else (a list too) replaces what was there.
 */
export const patch = (target: WireObject, change: WireObject): WireObject => {
  const result = new Map(Object.entries(target))
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) continue
    if (value === null) result.delete(key)
    else {
      const before = result.get(key)
      result.set(key, isRecord(value) ? patch(isRecord(before) ? before : {}, value) : value)
    }
  }
  return Object.fromEntries(result)
}

/** Bytes are values, not objects. */
const isRecord = (u: unknown): u is WireObject => isObject(u) && !(u instanceof Uint8Array)

/**
 * The body of a request with the caller's options merged into it, except `stream`, which the call decides, and the lists in
 * `added`, which the protocol has added to its own.
 */
export const patchBody = (
  body: WireObject,
  own: ReadonlyArray<WireObject>,
  added: ReadonlyArray<string> = []
): WireObject =>
  own.reduce((body: WireObject, options) => {
    const rest = Object.entries(options).filter(
      ([key, value]) => key !== "stream" && !(Array.isArray(value) && added.includes(key))
    )
    return patch(body, Object.fromEntries(rest))
  }, body)

/**
 * The body above the default fields of a provider, into which the caller's options are merged too. A key of the body that is
 * `undefined` keeps such a field out.
 */
export const underlay = (below: WireObject, own: ReadonlyArray<WireObject>, body: WireObject): WireObject => {
  const patched = patchBody(below, own)
  const result = new Map(Object.entries(body))
  for (const key of Object.keys(below)) {
    const [lower, upper] = [patched[key], body[key]]
    if (!(key in body)) {
      if (lower !== undefined) result.set(key, lower)
    } else if (isRecord(lower) && isRecord(upper)) result.set(key, patch(lower, upper))
  }
  return Object.fromEntries(result)
}
