import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { pathToFileURL } from "node:url"
import * as Yaml from "yaml"
import { cycleIn } from "./Cycle.ts"
import { type Mistake, type Path, SettingsError } from "./Mistake.ts"

export interface Position {
  readonly line: number
  readonly column: number
}

/** A file as it was read: its tree, and where each part of it is written. */
export interface Source {
  readonly file: string
  readonly value: unknown
  /** Where a value is written, or else the nearest value around it; `undefined` for files whose lines are not known. */
  readonly positionOf: (path: Path, part: "key" | "value") => Position | undefined
}

/** Reads YAML; JSON is YAML too. Every syntax error is reported. */
export const parse = (file: string, text: string): Result.Result<Source, SettingsError> => {
  const lines = new Yaml.LineCounter()
  const document = Yaml.parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: true })
  const positionAt = (offset: number): Position => {
    const { col, line } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  // Errors after the first unexpected token, or after a name that is read as an alias, follow from it.
  const first = document.errors.find(({ code }) => code === "UNEXPECTED_TOKEN")
  const notes = document.warnings.filter(({ code }) => code === "BAD_ALIAS" || code === "TAG_RESOLVE_FAILED")
  const misread = notes.some(({ code }) => code === "BAD_ALIAS")
  const mistakes = [
    ...document.errors.filter((error) => error.code !== "UNEXPECTED_TOKEN" || (error === first && !misread)),
    ...notes
  ].map(({ code, message, pos }): Mistake => {
    // YAML reports a bad alias at its end.
    const offset = code === "BAD_ALIAS" ? Math.max(0, text.lastIndexOf("*", pos[0])) : pos[0]
    const { column, line } = positionAt(offset)
    const what = isReference(text, offset)
      ? quoteReference
      : (advice[code]?.(wordAt(text, offset)) ?? sentence(message))
    return { severity: "error", path: [], line, column, message: what }
  })
  if (mistakes.length === 0)
    for (const [offset, name] of unresolvedIn(document))
      mistakes.push({ severity: "error", path: [], ...positionAt(offset), message: quoteName(`*${name}`) })
  Yaml.visit(document, { Pair: (_, { key }) => keepWritten(key) })
  const value = mistakes.length > 0 ? Result.succeed(undefined) : plainOf(document)
  if (Result.isFailure(value))
    mistakes.push({ severity: "error", path: [], line: 1, column: 1, message: value.failure })
  if (mistakes.length > 0) return Result.fail(new SettingsError({ file, mistakes }))
  const positionOf: Source["positionOf"] = (path, part) => {
    let node: unknown = document.contents
    let key: unknown
    for (const name of path) {
      const found = childOf(document, node, name)
      // A missing value is reported at the value that should contain it.
      if (found === undefined) {
        key = undefined
        break
      }
      key = found.key
      node = found.value
    }
    const shown = key !== undefined && (part === "key" || !hasRange(node)) ? key : node
    const offset = hasRange(shown) ? shown.range[0] : undefined
    return offset === undefined ? undefined : positionAt(offset)
  }
  return withoutCycle({ file, value: Result.getOrUndefined(value), positionOf })
}

const withoutCycle = (source: Source): Result.Result<Source, SettingsError> => {
  const path = cycleIn(source.value)
  if (path === undefined) return Result.succeed(source)
  const mistake: Mistake = { severity: "error", path, message: "contains itself", ...source.positionOf(path, "value") }
  return Result.fail(new SettingsError({ file: source.file, mistakes: [mistake] }))
}

/** What to do about an error of YAML's, given the word where it is. */
const advice: { readonly [code: string]: (word: string) => string } = {
  DUPLICATE_KEY: () => "this key appears twice: remove one, or merge their contents",
  TAB_AS_INDENT: () => "a tab is used for indentation: use spaces",
  MULTIPLE_DOCS: () => `the file holds several documents: remove the "---" between them`,
  BAD_ALIAS: (word) => quoteName(word),
  BAD_SCALAR_START: (word) => `a value that begins with ${word.slice(0, 1)} needs quotes`,
  BAD_DQ_ESCAPE: () => "a backslash in double quotes begins an escape: use single quotes",
  BLOCK_AS_IMPLICIT_KEY: () => `a value that holds ": " needs quotes, and one of several lines stands below its key`,
  TAG_RESOLVE_FAILED: (word) => `${word} means nothing here: write \${NAME} for a variable`
}

