/**
 * Declarations without what no program and no reader of them needs: names that nobody can import and no public type
 * mentions, comments on names that nobody can import, and what TypeScript reads the same when it is left out.
 */
import { Module, pruned, Reach } from "./reachable.ts"
import { plainTypes } from "./schemaTypes.ts"
import { children, type Edit, edited, exprOf, nameOf, type Node, parse, quoted } from "./syntax.ts"

/** How many type arguments have no default, and what the others' default is. */
const defaults: Record<string, readonly [number, string]> = {
  "Schema.Codec": [2, "never"],
  "Effect.Effect": [1, "never"],
  "Stream.Stream": [1, "never"],
  "Layer.Layer": [1, "never"],
  Uint8Array: [0, "ArrayBufferLike"]
}

const withoutDefaults = (text: string): string => {
  const edits: Array<Edit> = []
  const visit = (node: Node): void => {
    for (const child of children(node)) visit(child)
    if (node.type !== "TSTypeReference" || node.typeArguments === null) return
    const name = exprOf(node.typeName as Node)
    const list = node.typeArguments as Node
    const params = list.params as ReadonlyArray<Node>
    const given = params.map(({ end, start }) => text.slice(start, end))
    const [required, value] = defaults[name] ?? [given.length, ""]
    while (given.length > required && given.at(-1) === value) given.pop()
    if (name === "Schema.Codec" && given.length === 2 && given[0] === given[1]) given.pop()
    if (given.length === params.length) return
    const last = params[given.length - 1]
    edits.push({ start: last?.end ?? list.start, end: last === undefined ? list.end : list.end - 1, text: "" })
  }
  visit(parse(text))
  return edited(text, edits)
}

/** Imports once what `import("…")` names several times. */
const withImports = (text: string): string => {
  const program = parse(text)
  const uses = new Map<string, Map<string, Array<Node>>>()
  const taken = new Set<string>()
  const visit = (node: Node): void => {
    if (node.type === "TSImportType" && node.qualifier !== null) {
      const source = quoted(node.source)
      const [name = ""] = exprOf(node.qualifier as Node).split(".")
      const names = uses.get(source) ?? new Map<string, Array<Node>>()
      uses.set(source, names.set(name, [...(names.get(name) ?? []), node]))
    } else if (node.type === "Identifier") taken.add(nameOf(node))
    for (const child of children(node)) if (node.type !== "TSImportType" || child !== node.qualifier) visit(child)
  }
  visit(program)
  const imports = (program.body as ReadonlyArray<Node>).filter(({ type }) => type === "ImportDeclaration")
  const edits: Array<Edit> = []
  const added: Array<string> = []
  for (const [source, names] of uses) {
    const existing = imports.find((node) => quoted(node.source) === source)
    const [specifier] = (existing?.specifiers ?? []) as ReadonlyArray<Node>
    const shorten = (nodes: ReadonlyArray<Node>, prefix: string) => {
      for (const node of nodes) edits.push({ start: node.start, end: (node.qualifier as Node).start, text: prefix })
    }
    if (specifier?.type === "ImportNamespaceSpecifier") {
      for (const nodes of names.values()) shorten(nodes, `${nameOf(specifier.local)}.`)
      continue
    }
    const free = [...names].filter(([name]) => !taken.has(name))
    const saved = free.reduce((sum, [, nodes]) => sum + nodes.length, 0) * `import("${source}").`.length
    const list = free.map(([name]) => name).join(", ")
    const cost = list.length + (existing === undefined ? `import {  } from "${source}"\n`.length : 0)
    if (free.length === 0 || saved <= cost) continue
    for (const [name, nodes] of free) {
      taken.add(name)
      shorten(nodes, "")
    }
    if (specifier !== undefined) edits.push({ start: specifier.start, end: specifier.start, text: `${list}, ` })
    else added.push(`import { ${list} } from "${source}";\n`)
  }
  const start = imports[0]?.start ?? (program.body as ReadonlyArray<Node>)[0]?.start ?? 0
  return edited(text, [...edits, { start, end: start, text: added.join("") }])
}

const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\//g

/** Comments without the tags for pages of documentation, on one line where they fit. */
const shortComment = (doc: string): string => {
  const lines = doc
    .slice(3, -2)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .filter((line) => !/^@(?:since|category) /.test(line))
  const text = lines.join("\n").trim()
  return text === "" ? "" : `/** ${text.replace(/\n/g, "\n * ").replace(/ $/gm, "")} */`
}

/** A comment that says no more than the type below it: `export const Usage: Schema.Codec<Usage>`. */
const saysTheType = /^\/\*\* The schema of `(\w+)`\. \*\/\n(?=export (?:declare )?const \1: Schema\.Codec<\1\b)/gm

