/**
 * Declarations as a reader wants them: a type that was taken from a schema which the module keeps to itself is written
 * out (`interface Usage { readonly total?: number | undefined }`), and the schema left out.
 */
import { edited, type Edit, exprOf, nameOf, type Node, parse, textBefore } from "./syntax.ts"

const simple: Record<string, string> = {
  String: "string",
  Number: "number",
  Finite: "number",
  Int: "number",
  Boolean: "boolean",
  Unknown: "unknown",
  Uint8Array: "Uint8Array",
  Json: "Schema.Json"
}

/** Their types are Effect's own. */
const asNamed = new Set(["BigDecimal", "Duration"])

class Unreadable extends Error {}

class Reader {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** What a schema of this type decodes to. */
  type(schema: Node, depth: number): string {
    if (schema.type === "TSTypeQuery") return this.instance(schema.exprName as Node)
    const [name = "", args] = this.schemaName(schema)
    const [first, second] = args
    const plain = simple[name]
    if (plain !== undefined) return plain
    if (asNamed.has(name)) return `Schema.${name}["Type"]`
    if (first === undefined) throw new Unreadable(name)
    switch (name) {
      case "Literal":
      case "tag":
        return this.source(first)
      case "Literals":
        return this.elements(first)
          .map((literal) => this.source(literal))
          .join(" | ")
      case "Codec":
        return this.source(first)
      case "NullOr":
        return `${this.type(first, depth)} | null`
      case "$Array":
        return `ReadonlyArray<${this.type(first, depth)}>`
      case "$Record":
        if (second === undefined || this.type(first, depth) !== "string") throw new Unreadable(name)
        return braced([`readonly [key: string]: ${this.type(second, depth + 1)}`], depth)
      case "Union":
        return this.elements(first)
          .map((member) => this.type(member, depth))
          .join(" | ")
      case "Struct":
        return this.struct(this.members(first), depth)
      case "TaggedStruct":
        return this.struct(second === undefined ? [] : this.members(second), depth, this.source(first))
      case "TaggedUnion":
        return this.members(first)
          .map((member) => this.type(annotationOf(member), depth))
          .join(" | ")
      default:
        throw new Unreadable(name)
    }
  }

  struct(members: ReadonlyArray<Node>, depth: number, tag?: string): string {
    const lines = members.map((member) => this.member(member, depth + 1))
    if (tag !== undefined) lines.unshift(`readonly _tag: ${tag}`)
    return braced(lines, depth)
  }

  /** What a class makes. */
  private instance(name: Node): string {
    const path = exprOf(name)
    if (path === "") throw new Unreadable(name.type)
    return path
  }

  private member(member: Node, depth: number): string {
    const schema = annotationOf(member)
    const [name, [inner]] = schema.type === "TSTypeReference" ? this.schemaName(schema) : ["", []]
    const key = this.source(member.key as Node)
    const doc = textBefore(this.text, member)
      .trim()
      .replace(/\n\s*/g, `\n${"\t".repeat(depth)} `)
    const before = doc === "" ? "" : `${doc}\n${"\t".repeat(depth)}`
    if (inner === undefined || (name !== "optional" && name !== "optionalKey")) {
      return `${before}readonly ${key}: ${this.type(schema, depth)}`
    }
    const type = this.type(inner, depth)
    return `${before}readonly ${key}?: ${type}${name === "optional" ? " | undefined" : ""}`
  }

  members(type: Node): ReadonlyArray<Node> {
    if (type.type !== "TSTypeLiteral") throw new Unreadable(type.type)
    return type.members as ReadonlyArray<Node>
  }

  private elements(type: Node): ReadonlyArray<Node> {
    const tuple = type.type === "TSTypeOperator" ? (type.typeAnnotation as Node) : type
    if (tuple.type !== "TSTupleType") throw new Unreadable(tuple.type)
    return tuple.elementTypes as ReadonlyArray<Node>
  }

  private schemaName(type: Node): readonly [string | undefined, ReadonlyArray<Node>] {
    if (type.type !== "TSTypeReference") throw new Unreadable(type.type)
    const [namespace, name, ...more] = exprOf(type.typeName as Node).split(".")
    if (namespace !== "Schema" || more.length > 0) throw new Unreadable(exprOf(type.typeName as Node))
    const args = (type.typeArguments as { readonly params: ReadonlyArray<Node> } | null)?.params ?? []
    return [name, args]
  }

