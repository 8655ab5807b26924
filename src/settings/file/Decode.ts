import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as Nearest from "effect-llm/domain/Nearest"
import { secretExpected } from "../schema/Scalars.ts"
import { Settings } from "../schema/Settings.ts"
import { formatPath, type Mistake, type Path } from "./Mistake.ts"

type Found = Pick<Mistake, "path" | "message"> & { readonly part: "key" | "value"; readonly ofType: boolean }

/**
 * Decodes a tree into settings, or finds everything in it that does not fit the Schema. `references` are the paths of values that
 * come from variables: text, which becomes a number or boolean where one is required. Values at `unknown` paths are not checked.
 */
export const decode = (
  tree: unknown,
  references: ReadonlySet<string>,
  unknown: ReadonlySet<string> = new Set()
): Result.Result<Settings, ReadonlyArray<Found>> => {
  const first = decodeTree(tree)
  if (Result.isSuccess(first) || (references.size === 0 && unknown.size === 0)) return first
  const scalarPaths = pathsIn(first.failure, ({ ofType, path }) => ofType && references.has(formatPath(path)))
  const scalars = withScalars(tree, scalarPaths)
  const second = decodeTree(scalars)
  if (Result.isSuccess(second) || unknown.size === 0) return second
  return decodeTree(
    without(
      scalars,
      pathsIn(second.failure, ({ path }) => unknown.has(formatPath(path)))
    )
  )
}

const pathsIn = (mistakes: ReadonlyArray<Found>, filter: (mistake: Found) => boolean): ReadonlySet<string> =>
  new Set(mistakes.filter(filter).map(({ path }) => formatPath(path)))

const without = (tree: unknown, paths: ReadonlySet<string>, path: Path = []): unknown => {
  if (Array.isArray(tree)) return tree.map((item, index) => without(item, paths, [...path, index]))
  if (!Predicate.isObject(tree)) return tree
  const entries = Object.entries(tree).filter(([key]) => !paths.has(formatPath([...path, key])))
  return Object.fromEntries(entries.map(([key, item]) => [key, without(item, paths, [...path, key])]))
}

const decodeResult = Schema.decodeUnknownResult(Settings, { errors: "all", onExcessProperty: "error" })

const decodeTree = (tree: unknown): Result.Result<Settings, ReadonlyArray<Found>> =>
  Result.mapError(decodeResult(withoutExtensions(tree)), ({ issue }) => mistakesIn(issue, [], tree))

/** The tree without top-level keys that begin with `x-`: they hold what YAML anchors are for, as in Compose files. */
const withoutExtensions = (tree: unknown): unknown =>
  Predicate.isObject(tree) && Object.keys(tree).some(isExtension)
    ? Object.fromEntries(Object.entries(tree).filter(([key]) => !isExtension(key)))
    : tree

const isExtension = (key: string): boolean => key.startsWith("x-")

const withScalars = (tree: unknown, scalarPaths: ReadonlySet<string>, path: Path = []): unknown => {
  if (typeof tree === "string") return scalarPaths.has(formatPath(path)) ? scalarOf(tree) : tree
  if (Array.isArray(tree)) return tree.map((item, index) => withScalars(item, scalarPaths, [...path, index]))
  return Predicate.isObject(tree)
    ? Object.fromEntries(
        Object.entries(tree).map(([key, item]) => [key, withScalars(item, scalarPaths, [...path, key])])
      )
    : tree
}

const scalarOf = (text: string): unknown =>
  text === "true"
    ? true
    : text === "false"
      ? false
      : text.trim() !== "" && Number.isFinite(Number(text))
        ? Number(text)
        : text

const mistakesIn = (issue: SchemaIssue.Issue, path: Path, tree: unknown): ReadonlyArray<Found> => {
  const found = (message: string, part: "key" | "value" = "value", ofType = false) => [{ path, message, part, ofType }]
  switch (issue._tag) {
    case "Pointer":
      return mistakesIn(
        issue.issue,
        [...path, ...issue.path.map((key) => (typeof key === "number" ? key : String(key)))],
        tree
      )
    case "Encoding":
      return mistakesIn(issue.issue, path, tree)
    case "Composite":
      return issue.issues.flatMap((issue) => mistakesIn(issue, path, tree))
    case "Filter":
      return found(mismatch(expectedBy(issue), valueAt(tree, path)))
    case "AnyOf": {
      const branches = issue.issues.map((issue) => mistakesIn(issue, path, tree))
      const [only] = branches
      // Of several forms of a value, the one with the deepest mistakes is the one that was meant.
      const deepest = branches.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)[0]
      if (deepest !== undefined && (branches.length === 1 || depthOf(deepest) > path.length)) return deepest
      return found(mismatch(expectedOf(issue.ast), valueAt(tree, path)), "value", only === undefined)
    }
    case "MissingKey":
      return found(issue.annotations?.messageMissingKey ?? "is missing")
    case "UnexpectedKey":
      return found(unknownKey(path, issue.ast), "key")
    case "InvalidType":
      return found(mismatch(expectedOf(issue.ast), valueAt(tree, path)), "value", true)
    case "InvalidValue":
    case "Forbidden":
      return found(mismatch(issue.annotations?.expected ?? "another value", valueAt(tree, path)))
    case "OneOf":
      return found(mismatch(expectedOf(issue.ast), valueAt(tree, path)))
  }
}

const depthOf = (mistakes: ReadonlyArray<Found>): number => Math.max(...mistakes.map(({ path }) => path.length))

const mismatch = (expected: unknown, actual: unknown): string =>
  expected === secretExpected ? `must be ${secretExpected}` : `must be ${String(expected)}, not ${shown(actual)}`

const shown = (value: unknown): string => {
  if (value === undefined || value === null) return "empty"
  if (Array.isArray(value)) return "a list"
  if (Predicate.isObject(value)) return "an object"
  const text = typeof value === "number" ? String(value) : JSON.stringify(value)
  return text.length <= 60 ? text : `${text.slice(0, 57)}..."`
}

const expectedBy = ({ filter, issue }: SchemaIssue.Filter): unknown =>
  filter.annotations?.expected ??
  (issue._tag === "InvalidValue" ? issue.annotations?.expected : undefined) ??
  "another value"

const expectedOf = (ast: SchemaAST.AST): string => {
  const expected = SchemaAST.resolve(ast)?.expected
  if (typeof expected === "string") return expected
  switch (ast._tag) {
    case "String":
      return "text"
    case "Number":
      return "a number"
    case "Boolean":
      return "true or false"
    case "Arrays":
      return "a list"
    case "Objects":
      return ast.propertySignatures.length === 0 ? "an object" : `an object with ${keysOf(ast).slice(0, 6).join(", ")}`
    case "Literal":
      return JSON.stringify(ast.literal)
    case "Union":
      return alternatives(ast.types.map(expectedOf))
    default:
      return "another value"
  }
}

const alternatives = (all: ReadonlyArray<string>): string =>
  all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`

const keysOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []

const unknownKey = (path: Path, ast: SchemaAST.AST): string => {
  const keys = keysOf(ast)
  const [nearest] = Nearest.find(String(path.at(-1)), keys)
  return nearest === undefined ? `unknown key; known here: ${keys.join(", ")}` : `unknown key; did you mean ${nearest}?`
}

/** The value at a path of a tree. */
export const valueAt = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) => (Predicate.isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    tree
  )