const withShortComments = (text: string): string =>
  text
    .replace(new RegExp(`^([\\t ]*)(${comment.source})\\n?`, "gm"), (_, tabs: string, doc: string) => {
      const short = shortComment(doc)
      return short === "" ? "" : `${short.replace(/^/gm, tabs)}\n`
    })
    .replace(saysTheType, "")

/** Writes a union one member to a line, where it is long. */
const withUnionLines = (text: string): string => {
  const edits: Array<Edit> = []
  for (const statement of parse(text).body as ReadonlyArray<Node>) {
    const declared = (statement.declaration ?? statement) as Node
    const union = declared.typeAnnotation as Node
    if (declared.type !== "TSTypeAliasDeclaration" || union.type !== "TSUnionType") continue
    if (union.end - declared.start < 110 || !text.slice(union.start, union.end).includes("{")) continue
    const members = union.types as ReadonlyArray<Node>
    const isPlain = members.every(
      ({ start }, index) => index === 0 || text.slice(members[index - 1]?.end, start) === " | "
    )
    if (!isPlain || text[union.end] === ")") continue
    edits.push(
      ...members.flatMap((member, index) => [
        { start: members[index - 1]?.end ?? union.start - 1, end: member.start, text: "\n\t| " },
        {
          start: member.start,
          end: member.end,
          text: text.slice(member.start, member.end).replace(/\n/g, "\n\t")
        }
      ])
    )
  }
  return edited(text, edits)
}

/** The tree of a text without what differs when it is written shorter: places, and keywords that are implied. */
const shapeOf = (text: string): string =>
  JSON.stringify(parse(text), (key, value: unknown) =>
    ["start", "end", "raw", "declare", "importKind", "exportKind"].includes(key) ? undefined : value
  )

const widestLiteral = 90

/** Line ends and keywords that a declaration file can do without, and short types on one line. */
const withShortLines = (text: string): string => {
  // What is imported as a type and exported again stays a type.
  const isExportedAgain = /^export (?:type )?\{ .* \};$/m.test(text)
  let inComment = false
  const lines = text.split("\n")
  const short = lines
    .map((line, index) => {
      inComment ||= /^\t*\/\*\*/.test(line)
      const isComment = inComment
      if (line.endsWith("*/")) inComment = false
      if (isComment) return line
      const isContinued = /^\t*[([<]/.test(lines[index + 1] ?? "")
      const code = (isContinued ? line : line.replace(/;$/, "")).replace(/^export declare /, "export ")
      return isExportedAgain
        ? code
        : code
            .replace(/^import type /, "import ")
            .replace(/^import \{.*\} from/, (names) => names.replace(/\btype (?=\w)/g, ""))
    })
    .join("\n")
    .replace(/(?<=[:|&=<>(,] ?)\{\n((?:\t+(?![/}])[^\n]*[^{\n]\n)+)\t*\}/g, (literal, members: string) => {
      const line = `{ ${members.trim().replace(/;?\n\t+/g, "; ")} }`
      return line.length > widestLiteral ? literal : line
    })
    .replace(/ \{\n\}/g, " {}")
    .replace(/\n*$/, "\n")
  if (shapeOf(short) !== shapeOf(text)) throw new Error(`not the same when written shorter:\n${short}`)
  return short
}

/** `export {}` says that what is not exported is private: needless where nothing is. */
const withoutMarker = (text: string): string => {
  const statements = parse(text).body as ReadonlyArray<Node>
  const isOpen = statements.every(({ type }) => /^(?:Import|Export)/.test(type))
  const exported = statements.filter(({ type }) => type.startsWith("Export"))
  return isOpen && exported.length > 1 ? text.replace(/^export \{\};?\n/m, "") : text
}

const withTabs = (text: string): string => text.replace(/^( {4})+/gm, (indent) => "\t".repeat(indent.length / 4))

/** Makes the declarations short. Those that nothing needs are missing from the result. */
export const shortDeclarations = (
  texts: ReadonlyMap<string, string>,
  isHidden: (file: string) => boolean
): ReadonlyMap<string, string> => {
  const modules = new Map([...texts].map(([file, text]) => [file, new Module(file, plainTypes(withTabs(text)))]))
  const reach = new Reach(modules)
  for (const file of modules.keys()) if (!isHidden(file)) reach.add({ from: file, name: "*" }, true)
  return new Map(
    [...reach.kept].map(([module, kept]) => {
      const text = pruned(module, kept, reach.named)
      return [
        module.file,
        withShortLines(withUnionLines(withoutMarker(withShortComments(withImports(withoutDefaults(text))))))
      ]
    })
  )
}
