import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type { InvalidRequestError } from "./CallErrors.ts"
import { article, type Issue, mismatch, quote, toError, under } from "./InputIssue.ts"

type Check = (value: unknown) => Issue | undefined

/** Marks a struct that accepts unknown fields. */
const openId = "effect-llm/open"

/**
 * A struct that accepts unknown fields, such as a tool that also holds the Schema of its parameters.
 *
 * @since 0.1.0
 * @category combinators
 */
export const open = <S extends Schema.Top>(schema: S): S["Rebuild"] => schema.annotate({ [openId]: true })

/**
 * Makes a check of values against a Schema: its result is the first issue, with its place and what is allowed there.
 * Unknown fields are issues, unless they are `undefined`. The Schema is compiled on the first call, so that checking
 * costs a small part of writing the request as JSON.
 *
 * @since 0.1.0
 * @category validation
 */
export const make = (schema: Schema.Codec<unknown, unknown>): ((value: unknown) => InvalidRequestError | undefined) => {
  let check: Check | undefined
  return (value) => {
    check ??= compile(Schema.toType(schema).ast)
    const issue = check(value)
    return issue && toError(issue)
  }
}

interface Fields {
  readonly [key: string]: unknown
}

const isRecord = (u: unknown): u is Fields => typeof u === "object" && u !== null && !Array.isArray(u)

const compile = (ast: SchemaAST.AST): Check => {
  if (ast.checks === undefined) {
    switch (ast._tag) {
      case "String":
        return (value) => (typeof value === "string" ? undefined : mismatch("a string", value))
      case "Boolean":
        return (value) => (typeof value === "boolean" ? undefined : mismatch("true or false", value))
      case "Literal":
        return oneOf([ast.literal])
      case "Arrays":
        return list(ast)
      case "Objects":
        return ast.indexSignatures.length > 0 ? record(ast) : struct(ast)
      case "Union":
        return union(ast)
    }
  }
  return isJson(ast) ? json : leaf(ast)
}

const expectedOf = (ast: SchemaAST.AST): string => {
  const expected = (ast.checks?.[0] ?? ast).annotations?.expected
  if (typeof expected === "string") return expected
  switch (ast._tag) {
    case "Objects":
      return objectWith(requiredOf(ast))
    case "Literal":
      return JSON.stringify(ast.literal)
    default:
      return ast._tag === "Arrays" ? "an array" : `${article(ast._tag)} ${ast._tag.toLowerCase()}`
  }
}

