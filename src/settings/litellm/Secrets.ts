import { formatPath, type Path } from "../file/Mistake.ts"

/** A secret that was moved out of the file. */
export interface Moved {
  readonly path: Path
  readonly name: string
  readonly value: string
}

const reference = /\$\{[^}]+\}/

/** Moves literal secrets to variables, one for each value. */
export class Secrets {
  readonly moved: Array<Moved> = []
  readonly #names = new Map<string, string>()
  readonly #reserved = new Set<string>()

  /** Variables that the imported file sets itself. */
  readonly variables: Record<string, string> = {}

  /** Moves a secret, and returns the reference to its variable. */
  move(path: Path, value: string, suggestedName: string): string {
    if (reference.test(value)) return value
    const known = this.#names.get(value)
    const base = suggestedName
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, "_")
    const name = known ?? this.#free(base, value)
    this.#names.set(value, name)
    this.moved.push({ path, name, value })
    return `\${${name}}`
  }

  /** Sets a variable of the imported file. */
  set(name: string, value: string): void {
    this.variables[name] = value
    this.#names.set(value, name)
  }

  /** Keeps the names of variables that the environment has, and that stand for something else than what is moved. */
  reserve(names: Iterable<string>): void {
    for (const name of names) this.#reserved.add(name)
  }

  #free(base: string, value: string): string {
    const taken = new Map([...this.#names].map(([value, name]) => [name, value]))
    let name = base
    const isTaken = (name: string) => this.#reserved.has(name) || (taken.has(name) && taken.get(name) !== value)
    for (let count = 2; isTaken(name); count++) name = `${base}_${count}`
    return name
  }

  /** The lines of an environment file. */
  get lines(): ReadonlyArray<string> {
    const all = { ...this.variables, ...Object.fromEntries(this.moved.map(({ name, value }) => [name, value])) }
    return Object.entries(all).map(([name, value]) => `${name}=${quoted(value)}`)
  }

  /** What was moved, for a report; without the values. */
  get report(): ReadonlyArray<string> {
    return this.moved.map(({ name, path }) => `${formatPath(path)} -> ${name}`)
  }
}

/** Quotes a value with the first kind of quotes that it does not contain: readers of `.env` files share no escapes. */
const quoted = (value: string): string => {
  if (/^[\w./:@+=,-]*$/.test(value)) return value
  const quote = ["'", "`", '"'].find((quote) => !value.includes(quote)) ?? "'"
  return `${quote}${value}${quote}`
}
