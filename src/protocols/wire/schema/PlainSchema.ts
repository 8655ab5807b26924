import { flat, keyOf, resolve } from "../../../domain/SchemaNulls.ts"
import { array, setOf, isObject, type WireObject } from "../WireObject.ts"

/**
 * A JSON Schema in keywords that all servers know, whatever its draft or generator: arrays have items and tuples are
 * `prefixItems`; no schema is a boolean, no keyword `null`, no union empty or with duplicates; types are in lower case,
 * exclusive bounds are numbers, and `allOf` is merged where its members agree. References point to `$defs` or `definitions`
 * of the root, by names of letters, digits, `_`, `.` and `-`, or to the root itself; a dangling one accepts anything. A
 * schema that needs no change is the same object.
 *
 * Sources: https://json-schema.org/draft/2020-12/release-notes, https://platform.openai.com/docs/guides/structured-outputs
 * and https://ai.google.dev/api/generate-content#GenerationConfig
 */
export const plainSchema = (root: WireObject): WireObject => {
  const cached = cache.get(root)
  if (cached !== undefined) return cached
  const plain = new Rewriting(root).run()
  cache.set(root, plain)
  return plain
}

/** Schemas are the same objects from call to call. */
const cache = new WeakMap<WireObject, WireObject>()

/** Whether a reference points to something within the same document. */
export const leads = (reference: string, root: WireObject): boolean =>
  reference === "#" || (reference.startsWith("#/") && Object.keys(resolve({ $ref: reference }, root)).length > 0)

const definitions = ["$defs", "definitions"]

/** References that every server resolves. */
const simple = /^#(?:\/(?:\$defs|definitions)\/[\w.-]+)?$/

const types = setOf("string number integer boolean array object null")

/** Keywords whose value may be `null`. */
const nullable = setOf("const default example")

class Rewriting {
  readonly #root: WireObject
  /** The names of added definitions by the references to them. */
  readonly #names = new Map<string, string>()
  readonly #added = new Map<string, unknown>()
  /** References that are being expanded. */
  readonly #within = new Set<string>()

  constructor(root: WireObject) {
    this.#root = root
  }

