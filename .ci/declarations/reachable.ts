/** What of a set of declarations the public ones need. */
import { dirname, join } from "node:path"
import { children, type Edit, edited, exprOf, nameOf, type Node, parse, quoted, textBefore } from "./syntax.ts"

interface Import {
  /** The file, or the name of a package. */
  readonly from: string
  /** `*` for a namespace. */
  readonly name: string
}

interface Export {
  /** `*` for all of a module. */
  readonly as: string
  /** Where it is: in another module, or by its name in this one. */
  readonly of: Import | string
}

interface Statement {
  readonly node: Node
  /** What it declares. */
  readonly names: ReadonlyArray<string>
  readonly isExported: boolean
  /** The names of this module that it mentions; of namespaces with what of them. */
  readonly mentions: ReadonlyArray<string>
  /** What it mentions of other modules by `import("…")`. */
  readonly imports: ReadonlyArray<Import>
  /** What it exports that is declared elsewhere, or apart. */
  readonly exports: ReadonlyArray<Export>
}

/** A declaration file, statement by statement. */
export class Module {
  readonly file: string
  readonly text: string
  readonly imports = new Map<string, Import>()
  readonly importNodes: Array<Node> = []
  readonly statements: Array<Statement> = []

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
    for (const node of parse(text).body as ReadonlyArray<Node>) this.read(node)
  }

  private read(node: Node): void {
    if (node.type === "ImportDeclaration") {
      this.importNodes.push(node)
      for (const specifier of node.specifiers as ReadonlyArray<Node>) {
        const name = specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : "*"
        this.imports.set(nameOf(specifier.local), { from: this.path(node.source), name })
      }
      return
    }
    const imports: Array<Import> = []
    const exports: Array<Export> = []
    if (node.type === "ExportAllDeclaration") {
      exports.push({ as: nameOf(node.exported) || "*", of: { from: this.path(node.source), name: "*" } })
    }
    for (const specifier of (node.type === "ExportNamedDeclaration" ? node.specifiers : []) as ReadonlyArray<Node>) {
      const name = nameOf(specifier.local)
      exports.push({
        as: nameOf(specifier.exported),
        of: node.source === null ? name : { from: this.path(node.source), name }
      })
    }
    const declared = (node.declaration ?? node) as Node
    const names =
      declared.type === "VariableDeclaration"
        ? (declared.declarations as ReadonlyArray<Node>).map(({ id }) => nameOf(id))
        : declared.id === undefined || declared.id === null
          ? []
          : [nameOf(declared.id)]
    const mentions = new Set<string>()
    this.mentioned(node, mentions, imports)
    const isExported = node.type === "ExportNamedDeclaration" || node.type === "ExportAllDeclaration"
    this.statements.push({ node, names, isExported, mentions: [...mentions], imports, exports })
  }

  private mentioned(node: Node, mentions: Set<string>, imports: Array<Import>): void {
    if (node.type === "TSQualifiedName" || node.type === "MemberExpression") {
      const [root = "", member = ""] = exprOf(node).split(".")
      mentions.add(`${root}.${member}`)
      return
    }
    if (node.type === "TSImportType") {
      const qualifier = node.qualifier === null ? "*" : (exprOf(node.qualifier as Node).split(".")[0] ?? "*")
      imports.push({ from: this.path(node.source), name: qualifier })
      for (const child of children(node)) {
        if (child.type === "TSTypeParameterInstantiation") this.mentioned(child, mentions, imports)
      }
      return
    }
    if (node.type === "Identifier") mentions.add(nameOf(node))
    for (const child of children(node)) this.mentioned(child, mentions, imports)
  }

  private path(source: unknown): string {
    const path = quoted(source)
    return path.startsWith(".") ? join(dirname(this.file), path.replace(/\.(?:js|ts)$/, ".d.ts")) : path
  }
}

/** Follows every public name to what it needs. */
export class Reach {
  readonly modules: ReadonlyMap<string, Module>
  readonly kept = new Map<Module, Set<Statement>>()
  /** The statements that declare a name which can be imported. */
  readonly named = new Set<Statement>()
  private readonly seen = new Set<string>()

  constructor(modules: ReadonlyMap<string, Module>) {
    this.modules = modules
  }

  /** All that a module exports, or one name of it. */
  add({ from, name }: Import, isNamed: boolean): void {
    const module = this.modules.get(from)
    const key = `${from} ${name} ${isNamed}`
    if (module === undefined || this.seen.has(key)) return
    this.seen.add(key)
    if (!this.kept.has(module)) this.kept.set(module, new Set())
    for (const statement of module.statements) {
      const isAsked = statement.isExported && (name === "*" || statement.names.includes(name))
      if (isAsked) this.keep(module, statement, isNamed)
      for (const { as, of } of statement.exports) {
        if (name !== "*" && as !== "*" && as !== name) continue
        this.keep(module, statement, false)
        if (typeof of === "string") this.follow(module, of, isNamed)
        else this.add(as === "*" && name !== "*" ? { ...of, name } : of, isNamed)
      }
    }
  }

  private keep(module: Module, statement: Statement, isNamed: boolean): void {
    const kept = this.kept.get(module)
    if (isNamed && statement.names.length > 0) this.named.add(statement)
    if (kept === undefined || kept.has(statement)) return
    kept.add(statement)
    for (const needed of statement.imports) this.add(needed, false)
    for (const mention of statement.mentions) this.follow(module, mention, false)
    for (const { of } of statement.exports) if (typeof of !== "string") this.add(of, false)
  }

  private follow(module: Module, mention: string, isNamed: boolean): void {
    const [root = "", member] = mention.split(".")
    const imported = module.imports.get(root)
    if (imported !== undefined) {
      this.add(imported.name === "*" && member !== undefined ? { ...imported, name: member } : imported, isNamed)
    }
    for (const statement of module.statements) {
      if (statement.names.includes(root)) this.keep(module, statement, isNamed)
    }
  }
}

/** Without the statements that are not kept, the comments that nobody sees, and the imports that nothing needs. */
export const pruned = (module: Module, kept: ReadonlySet<Statement>, named: ReadonlySet<Statement>): string => {
  const edits: Array<Edit> = []
  const mentioned = new Set<string>()
  for (const statement of module.statements) {
    const { end, start } = statement.node
    const doc = textBefore(module.text, statement.node)
    const isMarker = statement.isExported && statement.names.length === 0 && statement.exports.length === 0
    if (!kept.has(statement) && !isMarker) {
      edits.push({ start: start - doc.length, end: end + 1, text: "" })
      continue
    }
    for (const mention of statement.mentions) mentioned.add(mention.split(".")[0] ?? "")
    if (statement.names.length === 0 || named.has(statement)) continue
    edits.push({ start: start - doc.length, end: start, text: "" })
  }
  for (const node of module.importNodes) {
    const specifiers = node.specifiers as ReadonlyArray<Node>
    const needed = specifiers.filter(({ local }) => mentioned.has(nameOf(local)))
    if (specifiers.length === 0 || needed.length === specifiers.length) continue
    const list = needed.map(({ end, start }) => module.text.slice(start, end)).join(", ")
    const first = specifiers[0]?.start ?? 0
    const last = specifiers.at(-1)?.end ?? 0
    edits.push(
      needed.length === 0 ? { start: node.start, end: node.end + 1, text: "" } : { start: first, end: last, text: list }
    )
  }
  return edited(module.text, edits)
}