/** YAML reads a name that begins with a star as an alias. */
const quoteName = (name: string): string => `a name that begins with * needs quotes: "${name}"`

/** A key is a name as it is written: YAML would read 1.10 as 1.1, and null as no name. */
const keepWritten = (key: unknown): void => {
  if (Yaml.isScalar(key) && key.source !== undefined && typeof key.value !== "symbol") key.value = key.source
}

const wordAt = (text: string, offset: number): string =>
  /^[^\s,:[\]{}]*/.exec(text.slice(offset, offset + 80))?.[0] ?? ""

/** Aliases without an anchor, with their places. */
const unresolvedIn = (document: Yaml.Document): ReadonlyArray<readonly [offset: number, name: string]> => {
  const anchors = new Set<string>()
  const found: Array<readonly [offset: number, name: string]> = []
  Yaml.visit(document, {
    Node: (_, node) => {
      if (Yaml.isAlias(node)) {
        if (!anchors.has(node.source)) found.push([node.range?.[0] ?? 0, node.source])
      } else if (node.anchor !== undefined) anchors.add(node.anchor)
    }
  })
  return found
}

const quoteReference = 'inside { } and [ ] a reference needs quotes: "${NAME}"'

const isReference = (text: string, offset: number): boolean => text[offset] === "{" && text[offset - 1] === "$"

const sentence = (message: string): string => message.slice(0, 1).toLowerCase() + message.slice(1)

/** The plain value, or why there is none, such as an alias without an anchor or too many aliases. */
const plainOf = (document: Yaml.Document): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => document.toJS({ maxAliasCount: 1000 }),
    catch: (error) => sentence(error instanceof Error ? error.message : String(error))
  })

const hasRange = (node: unknown): node is Yaml.Node & { readonly range: Yaml.Range } =>
  Yaml.isNode(node) && Array.isArray(node.range)

interface Child {
  readonly key: unknown
  readonly value: unknown
}

const childOf = (document: Yaml.Document, parent: unknown, key: string | number): Child | undefined => {
  const node = Yaml.isAlias(parent) ? parent.resolve(document) : parent
  if (Yaml.isSeq(node)) {
    const value = node.items[Number(key)]
    return value === undefined ? undefined : { key: undefined, value }
  }
  if (!Yaml.isMap(node)) return undefined
  const pairs = node.items.map((pair): Child & { readonly name: string } => ({
    key: pair.key,
    value: pair.value,
    name: String(Yaml.isScalar(pair.key) ? pair.key.value : pair.key)
  }))
  const own = pairs.find(({ name }) => name === String(key))
  if (own !== undefined) return own
  const merged = pairs
    .filter(({ name }) => name === "<<")
    .flatMap(({ value }) => (Yaml.isSeq(value) ? value.items : [value]))
  for (const each of merged) {
    const found = childOf(document, each, key)
    if (found !== undefined) return found
  }
  return undefined
}

/** Loads a TypeScript or JavaScript file; its default export is the settings. A new `version` makes Node load it again. */
export const importFrom = (file: string, path: string, version: string): Effect.Effect<Source, SettingsError> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: (): Promise<{ readonly default?: unknown }> => import(`${pathToFileURL(path).href}?version=${version}`),
      catch: (error) => moduleMistake(file, error instanceof Error ? error.message : String(error))
    }),
    (module) =>
      module.default === undefined
        ? Effect.fail(moduleMistake(file, `has no default export: write "export default { models: { ... } }"`))
        : Effect.fromResult(withoutCycle({ file, value: module.default, positionOf: () => undefined }))
  )

const moduleMistake = (file: string, message: string) =>
  new SettingsError({ file, mistakes: [{ severity: "error", path: [], message }] })