  private source(node: Node): string {
    return this.text.slice(node.start, node.end)
  }
}

const braced = (members: ReadonlyArray<string>, depth: number): string => {
  const tabs = "\t".repeat(depth)
  return members.length === 0 ? "{}" : `{\n${members.map((member) => `${tabs}\t${member};\n`).join("")}${tabs}}`
}

const annotationOf = (node: Node): Node => (node.typeAnnotation as Node).typeAnnotation as Node

/** `typeof a.cases.B` of the private schemas `a`: the type of that schema. */
const schemaAt = (reader: Reader, schemas: Schemas, query: Node): Node => {
  const [root = "", cases, name, ...more] = exprOf(query.exprName as Node).split(".")
  const schema = schemas.get(root)
  if (schema === undefined) throw new Unreadable(root)
  if (cases === undefined) return schema
  const [params] = (schema.typeArguments as { readonly params: ReadonlyArray<Node> }).params
  const found =
    cases === "cases" && more.length === 0 && params !== undefined
      ? reader.members(params).find((member) => (member.key as Node).name === name)
      : undefined
  if (found === undefined) throw new Unreadable(root)
  return annotationOf(found)
}

/** The one type argument of `Schema.Schema.Type<typeof x>` or `Schema.Struct.Type<typeof fields>`. */
const queried = (node: Node, name: Node): { readonly isFields: boolean; readonly of: Node } | undefined => {
  const path = exprOf(name)
  if (path !== "Schema.Schema.Type" && path !== "Schema.Struct.Type") return undefined
  const [query] = (node.typeArguments as { readonly params: ReadonlyArray<Node> } | null)?.params ?? []
  return query?.type === "TSTypeQuery" ? { isFields: path === "Schema.Struct.Type", of: query } : undefined
}

/** Writes out the types of a declaration that are taken from private schemas. */
export const plainTypes = (text: string): string => {
  const program = parse(text)
  const statements = program.body as ReadonlyArray<Node>
  const reader = new Reader(text)
  const schemas = new Map(
    statements
      .filter(({ type }) => type === "VariableDeclaration")
      .flatMap((statement) => statement.declarations as ReadonlyArray<Node>)
      .filter(({ id }) => (id as Node).typeAnnotation !== null)
      .map((declarator) => [nameOf(declarator.id), annotationOf(declarator.id as Node)])
  )
  const edits: Array<Edit> = []
  for (const statement of statements) {
    const declared = (statement.declaration ?? statement) as Node
    try {
      if (declared.type === "TSTypeAliasDeclaration") edits.push(...plainAlias(declared, reader, schemas))
      if (declared.type === "TSInterfaceDeclaration") edits.push(...plainInterface(declared, reader, schemas))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
    }
  }
  return edited(text, edits)
}

type Schemas = ReadonlyMap<string, Node>

const plainAlias = (alias: Node, reader: Reader, schemas: Schemas): ReadonlyArray<Edit> => {
  const { end, start, type, typeName } = alias.typeAnnotation as Node
  const query = type === "TSTypeReference" ? queried(alias.typeAnnotation as Node, typeName as Node) : undefined
  return query === undefined || query.isFields
    ? []
    : [{ start, end, text: reader.type(schemaAt(reader, schemas, query.of), 0) }]
}

const plainInterface = (declared: Node, reader: Reader, schemas: Schemas): ReadonlyArray<Edit> => {
  const body = declared.body as Node
  const heritage = (declared.extends ?? []) as ReadonlyArray<Node>
  const taken = heritage.filter((node) => queried(node, node.expression as Node) !== undefined)
  const [from, ...more] = taken
  const query = from && queried(from, from.expression as Node)
  if (query === undefined || more.length > 0 || (body.body as ReadonlyArray<Node>).length > 0) return []
  const schema = schemaAt(reader, schemas, query.of)
  const plain = query.isFields ? reader.struct(reader.members(schema), 0) : reader.type(schema, 0)
  if (!plain.startsWith("{\n")) throw new Unreadable("not a struct")
  const others = heritage.filter((node) => node !== from).map(({ end, start }) => reader.text.slice(start, end))
  const { end: start } = (declared.typeParameters ?? declared.id) as Node
  return [{ start, end: body.end, text: `${others.length === 0 ? "" : ` extends ${others.join(", ")}`} ${plain}` }]
}
