import * as Predicate from "effect/Predicate"
import { valueAt } from "../file/Decode.ts"
import { formatPath, type Path } from "../file/Mistake.ts"

/** A value of the imported file that was left out or changed, and why. */
export interface Note {
  readonly path: Path
  readonly message: string
}

type Node = { readonly [key: string]: unknown }

/** Reads a tree and remembers which values were read, so that the rest can be reported. */
export class Reader {
  readonly #tree: unknown
  readonly #taken = new Set<string>()
  readonly #notes: Array<Note> = []

  constructor(tree: unknown) {
    this.#tree = tree
  }

  get notes(): ReadonlyArray<Note> {
    return this.#notes
  }

  /** How many values were read. */
  get count(): number {
    return this.#taken.size
  }

  /** The value at a path, which counts as read. */
  take(path: Path): unknown {
    const value = this.peek(path)
    if (value !== undefined) this.#taken.add(formatPath(path))
    return value ?? undefined
  }

  /** The value at a path, without counting it as read. */
  peek(path: Path): unknown {
    return valueAt(this.#tree, path)
  }

  text(path: Path): string | undefined {
    const value = this.peek(path)
    if (typeof value === "string" && value !== "") this.#taken.add(formatPath(path))
    return typeof value === "string" && value !== ""
      ? value
      : typeof value === "number"
        ? String(this.take(path))
        : undefined
  }

  /** A number, which may be written as text; a reference stays one. */
  number(path: Path): number | string | undefined {
    const value = this.peek(path)
    if (typeof value === "string" && /^\$\{[^}]+\}$/.test(value)) return String(this.take(path))
    const number = typeof value === "number" ? value : typeof value === "string" ? Number(value) : Number.NaN
    if (!Number.isFinite(number)) return undefined
    this.take(path)
    return number
  }

  boolean(path: Path): boolean | undefined {
    const value = this.peek(path)
    const flag = typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : undefined
    if (flag !== undefined) this.take(path)
    return flag
  }

  texts(path: Path): ReadonlyArray<string> | undefined {
    const value = this.peek(path)
    const list =
      typeof value === "string" ? [value] : Array.isArray(value) && value.every(Predicate.isString) ? value : undefined
    if (list !== undefined) this.take(path)
    return list
  }

  keys(path: Path): ReadonlyArray<string> {
    const value = this.peek(path)
    return Predicate.isObject(value) && !Array.isArray(value) ? Object.keys(value) : []
  }

  length(path: Path): number {
    const value = this.peek(path)
    return Array.isArray(value) ? value.length : 0
  }

  /** Notes why a value was left out, or how it was changed. */
  note(path: Path, message: string): void {
    this.#taken.add(formatPath(path))
    this.#notes.push({ path, message })
  }

  /** The paths that were not read, of whole subtrees where nothing in them was. */
  get left(): ReadonlyArray<Path> {
    return this.#leftIn(this.#tree, [])
  }

  #leftIn(value: unknown, path: Path): ReadonlyArray<Path> {
    if (this.#taken.has(formatPath(path)) || value === null || value === undefined) return []
    const children: ReadonlyArray<readonly [string | number, unknown]> = Array.isArray(value)
      ? value.map((item, index) => [index, item])
      : Predicate.isObject(value)
        ? Object.entries(value as Node)
        : []
    if (children.length === 0) return Predicate.isObject(value) || Array.isArray(value) ? [] : [path]
    const isTouched = [...this.#taken].some(
      (taken) => taken.startsWith(`${formatPath(path)}.`) || taken.startsWith(`${formatPath(path)}[`)
    )
    // Lists and sections are walked through; what is deeper is reported as a whole.
    return isTouched || path.length < 2 ? children.flatMap(([key, item]) => this.#leftIn(item, [...path, key])) : [path]
  }
}
