/** JSON merge patches: the merge as RFC 7386 writes it down, and changes of a value to try it with. */
import * as Arbitrary from "effect/Arbitrary"
import type { Json } from "../../src/domain/Json.ts"
import * as Arb from "../domain/arbitraries.ts"
import { json } from "./halves.ts"

type JsonObject = { readonly [key: string]: Json }

const isObject = (u: Json | undefined): u is JsonObject => typeof u === "object" && u !== null && !Array.isArray(u)

/** Section 2 of RFC 7386. */
export const mergePatch = (target: Json | undefined, change: Json): Json => {
  if (!isObject(change)) return change
  const result = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(change)) {
    if (value === null) result.delete(key)
    else result.set(key, mergePatch(result.get(key), value))
  }
  return Object.fromEntries(result)
}

const leaf = Arb.oneOf<Json>(
  Arbitrary.Constant(null),
  Arbitrary.Constant(null),
  Arb.literal<Json & (string | number | boolean)>(0, true, "text", ""),
  Arbitrary.Constant([null, { a: null }]),
  Arbitrary.Constant({}),
  Arbitrary.Constant({ a: null, b: { c: null, d: 1 } })
)

const anyChange = (value: Json): Arb.Arb<Json> => (isObject(value) ? Arb.oneOf(leaf, changeOf(value, [])) : leaf)

/** A change of an object: at keys that it has, as deep as they go, and at some that it has not; never at those `except`. */
export const changeOf = (value: Json, except: ReadonlyArray<string>): Arb.Arb<JsonObject> => {
  const fields = Object.entries(isObject(value) ? value : {})
    .filter(([key]) => !except.includes(key))
    .map(([key, inner]) => [key, Arb.optional(anyChange(inner))] as const)
  const all = Object.fromEntries([...fields, ["new", Arb.optional(leaf)], ["constructor", Arb.optional(leaf)]])
  return Arbitrary.map(Arbitrary.all(all), (changed) => json(changed) as JsonObject)
}
