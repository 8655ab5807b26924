/**
 * `import * as Effect` reads well, but `Effect.map` cannot be shortened. A member that a chunk uses more than once is
 * imported by its name instead, and so are the others where then nothing needs the whole module.
 */
import type { Plugin } from "rolldown"
import { parseAst } from "rolldown/parseAst"

/** What it costs, in characters, to name a member that is used once, and to import the whole module besides. */
const costOfName = 6
const costOfModule = 20

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

interface Use {
  readonly start: number
  readonly end: number
  readonly space: string
  readonly member: string
}

interface Uses {
  /** What each namespace is imported from. */
  readonly spaces: ReadonlyMap<string, string>
  readonly uses: ReadonlyArray<Use>
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

const usesOf = (code: string): Uses => {
  const spaces = new Map<string, string>()
  const uses: Array<Use> = []
  const program = parseAst(code) as unknown as { readonly body: ReadonlyArray<Node> }
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") continue
    const source = String((statement["source"] as { readonly value: unknown }).value)
    const [first] = statement["specifiers"] as ReadonlyArray<Node>
    // Node's modules may lack a member.
    if (/^(?:\.|node:)/.test(source) || first?.type !== "ImportNamespaceSpecifier") continue
    spaces.set((first["local"] as { readonly name: string }).name, source)
  }
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (!isNode(value)) return
    const { computed, object, property } = value
    if (value.type === "MemberExpression" && computed === false && isNode(object) && isNode(property)) {
      const space = String(object["name"])
      const { end, start } = value
      if (spaces.has(space)) uses.push({ start, end, space, member: String(property["name"]) })
    }
    Object.values(value).forEach(visit)
  }
  visit(program.body)
  return { spaces, uses }
}

/** `codes` are all modules; `chunkOf` says which of them end in one chunk. */
export const nameImports = (codes: ReadonlyMap<string, string>, chunkOf: (file: string) => string): Plugin => {
  const found = new Map(Array.from(codes, ([file, code]) => [file, usesOf(code)]))
  const placeOf = (file: string, source: string) => `${chunkOf(file)} ${source}`
  /** How often each member of a module is used in a chunk. */
  const counts = new Map<string, Map<string, number>>()
  for (const [file, { spaces, uses }] of found) {
    for (const { member, space } of uses) {
      const place = placeOf(file, spaces.get(space) ?? "")
      const members = counts.get(place) ?? new Map<string, number>()
      counts.set(place, members.set(member, (members.get(member) ?? 0) + 1))
    }
  }
  const isNamed = (place: string, source: string, member: string) => {
    const members = counts.get(place) ?? new Map<string, number>()
    const single = [...members.values()].filter((count) => count === 1).length
    return (members.get(member) ?? 0) > 1 || single * costOfName < costOfModule + source.length
  }
  return {
    name: "name-imports",
    transform: (code, file) => {
      const all = found.get(file)
      if (all === undefined) return null
      const named = new Set<string>()
      let text = ""
      let from = 0
      for (const use of all.uses.toSorted((a, b) => a.start - b.start)) {
        const source = all.spaces.get(use.space) ?? ""
        if (!isNamed(placeOf(file, source), source, use.member)) continue
        const name = `${use.space}$${use.member}`
        named.add(`import { ${use.member} as ${name} } from "${source}";`)
        text += code.slice(from, use.start) + name
        from = use.end
      }
      return `${text}${code.slice(from)}\n${[...named].join("\n")}`
    }
  }
}