const objectWith = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "an object" : `an object with ${names.map((name) => `\`${name}\``).join(" and ")}`

const leaf = (ast: SchemaAST.AST): Check => {
  const is = Schema.is(Schema.make<Schema.Codec<unknown>>(ast))
  const expected = expectedOf(ast)
  return (value) => (is(value) ? undefined : mismatch(expected, value))
}

const oneOf = (literals: ReadonlyArray<unknown>): Check => {
  const known = new Set(literals)
  const expected = literals.map((literal) => JSON.stringify(literal)).join(", ")
  return (value) =>
    known.has(value)
      ? undefined
      : {
          path: [],
          detail: `expected ${literals.length === 1 ? expected : `one of ${expected}`}, got ${quote(value)}`
        }
}

const list = ({ rest: [element] }: SchemaAST.Arrays): Check => {
  const check = compile(element ?? SchemaAST.unknown)
  return (value) => {
    if (!Array.isArray(value)) return mismatch("an array", value)
    for (let at = 0; at < value.length; at++) {
      const issue = check(value[at])
      if (issue !== undefined) return under(at, issue)
    }
    return undefined
  }
}

const record = ({ indexSignatures }: SchemaAST.Objects): Check => {
  const check = compile(indexSignatures[0]?.type ?? SchemaAST.unknown)
  return (value) => {
    if (!isRecord(value)) return mismatch("an object", value)
    for (const key in value) {
      const issue = check(value[key])
      if (issue !== undefined) return under(key, issue)
    }
    return undefined
  }
}

const struct = (ast: SchemaAST.Objects): Check => {
  const fields = new Map(
    ast.propertySignatures.map(({ name, type }) => [
      String(name),
      { check: compile(type), isRequired: !SchemaAST.isOptional(type) }
    ])
  )
  const required = [...fields].filter(([, { isRequired }]) => isRequired)
  const expected = expectedOf(ast)
  const isOpen = ast.annotations?.[openId] === true
  return (value) => {
    if (!isRecord(value)) return mismatch(expected, value)
    let found = 0
    for (const key in value) {
      const inner = value[key]
      if (inner === undefined) continue
      const field = fields.get(key)
      if (field !== undefined) {
        if (field.isRequired) found++
        const issue = field.check(inner)
        if (issue !== undefined) return under(key, issue)
      } else if (!isOpen) {
        const detail = `there is no such field, so leave it out; the known fields are ${[...fields.keys()].join(", ")}`
        return { path: [key], detail }
      }
    }
    if (found === required.length) return undefined
    // Getters of a class are not enumerated above.
    for (const [name, { check }] of required) {
      const inner = value[name]
      const issue = inner === undefined ? { path: [], detail: "it is missing" } : check(inner)
      if (issue !== undefined) return under(name, issue)
    }
    return undefined
  }
}

const isUndefined = ({ _tag }: SchemaAST.AST): boolean => _tag === "Undefined"

const isLiteral = (ast: SchemaAST.AST): ast is SchemaAST.Literal => ast._tag === "Literal"

const isStruct = (ast: SchemaAST.AST): ast is SchemaAST.Objects =>
  ast._tag === "Objects" && ast.indexSignatures.length === 0

const isRecordType = (ast: SchemaAST.AST): ast is SchemaAST.Objects => ast._tag === "Objects" && !isStruct(ast)

/** The members of a union, those of unions within it included; `undefined` is what an absent field has. */
const membersOf = (ast: SchemaAST.Union): ReadonlyArray<SchemaAST.AST> =>
  ast.types.flatMap((type) => {
    const plain = type._tag === "Union" && type.checks === undefined ? membersOf(type) : [type]
    return plain.filter((type) => !isUndefined(type))
  })

const union = (ast: SchemaAST.Union): Check => {
  const members = membersOf(ast)
  const [only] = members
  if (only !== undefined && members.length === 1) return compile(only)
  if (members.every(isLiteral)) return oneOf(members.map(({ literal }) => literal))
  const structs = members.filter(isStruct)
  const literals = members.filter(isLiteral)
  const [array] = members.filter(({ _tag }) => _tag === "Arrays").map(compile)
  const records = members.filter(isRecordType).map(record)
  const rest = members.filter((member) => !["Literal", "Arrays", "Objects"].includes(member._tag))
  const tests = [
    ...rest.map((member) => Schema.is(Schema.make<Schema.Codec<unknown>>(member))),
    ...(literals.length === 0 ? [] : [(value: unknown) => literals.some(({ literal }) => literal === value)])
  ]
  const acceptsStrings = members.some(({ _tag, checks }) => _tag === "String" && checks === undefined)
  const hasDeclared = rest.some(({ _tag }) => _tag === "Declaration")
  const object = structs.length === 0 ? records[0] : structOf(structs)
  const expected = [
    ...[...literals, ...rest].map(expectedOf),
    ...(array === undefined ? [] : ["an array"]),
    ...(structs.length > 2 || records.length > 0 ? [objectWith(requiredByAll(structs))] : structs.map(expectedOf))
  ].join(", or ")
  return (value) => {
    if (typeof value === "string" && acceptsStrings) return undefined
    if (typeof value !== "object" || value === null || hasDeclared) {
      for (const test of tests) if (test(value)) return undefined
    }
    if (Array.isArray(value)) return array === undefined ? mismatch(expected, value) : array(value)
    return object !== undefined && isRecord(value) ? object(value, expected) : mismatch(expected, value)
  }
}

/** Structs are told apart by a literal `type` or `role`, or else by a field that only one of them has. */
const structOf = (structs: ReadonlyArray<SchemaAST.Objects>) => {
  const kinds = structs.map((ast) => ({ ast, check: struct(ast), required: requiredOf(ast) }))
  const [only] = kinds
  if (only !== undefined && kinds.length === 1) return only.check
  for (const name of ["type", "role"]) {
    const tagged = kinds.map(({ ast, check }) => ({ check, tags: tagsOf(ast, name) }))
    if (tagged.some(({ tags }) => tags.length === 0)) continue
    const byTag = new Map(tagged.flatMap(({ check, tags }) => tags.map((tag) => [tag, check])))
    const tag = oneOf([...byTag.keys()])
    return (value: Fields): Issue | undefined => {
      const check = byTag.get(value[name])
      if (check !== undefined) return check(value)
      const issue = tag(value[name])
      return issue && under(name, issue)
    }
  }
  return (value: Fields, expected: string): Issue | undefined => {
    // A method is no field: a Blob has a `text` too.
    const has = (name: string) => value[name] !== undefined && typeof value[name] !== "function"
    const kind = kinds.find(({ required }) => required.every(has))
    return kind === undefined ? mismatch(expected, value) : kind.check(value)
  }
}

const requiredOf = ({ propertySignatures }: SchemaAST.Objects): ReadonlyArray<string> =>
  propertySignatures.filter(({ type }) => !SchemaAST.isOptional(type)).map(({ name }) => String(name))

const requiredByAll = (structs: ReadonlyArray<SchemaAST.Objects>): ReadonlyArray<string> => {
  const [first = [], ...others] = structs.map(requiredOf)
  return first.filter((name) => others.every((names) => names.includes(name)))
}

const tagsOf = ({ propertySignatures }: SchemaAST.Objects, name: string): ReadonlyArray<unknown> => {
  const type = propertySignatures.find((property) => property.name === name)?.type
  if (type === undefined) return []
  const members = type._tag === "Union" ? membersOf(type) : [type]
  return members.every(isLiteral) ? members.map(({ literal }) => literal) : []
}

const isJson = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Declaration" && String(ast.annotations?.expected).startsWith("a JSON value")

/** Values nested deeper than this count as circular. */
const deepest = 500

const json: Check = (value) => jsonWithin(value, 0)

const jsonWithin = (value: unknown, depth: number): Issue | undefined => {
  if (typeof value !== "object" || value === null) {
    return typeof value === "bigint" || typeof value === "function" || typeof value === "symbol"
      ? mismatch("a JSON value", value)
      : undefined
  }
  if (depth > deepest) return { path: [], detail: "it is nested too deeply, or contains itself" }
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const issue = jsonWithin(value[at], depth + 1)
      if (issue !== undefined) return depth > 20 ? issue : under(at, issue)
    }
    return undefined
  }
  for (const key in value) {
    const issue = jsonWithin((value as Fields)[key], depth + 1)
    if (issue !== undefined) return depth > 20 ? issue : under(key, issue)
  }
  return undefined
}
