import { isObject, type WireObject } from "./Wire.ts"

/**
 * Puts fields over a wire object: objects are merged key by key, tools are added to the
 * others, everything else replaces what was there.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mergeFields = (wire: WireObject, fields: WireObject | undefined): WireObject => {
  if (fields === undefined) return wire
  const merged: Record<string, unknown> = { ...wire }
  for (const [key, value] of Object.entries(fields)) {
    const before = merged[key]
    merged[key] =
      isObject(before) && isObject(value)
        ? { ...before, ...value }
        : key === "tools" && Array.isArray(before) && Array.isArray(value)
          ? [...before, ...value]
          : value
  }
  return merged
}
