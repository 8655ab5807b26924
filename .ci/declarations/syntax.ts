/** Declarations as trees, and changes to their text. */
import { parseAst } from "rolldown/parseAst"

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export const parse = (text: string): Node => parseAst(text, { lang: "dts" }, "module.d.ts") as unknown as Node

const isNode = (u: unknown): u is Node => typeof u === "object" && u !== null && "type" in u && "start" in u

export const children = (node: Node): ReadonlyArray<Node> => Object.values(node).flat().filter(isNode)

export const nameOf = (node: unknown): string => (isNode(node) && typeof node.name === "string" ? node.name : "")

/** The text of a literal, such as the path of an import. */
export const quoted = (node: unknown): string => (node as { readonly value: string }).value

/** `a.b.c` of a dotted name, as an expression or in a type. */
export const exprOf = (node: Node): string =>
  node.type === "TSQualifiedName"
    ? `${exprOf(node.left as Node)}.${exprOf(node.right as Node)}`
    : node.type === "MemberExpression"
      ? `${exprOf(node.object as Node)}.${exprOf(node.property as Node)}`
      : nameOf(node)

/** What stands between a member and the one before it: its comment. */
export const textBefore = (text: string, node: Node): string =>
  /(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)*$/.exec(text.slice(0, node.start))?.[0] ?? ""

export const edited = (text: string, edits: ReadonlyArray<Edit>): string => {
  let result = ""
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) continue
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
