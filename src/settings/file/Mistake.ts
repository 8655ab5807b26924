import * as Schema from "effect/Schema"

const Path = Schema.Array(Schema.Union([Schema.String, Schema.Number]))

/** The place of a value in a tree of settings. */
export type Path = typeof Path.Type

/** Something wrong with a settings file: where it is, and what would be right. A warning does not keep it from loading. */
export const Mistake = Schema.Struct({
  severity: Schema.Literals(["error", "warning"]),
  path: Path,
  /** From 1; absent for files whose lines are not known, such as TypeScript. */
  line: Schema.optionalKey(Schema.Int),
  column: Schema.optionalKey(Schema.Int),
  message: Schema.String
})

export interface Mistake extends Schema.Schema.Type<typeof Mistake> {}

/** A path as people write it: `models.fast.deployments[0].weight`. */
export const formatPath = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`
    const isPlain = /^[\w$-]+$/.test(part)
    if (!isPlain) return `${text}[${JSON.stringify(part)}]`
    return text === "" ? part : `${text}.${part}`
  }, "")

/** `settings.yaml:12:7: models.fast.weigth: ...`, as compilers write it, so that terminals and editors find the place. */
export const format = (file: string, { column, line, message, path, severity }: Mistake): string => {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return [
    place,
    ...(severity === "warning" ? ["warning"] : []),
    ...(path.length === 0 ? [] : [formatPath(path)]),
    message
  ].join(": ")
}

/** In the order of the file, without repetitions. */
export const sorted = (mistakes: ReadonlyArray<Mistake>): ReadonlyArray<Mistake> => {
  const byText = new Map(mistakes.map((mistake) => [format("", mistake), mistake]))
  return [...byText.values()].toSorted(
    (a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0) || 0
  )
}

/** A settings file that cannot be used, with everything that is wrong with it. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", {
  file: Schema.String,
  mistakes: Schema.Array(Mistake)
}) {
  override get message(): string {
    return this.mistakes.map((mistake) => format(this.file, mistake)).join("\n")
  }
}
