import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { isObject, type WireObject } from "../WireObject.ts"

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

/** The values of `fields` in a checked request: nested objects are present even where the request lacks them. */
export type FieldValues<F> = {
  readonly [Name in keyof F]: F[Name] extends RequiredField<infer S>
    ? Schema.Codec.Encoded<S>
    : F[Name] extends AnySchema
      ? Schema.Codec.Encoded<F[Name]> | undefined
      : FieldValues<F[Name]>
}

/**
 * Sets what is defined, but for some keys. Objects in the same place are merged, and nested `fields` are left out where they are
 * empty.
 */
export const assign = (
  target: Record<string, unknown>,
  source: object,
  fields: Fields = {},
  except?: ReadonlySet<string>
): void => {
  for (const key of Object.keys(source)) {
    const value: unknown = source[key as keyof typeof source]
    if (value === undefined || except?.has(key) === true) continue
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

/** The places of the fields in a body, such as `generationConfig.topP`. */
export const pathsOf = (fields: Fields): ReadonlyArray<string> =>
  Object.entries(fields).flatMap(([name, field]) =>
    isPlain(field) ? pathsOf(field).map((path) => `${name}.${path}`) : [name]
  )

const isPlain = (u: unknown): u is Fields => isObject(u) && !isLeaf(u)

const isLeaf = (u: unknown): u is AnySchema | RequiredField<AnySchema> => isSchema(u) || u instanceof RequiredField

const optional = (schema: AnySchema) => Schema.optional(Schema.NullOr(schema))

const isSchema = (u: unknown): u is AnySchema => Schema.isSchema(u)

/** The schema of a body with these fields. */
const schemaOf = (fields: Fields): Schema.ConstraintDecoder<WireObject> => {
  const schemas: Record<string, AnySchema> = {}
  for (const [name, field] of Object.entries(fields)) {
    schemas[name] = field instanceof RequiredField ? field.schema : optional(isSchema(field) ? field : schemaOf(field))
  }
  return Schema.Struct(schemas)
}

/** The content of a body: the values of its known fields, and the rest, if there is any. A `null` is absent. */
export interface BodyValues {
  /** A nested object is there even where the body lacks it. */
  readonly known: WireObject
  readonly unknown: Record<string, unknown> | undefined
}

/** The fields that a body may have, prepared for reading many bodies that have few of them. */
export class KnownFields {
  readonly #fields: Fields
  readonly #leaves = new Map<string, (value: unknown) => boolean>()
  readonly #nested = new Map<string, KnownFields>()
  readonly #required: ReadonlyArray<string>
  /** The content of an empty body. */
  readonly #empty: WireObject
  #schema: Schema.ConstraintDecoder<WireObject> | undefined

  constructor(fields: Fields) {
    this.#fields = fields
    const empty: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(fields)) {
      if (isLeaf(field)) this.#leaves.set(name, fitting(field instanceof RequiredField ? field.schema : field))
      else {
        const nested = new KnownFields(field)
        this.#nested.set(name, nested)
        empty[name] = nested.#empty
      }
    }
    this.#empty = Object.freeze(empty)
    this.#required = Object.keys(fields).filter((name) => fields[name] instanceof RequiredField)
  }

  /** The schema of a body, which explains why a body does not fit. */
  get schema(): Schema.ConstraintDecoder<WireObject> {
    return (this.#schema ??= schemaOf(this.#fields))
  }

  /** Whether a body fits the schema. */
  fits(body: WireObject): boolean {
    for (const name of this.#required) if ((body[name] ?? undefined) === undefined) return false
    for (const name of Object.keys(body)) {
      const value = body[name] ?? undefined
      if (value === undefined) continue
      const leaf = this.#leaves.get(name)
      if (leaf !== undefined) {
        if (!leaf(value)) return false
        continue
      }
      const nested = this.#nested.get(name)
      if (nested !== undefined && !(isObject(value) && nested.fits(value))) return false
    }
    return true
  }

  /** The content of a body that fits. */
  read(body: WireObject): BodyValues {
    const known: Record<string, unknown> = { ...this.#empty }
    let unknown: Record<string, unknown> | undefined
    for (const name of Object.keys(body)) {
      const value = body[name] ?? undefined
      if (value === undefined) continue
      const nested = this.#nested.get(name)
      let rest: unknown
      if (nested !== undefined && isObject(value)) {
        const values = nested.read(value)
        known[name] = values.known
        rest = values.unknown
      } else if (this.#leaves.has(name)) known[name] = value
      else if (nested === undefined) rest = value
      if (rest !== undefined) (unknown ??= {})[name] = rest
    }
    return { known, unknown }
  }
}

const fitting = (schema: AnySchema): ((value: unknown) => boolean) => {
  const { ast } = schema
  // What most requests have is not worth a parser.
  if (ast.checks === undefined && ast.encoding === undefined) {
    if (SchemaAST.isString(ast)) return Predicate.isString
    if (SchemaAST.isBoolean(ast)) return Predicate.isBoolean
    if (isAnyList(ast)) return Array.isArray
  }
  const decode = Schema.decodeUnknownResult(schema)
  return (value) => Result.isSuccess(decode(value))
}

const isAnyList = (ast: SchemaAST.AST): boolean =>
  SchemaAST.isArrays(ast) &&
  ast.elements.length === 0 &&
  ast.rest.length === 1 &&
  ast.rest.every((item) => SchemaAST.isUnknown(item) && item.checks === undefined && item.encoding === undefined)
