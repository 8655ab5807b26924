import { type ChatParameter, normalize, type ChatRequest } from "../../domain/ChatRequest.ts"
import type { Issues } from "./Issues.ts"
import { isObject, type WireObject } from "./WireObject.ts"

/**
 * Writes parameters that depend on each other, or on more than their value. Several parameters may name the same function;
 * it is called once for each request.
 */
export type EncodeGroup<in Context> = (request: ChatRequest, context: Context) => WireObject

/** A parameter that the protocol has no word for, and how to say so. */
export interface Unsupported {
  readonly unsupported: string
}

/**
 * What a protocol makes of every parameter: the path of its field in the body (`options.seed`), a function that writes it,
 * or nothing. The table is total: a parameter that is added to `ChatRequest` does not compile until each protocol has
 * decided.
 */
export type ParameterTable<in Context> = {
  readonly [P in ChatParameter]: string | EncodeGroup<Context> | Unsupported
}

/** A table ready for use. */
export interface ParameterEncoder<in Context> {
  readonly unsupported: ReadonlyArray<ChatParameter>
  /** The fields of the body that the parameters of the request are written as; objects to those it cannot write. */
  readonly encode: (request: ChatRequest, issues: Pick<Issues, "unsupported">, context: Context) => WireObject
}

export const make = <Context>(table: ParameterTable<Context>): ParameterEncoder<Context> => {
  const fields: Array<{ readonly parameter: ChatParameter; readonly path: ReadonlyArray<string> }> = []
  const refused: Array<{ readonly parameter: ChatParameter; readonly detail: string }> = []
  const groups = new Set<EncodeGroup<Context>>()
  for (const parameter of Object.keys(table) as ReadonlyArray<ChatParameter>) {
    const entry = table[parameter]
    if (typeof entry === "string") fields.push({ parameter, path: entry.split(".") })
    else if (typeof entry === "function") groups.add(entry)
    else refused.push({ parameter, detail: entry.unsupported })
  }
  return {
    unsupported: refused.map(({ parameter }) => parameter),
    encode: (given, issues, context) => {
      const request = normalize(given)
      const body: Record<string, unknown> = {}
      for (const { detail, parameter } of refused) {
        if (request[parameter] !== undefined) issues.unsupported(parameter, detail)
      }
      for (const { parameter, path } of fields) {
        const value = request[parameter]
        if (value !== undefined) assign(body, path, value)
      }
      for (const encode of groups) {
        for (const [key, value] of Object.entries(encode(request, context))) {
          const before = body[key]
          if (value !== undefined) body[key] = isObject(before) && isObject(value) ? { ...before, ...value } : value
        }
      }
      return body
    }
  }
}

const assign = (body: Record<string, unknown>, path: ReadonlyArray<string>, value: unknown): void => {
  const [name = "", ...within] = path
  if (within.length === 0) {
    body[name] = value
    return
  }
  const inner = isObject(body[name]) ? { ...body[name] } : {}
  assign(inner, within, value)
  body[name] = inner
}