  run(): WireObject {
    const root = this.#node(this.#root) as WireObject
    if (this.#names.size === 0) return root
    const kept = isObject(root.$defs) ? root.$defs : {}
    return { ...root, $defs: { ...kept, ...Object.fromEntries(this.#added) } }
  }

  #node(schema: unknown): unknown {
    if (!isObject(schema)) return schema === false ? { not: {} } : {}
    const whole = this.#merged(schema)
    const rewritten = this.#rewritten(whole.schema)
    for (const reference of whole.written) this.#within.delete(reference)
    return rewritten
  }

  #rewritten(schema: WireObject): WireObject {
    let copy: Record<string, unknown> | undefined
    const set = (key: string, value: unknown) => {
      if (value === schema[key]) return
      copy ??= { ...schema }
      if (value === undefined) delete copy[key]
      else copy[key] = value
    }
    for (const [key, value] of Object.entries(schema)) if (value === null && !nullable.has(key)) set(key, undefined)
    if (typeof schema.$ref === "string") set("$ref", this.#reference(schema.$ref))
    const { enum: options, required, type } = schema
    if (type !== undefined) set("type", Array.isArray(type) ? same(type, lower) : lower(type))
    if (Array.isArray(options) && options.length === 0) set("enum", undefined)
    if (required !== undefined) set("required", Array.isArray(required) ? required : undefined)
    for (const side of ["Minimum", "Maximum"]) {
      const [key, bound] = [`exclusive${side}`, side.toLowerCase()]
      if (typeof schema[key] !== "boolean") continue
      set(key, schema[key] ? schema[bound] : undefined)
      if (schema[key]) set(bound, undefined)
    }
    for (const key of ["properties", "patternProperties", "dependentSchemas", ...definitions]) {
      const record = schema[key]
      if (isObject(record)) set(key, this.#values(record, definitions.includes(key)))
    }
    for (const key of ["anyOf", "oneOf", "allOf", "prefixItems"]) {
      const list = schema[key]
      if (!Array.isArray(list)) continue
      const items = this.#items(list)
      set(key, list.length === 0 ? undefined : key === "prefixItems" ? items : unique(items))
    }
    for (const key of ["additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"]) {
      if (isObject(schema[key])) set(key, this.#node(schema[key]))
    }
    const { additionalItems, items } = schema
    // Tuples of older drafts.
    if (Array.isArray(items)) {
      set("prefixItems", this.#items(items))
      set("items", isObject(additionalItems) ? this.#node(additionalItems) : {})
      set("additionalItems", undefined)
    } else if (items !== undefined && items !== null) set("items", this.#node(items))
    else if ([type].flat().some((one) => lower(one) === "array")) set("items", {})
    return copy ?? schema
  }

  /** The schema with its `allOf` merged, whose members may be references, and the references that were expanded. */
  #merged(schema: WireObject): { readonly schema: WireObject; readonly written: ReadonlyArray<string> } {
    const unchanged = { schema, written: [] }
    const all = array(schema.allOf).filter(isObject)
    const { allOf: _, ...rest } = schema
    const [only, ...more] = all
    if (only === undefined) return unchanged
    if (more.length === 0 && typeof only.$ref === "string" && Object.keys(only).length === 1) {
      return rest.$ref === undefined ? { schema: { ...rest, ...only }, written: [] } : unchanged
    }
    const written = all.flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []))
    const canWrite = written.every((reference) => leads(reference, this.#root) && !this.#within.has(reference))
    const merged = canWrite ? flat({ ...schema, allOf: all.map((one) => this.#writtenOut(one)) }) : undefined
    if (merged === undefined) return unchanged
    for (const reference of written) this.#within.add(reference)
    return { schema: merged, written }
  }

  #writtenOut(member: WireObject): WireObject {
    const { $ref, ...unknownFields } = member
    return typeof $ref === "string" ? { ...resolve(member, this.#root), ...unknownFields } : member
  }

  /** The reference in the form that every server resolves, or none where it is dangling. */
  #reference(reference: string): string | undefined {
    if (!leads(reference, this.#root)) return undefined
    if (simple.test(reference)) return reference
    const before = this.#names.get(reference)
    if (before !== undefined) return `#/$defs/${before}`
    const name = this.#freeName(reference)
    this.#names.set(reference, name)
    this.#added.set(name, {})
    this.#added.set(name, this.#node(resolve({ $ref: reference }, this.#root)))
    return `#/$defs/${name}`
  }

  #freeName(reference: string): string {
    const preferredKey = keyOf(reference.slice(reference.lastIndexOf("/") + 1))
      .replaceAll(/[^\w.-]+/g, "_")
      .slice(0, 50)
    const taken = (name: string) =>
      this.#added.has(name) || (isObject(this.#root.$defs) && Object.hasOwn(this.#root.$defs, name))
    let name = preferredKey
    for (let copy = 2; taken(name); copy++) name = `${preferredKey}_${copy}`
    return name
  }

  /** Properties that no value matches are left out, and definitions that no reference points to any more. */
  #values(record: WireObject, areDefinitions: boolean): WireObject {
    const entries = Object.entries(record).filter(
      ([key, value]) => value !== false && !(areDefinitions && !/^[\w.-]+$/.test(key))
    )
    const mapped = entries.map(([key, value]) => [key, this.#node(value)] as const)
    const isSame =
      entries.length === Object.keys(record).length && mapped.every(([key, value]) => value === record[key])
    return isSame ? record : Object.fromEntries(mapped)
  }

  #items(list: ReadonlyArray<unknown>): ReadonlyArray<unknown> {
    return same(list, (one) => this.#node(one))
  }
}

const same = (list: ReadonlyArray<unknown>, f: (one: unknown) => unknown): ReadonlyArray<unknown> => {
  const mapped = list.map(f)
  return mapped.every((value, index) => value === list[index]) ? list : mapped
}

/** Generators of OpenAPI and Google write types in capitals. */
const lower = (type: unknown): unknown =>
  typeof type === "string" && types.has(type.toLowerCase()) ? type.toLowerCase() : type

const unique = (list: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const seen = new Set<string>()
  const once = list.filter((one) => {
    const text = JSON.stringify(one)
    return !seen.has(text) && seen.add(text)
  })
  return once.length === list.length ? list : once
}

/** Keywords of JSON Schema whose values are data, not schemas. */
const dataKeywords = setOf("const enum default example examples required type dependentRequired discriminator")

/** Keywords whose values are schemas by names of their own, which may be those of keywords. */
const recordKeywords = setOf("properties patternProperties dependentSchemas $defs definitions")

/** The schemas that stand directly within a schema. */
export const schemasIn = (schema: WireObject): ReadonlyArray<WireObject> =>
  Object.entries(schema).flatMap(([key, value]) => {
    if (dataKeywords.has(key)) return []
    if (Array.isArray(value)) return (value as ReadonlyArray<unknown>).filter(isObject)
    if (!isObject(value)) return []
    return recordKeywords.has(key) ? Object.values(value).filter(isObject) : [value]
  })
