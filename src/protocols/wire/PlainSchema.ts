import { flat, keyOf, resolve } from "../../domain/SchemaNulls.ts"
import { array, isObject, type WireObject } from "./WireObject.ts"

/**
 * A JSON Schema in the words that all providers know, whichever draft or generator it comes from: arrays have items and
 * tuples are `prefixItems`; no schema is a boolean, no keyword `null`, no list of alternatives empty or with one of them
 * twice; types are in lower case, exclusive bounds numbers, and `allOf` one schema where its members agree. References
 * lead to `$defs` or `definitions` of the root, by names of letters, digits, `_`, `.` and `-`, or to the root itself; one
 * that leads nowhere admits anything. A schema that needs no change comes back as it is.
 *
 * Sources: https://json-schema.org/draft/2020-12/release-notes, https://platform.openai.com/docs/guides/structured-outputs
 * and https://ai.google.dev/api/generate-content#GenerationConfig
 */
export const plainSchema = (root: WireObject): WireObject => {
  const before = known.get(root)
  if (before !== undefined) return before
  const made = new Rewriting(root).run()
  known.set(root, made)
  return made
}

/** Schemas are the same objects from call to call. */
const known = new WeakMap<WireObject, WireObject>()

/** Whether a reference leads to something within the same document. */
export const leads = (reference: string, root: WireObject): boolean =>
  reference === "#" || (reference.startsWith("#/") && Object.keys(resolve({ $ref: reference }, root)).length > 0)

const definitions = ["$defs", "definitions"]

/** References that everyone resolves. */
const simple = /^#(?:\/(?:\$defs|definitions)\/[\w.-]+)?$/

const types = new Set(["string", "number", "integer", "boolean", "array", "object", "null"])

/** Keywords of which `null` says something. */
const nullable = new Set(["const", "default", "example"])

class Rewriting {
  readonly #root: WireObject
  /** The definitions that were added, by the references that lead to them. */
  readonly #names = new Map<string, string>()
  readonly #added = new Map<string, unknown>()
  /** References that are being written out. */
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

  /** The schema with its `allOf`, whose members may be references, as one; those that were written out are named. */
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

  /** The reference as everyone resolves it, or none where it leads nowhere. */
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
    const wanted = keyOf(reference.slice(reference.lastIndexOf("/") + 1))
      .replaceAll(/[^\w.-]+/g, "_")
      .slice(0, 50)
    const taken = (name: string) =>
      this.#added.has(name) || (isObject(this.#root.$defs) && Object.hasOwn(this.#root.$defs, name))
    let name = wanted
    for (let copy = 2; taken(name); copy++) name = `${wanted}_${copy}`
    return name
  }

  /** What no value fits is left out, and definitions under names that no reference leads to any more. */
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

/** Types as OpenAPI's and Google's generators may write them. */
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
export const dataKeywords: ReadonlySet<string> = new Set(
  "const enum default example examples required type dependentRequired discriminator".split(" ")
)

/** Keywords whose values are schemas by names of their own, which may be those of keywords. */
export const recordKeywords: ReadonlySet<string> = new Set(
  "properties patternProperties dependentSchemas $defs definitions".split(" ")
)

/** The schemas that stand directly within a schema. */
export const schemasIn = (schema: WireObject): ReadonlyArray<WireObject> =>
  Object.entries(schema).flatMap(([key, value]) => {
    if (dataKeywords.has(key)) return []
    if (Array.isArray(value)) return (value as ReadonlyArray<unknown>).filter(isObject)
    if (!isObject(value)) return []
    return recordKeywords.has(key) ? Object.values(value).filter(isObject) : [value]
  })
