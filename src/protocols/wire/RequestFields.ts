import * as Schema from "effect/Schema"
import { isObject, type WireObject } from "./WireObject.ts"

export type AnySchema = Schema.ConstraintDecoder<unknown>

/** A field of the body that a request must have. */
export class RequiredField<out S extends AnySchema> {
  readonly schema: S
  constructor(schema: S) {
    this.schema = schema
  }
}

/** Fields of the body by their names; a nested plain object is an object of the body. Absent and `null` are the same. */
export interface Fields {
  readonly [name: string]: AnySchema | RequiredField<AnySchema> | Fields
}

/** What `fields` are in a request that has been checked: nested objects are there even where the request lacks them. */
export type FieldValues<F> = {
  readonly [Name in keyof F]: F[Name] extends RequiredField<infer S>
    ? Schema.Codec.Encoded<S>
    : F[Name] extends AnySchema
      ? Schema.Codec.Encoded<F[Name]> | undefined
      : FieldValues<F[Name]>
}

/** Sets what is defined. Objects in the same place are merged, and nested `fields` are left out where they are empty. */
export const assign = (target: Record<string, unknown>, source: object, fields: Fields = {}): void => {
  for (const key of Object.keys(source)) {
    const value: unknown = source[key as keyof typeof source]
    if (value === undefined) continue
    const before = target[key]
    const nested = fields[key]
    if ((before ?? nested) !== undefined && isPlain(value) && (isPlain(before) || isPlain(nested))) {
      const both = isPlain(before) ? { ...before } : {}
      assign(both, value, isPlain(nested) ? nested : undefined)
      if (Object.keys(both).length > 0) target[key] = both
    } else target[key] = value
  }
}

/** Sets a field in objects that nothing else holds. */
export const put = (target: Record<string, unknown>, steps: ReadonlyArray<string>, value: unknown): void => {
  let within = target
  for (let step = 0; step < steps.length - 1; step++) {
    const name = steps[step] ?? ""
    within = (within[name] ??= {}) as Record<string, unknown>
  }
  within[steps.at(-1) ?? ""] = value
}

const isPlain = (u: unknown): u is Fields => isObject(u) && !isLeaf(u)

const isLeaf = (u: unknown): u is AnySchema | RequiredField<AnySchema> => isSchema(u) || u instanceof RequiredField

const optional = (schema: AnySchema) => Schema.optional(Schema.NullOr(schema))

const isSchema = (u: unknown): u is AnySchema => Schema.isSchema(u)

/** The schema of a body with these fields. */
export const schemaOf = (fields: Fields): Schema.ConstraintDecoder<WireObject> => {
  const schemas: Record<string, AnySchema> = {}
  for (const [name, field] of Object.entries(fields)) {
    schemas[name] = field instanceof RequiredField ? field.schema : optional(isSchema(field) ? field : schemaOf(field))
  }
  return Schema.Struct(schemas)
}

/** The values of the known fields: a `null` is absent, and a nested object is there even where it is not. */
export const valuesOf = (known: Fields, wire: WireObject): WireObject => {
  const values: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(known)) {
    const value = wire[name] ?? undefined
    values[name] = isLeaf(field) ? value : valuesOf(field, isObject(value) ? value : {})
  }
  return values
}

/** What is not among the known fields, or none. */
export const unknownFieldsOf = (known: Fields, wire: WireObject): WireObject | undefined => {
  let unknown: Record<string, unknown> | undefined
  for (const [name, value] of Object.entries(wire)) {
    const field = Object.hasOwn(known, name) ? known[name] : undefined
    const kept =
      field === undefined ? value : isLeaf(field) || !isObject(value) ? undefined : unknownFieldsOf(field, value)
    if (kept === undefined || kept === null) continue
    unknown ??= {}
    unknown[name] = kept
  }
  return unknown
}
