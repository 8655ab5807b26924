/**
 * What the minifier leaves long because it does not matter to who compresses: `void 0`, and strings and functions of the
 * language that come again.
 */
import { parseAst } from "rolldown/parseAst"

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

const isTypeof = (value: unknown): boolean =>
  isNode(value) && value.type === "UnaryExpression" && value["operator"] === "typeof"

const isNothing = ({ operator, type }: Node): boolean => type === "UnaryExpression" && operator === "void"

const isText = ({ expressions, type }: Node): boolean =>
  type === "TemplateLiteral" && Array.isArray(expressions) && expressions.length === 0

/** `Object.keys` and the like, which need no `this`. */
const isFunction = ({ computed, object, type }: Node): boolean =>
  type === "MemberExpression" &&
  computed === false &&
  isNode(object) &&
  /^(?:Array|JSON|Math|Number|Object)$/.test(String(object["name"]))

const usesOf = (code: string): ReadonlyMap<string, ReadonlyArray<Node>> => {
  const uses = new Map<string, Array<Node>>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (!isNode(value) || value.type === "ImportExpression" || value.type === "TaggedTemplateExpression") return
    if (isNothing(value) || isText(value) || isFunction(value)) {
      const text = code.slice(value.start, value.end)
      uses.set(text, [...(uses.get(text) ?? []), value])
    }
    // Engines know `typeof x === "string"` as it is written.
    else if (value.type === "BinaryExpression" && isTypeof(value["left"])) visit(value["left"])
    else Object.values(value).forEach(visit)
  }
  visit((parseAst(code) as unknown as Node)["body"])
  return uses
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/** Names that the code does not have, the shortest first. */
const namesFor = (code: string): IterableIterator<string> => {
  const taken = new Set(code.match(/[$\w]+/g))
  const one = Array.from(letters, (letter) => `$${letter}`)
  const two = one.flatMap((name) => Array.from(letters, (letter) => `${name}${letter}`))
  return ["_", "$", ...one, ...two].filter((name) => !taken.has(name)).values()
}

/** `void 0` is declared by `var`: modules that import each other may run a function before the first line of its module. */
export const shorten = (code: string): string => {
  if (code.startsWith("#!")) return code
  const names = namesFor(code)
  const edits: Array<readonly [node: Node, name: string]> = []
  const declared: Array<string> = []
  const bySize = [...usesOf(code)].toSorted(
    ([a, { length }], [b, { length: other }]) => b.length * other - a.length * length
  )
  for (const [text, nodes] of bySize) {
    if (nodes.length * (text.length - 2) - text.length - 8 < 0) continue
    const { value: name = "" } = names.next()
    declared.push(text === "void 0" ? name : `${name}=${text}`)
    for (const node of nodes) edits.push([node, name])
  }
  if (declared.length === 0) return code
  const texts = declared.filter((name) => name.includes("="))
  const nothing = declared.filter((name) => !name.includes("="))
  let short = `${nothing.map((name) => `var ${name};`).join("")}${texts.length === 0 ? "" : `const ${texts.join(",")};`}`
  let from = 0
  for (const [{ end, start }, name] of edits.toSorted(([a], [b]) => a.start - b.start)) {
    const before = code.slice(from, start)
    short += `${before}${/[\w$]$/.test(before) ? " " : ""}${name}${/^[\w$]/.test(code.slice(end)) ? " " : ""}`
    from = end
  }
  return short + code.slice(from)
}
