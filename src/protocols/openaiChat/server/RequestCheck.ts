import type { ProviderOptions } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { isObject, protocolId, type WireObject } from "../wire/Wire.ts"

/**
 * Reads the fields of a request as a server received it, and notes the first one that is not what it must be. `null`
 * is the same as absent.
 */
export class RequestCheck {
  issue: { readonly at: string; readonly detail: string } | undefined

  fail(at: string, detail: string): undefined {
    this.issue ??= { at, detail }
    return undefined
  }

  object(u: unknown, at: string): WireObject | undefined {
    return u === undefined || u === null || isObject(u) ? (u ?? undefined) : this.fail(at, "must be an object")
  }

  array(u: unknown, at: string): ReadonlyArray<unknown> | undefined {
    return u === undefined || u === null || Array.isArray(u) ? (u ?? undefined) : this.fail(at, "must be an array")
  }

  string(u: unknown, at: string): string | undefined {
    return u === undefined || u === null || typeof u === "string" ? (u ?? undefined) : this.fail(at, "must be a string")
  }

  boolean(u: unknown, at: string): boolean | undefined {
    return u === undefined || u === null || typeof u === "boolean"
      ? (u ?? undefined)
      : this.fail(at, "must be true or false")
  }

  number(u: unknown, at: string): number | undefined {
    return u === undefined || u === null || (typeof u === "number" && Number.isFinite(u))
      ? (u ?? undefined)
      : this.fail(at, "must be a number")
  }

  integer(u: unknown, at: string): number | undefined {
    return u === undefined || u === null || Number.isSafeInteger(u)
      ? ((u as number | null | undefined) ?? undefined)
      : this.fail(at, "must be an integer")
  }

  /** A string that must be there. */
  required(u: unknown, at: string): string {
    return this.string(u, at) ?? (this.fail(at, "is missing") as never) ?? ""
  }
}

/** The fields that the domain has no word for, under the protocol's id; none when there are none. */
export const others = (
  wire: WireObject,
  known: ReadonlySet<string>,
  more: { readonly [key: string]: Json | undefined } = {}
): { readonly providerOptions?: ProviderOptions } => {
  const entries = Object.entries({ ...wire, ...more }).filter(
    ([key, value]) => value !== null && value !== undefined && (!known.has(key) || Object.hasOwn(more, key))
  )
  return entries.length === 0
    ? {}
    : { providerOptions: { [protocolId]: Object.fromEntries(entries) as { readonly [key: string]: Json } } }
}
