/** A rule for names: `=` exactly, `^` beginning, `$` end, `*` anywhere, `/` an expression. */
export type GenaiName = readonly [how: "=" | "^" | "$" | "*" | "/", name: string]

/** The rules of genai-prices' `match`, which nests clauses in `or` and `and`. */
export const namesOf = (match: unknown): ReadonlyArray<GenaiName> => {
  if (typeof match !== "object" || match === null) return []
  const [key, value] = Object.entries(match)[0] ?? []
  if (Array.isArray(value)) return key === "or" ? value.flatMap(namesOf) : allOf(value.flatMap(namesOf))
  const text = value instanceof RegExp ? value.source : value
  if (typeof text !== "string") return []
  switch (key) {
    case "equals":
      return [["=", text]]
    case "starts_with":
      return [["^", text]]
    case "ends_with":
      return [["$", text]]
    case "contains":
      return [["*", text]]
    case "regex":
      return [["/", `${text}/`]]
    default:
      return []
  }
}

/** One expression for rules that have to hold together. */
const allOf = (names: ReadonlyArray<GenaiName>): ReadonlyArray<GenaiName> => [
  ["/", `^${names.map(([how, name]) => `(?=${expression(how, name)})`).join("")}/`]
]

const expression = (how: GenaiName[0], name: string): string => {
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  return how === "^"
    ? quoted
    : how === "$"
      ? `.*${quoted}$`
      : how === "*"
        ? `.*${quoted}`
        : how === "="
          ? `${quoted}$`
          : name.slice(0, -1).replace(/^\^/, "")
}
