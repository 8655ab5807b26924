/** How a language writes JSON values. */
export interface LiteralStyle {
  readonly words: { readonly true: string; readonly false: string; readonly null: string }
  readonly key: (name: string) => string
  readonly trailingComma: boolean
  readonly indent: number
}

const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name)

export const python: LiteralStyle = {
  words: { true: "True", false: "False", null: "None" },
  key: (name) => JSON.stringify(name),
  trailingComma: true,
  indent: 4
}

export const typescript: LiteralStyle = {
  words: { true: "true", false: "false", null: "null" },
  key: (name) => (isIdentifier(name) ? name : JSON.stringify(name)),
  trailingComma: false,
  indent: 2
}

const mostInline = 72

/** A value of JSON as a literal: on one line where it is short, else one entry a line. */
export const literal = (value: unknown, style: LiteralStyle, depth = 0): string => {
  if (value === null) return style.words.null
  if (typeof value === "boolean") return style.words[value ? "true" : "false"]
  if (typeof value !== "object") return JSON.stringify(value)
  const isList = Array.isArray(value)
  const [opening, closing] = isList ? ["[", "]"] : ["{", "}"]
  const entries = (deeper: number): ReadonlyArray<string> =>
    isList
      ? value.map((item: unknown) => literal(item, style, deeper))
      : Object.entries(value).map(([name, item]) => `${style.key(name)}: ${literal(item, style, deeper)}`)
  const short = entries(0)
  if (short.length === 0) return opening + closing
  const padding = isList || style.trailingComma ? "" : " "
  const line = `${opening}${padding}${short.join(", ")}${padding}${closing}`
  if (line.length <= mostInline - depth && !line.includes("\n")) return line
  const pad = " ".repeat(depth + style.indent)
  const body = entries(depth + style.indent)
    .map((entry) => pad + entry)
    .join(",\n")
  return `${opening}\n${body}${style.trailingComma ? "," : ""}\n${" ".repeat(depth)}${closing}`
}
