import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Caller } from "../access/Caller.ts"
import type { Failure } from "../calls/Failure.ts"
import type { Dialect, Dialects } from "../dialects/Dialect.ts"
import type { Answer } from "./Answer.ts"
import type { Received } from "./Received.ts"

/** A request with what is known once its route and its caller are. */
export interface Exchange {
  readonly received: Received
  readonly caller: Caller
  /** In whose words it is. */
  readonly dialect: Dialect
  /** What the path says, by the names in its pattern. */
  readonly params: { readonly [name: string]: string }
}

/** Something that the gateway serves. */
export interface Route<out R = never> {
  readonly method: "GET" | "POST" | "DELETE" | "PUT" | "PATCH"
  /**
   * Segments, of which `{name}` takes one and `{name...}` all that are left. A segment may go on after a parameter:
   * `/models/{model}:generateContent`.
   */
  readonly path: string
  /** In whose words errors are. */
  readonly dialect: Dialect
  /** Who may ask: anybody, callers with a key, or administrators. */
  readonly access: "open" | "key" | "admin"
  /** The scope ends when the response has been sent, or the caller has left. */
  readonly run: (exchange: Exchange) => Effect.Effect<Answer, Failure, R | Scope.Scope>
}

/** The routes for one path. Some paths belong to several dialects, told apart by the headers of a request. */
export interface Match {
  readonly route: Route
  readonly params: { readonly [name: string]: string }
}

/** What was found for a request: a route; or the methods that its path has, and whose it is; or nothing. */
export type Found =
  | { readonly _tag: "Match"; readonly match: Match }
  | { readonly _tag: "OtherMethod"; readonly allowed: ReadonlyArray<string>; readonly dialects: Dialects }
  | { readonly _tag: "None" }

interface Compiled {
  readonly route: Route
  readonly pattern: RegExp
  readonly names: ReadonlyArray<string>
}

/** A route for a path, and how much of the path it leaves to parameters. */
interface Candidate extends Match {
  readonly size: number
}

/** Finds routes: those without parameters by their path, others in order. */
export class Routes {
  readonly #exact = new Map<string, Array<Candidate>>()
  readonly #patterns: Array<Compiled> = []

  constructor(routes: ReadonlyArray<Route>) {
    for (const route of routes) {
      if (route.path.includes("{")) this.#patterns.push(compile(route))
      else this.#exact.set(route.path, [...(this.#exact.get(route.path) ?? []), { route, params: {}, size: 0 }])
    }
  }

  find(method: string, path: string, headers: Received["headers"]): Found {
    const candidates = this.#exact.get(path) ?? this.#matching(path)
    const match = nearest(candidates, method === "HEAD" ? "GET" : method, headers)
    if (match !== undefined) return { _tag: "Match", match }
    const [first, ...others] = candidates
    return first === undefined
      ? { _tag: "None" }
      : {
          _tag: "OtherMethod",
          allowed: [...new Set(candidates.map(({ route }) => route.method))],
          dialects: [first.route.dialect, ...others.map(({ route }) => route.dialect)]
        }
  }

  #matching(path: string): ReadonlyArray<Candidate> {
    const found: Array<Candidate> = []
    for (const { names, pattern, route } of this.#patterns) {
      const match = pattern.exec(path)
      if (match === null) continue
      const params = names.map((name, index) => [name, decoded(match[index + 1] ?? "")] as const)
      if (params.every(([, value]) => value !== undefined))
        found.push({
          route,
          params: Object.fromEntries(params) as Match["params"],
          size: params.reduce((size, [, value = ""]) => size + value.length, 0)
        })
    }
    return found
  }
}

/** Of those that leave least to parameters, the first whose dialect owns the request, or else the last. */
const nearest = (
  candidates: ReadonlyArray<Candidate>,
  method: string,
  headers: Received["headers"]
): Candidate | undefined => {
  let best: Candidate | undefined
  let isOwned = false
  for (const candidate of candidates) {
    const isNearer = best === undefined || candidate.size < best.size
    if (candidate.route.method !== method || (!isNearer && (isOwned || candidate.size !== best?.size))) continue
    best = candidate
    isOwned = candidate.route.dialect.owns(headers)
  }
  return best
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const compile = (route: Route): Compiled => {
  const names: Array<string> = []
  const source = route.path
    .split(/(\{\w+(?:\.{3})?\})/)
    .map((piece) => {
      const parameter = /^\{(\w+)(\.\.\.)?\}$/.exec(piece)
      if (parameter === null) return piece.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
      names.push(parameter[1] ?? "")
      return parameter[2] === undefined ? "([^/]+?)" : "(.+?)"
    })
    .join("")
  return { route, names, pattern: new RegExp(`^${source}$`) }
}
