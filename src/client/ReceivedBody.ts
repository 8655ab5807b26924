import type { CallRequest } from "../domain/CallRequest.ts"
import { isObject } from "../protocols/wire/WireObject.ts"

type Body = { readonly [key: string]: unknown }

/** What a provider needs although a client has not said it. */
const needed: ReadonlySet<string> = new Set(["anthropic_version", "model", "stream_options"])

/** What we say where a client would have the server's default: Ollama's is to shorten prompts silently. */
const ours: ReadonlySet<string> = new Set(["truncate"])

/** Models of OpenAI that refuse `max_tokens`. */
const refusesMaxTokens = /(?:^|[./])(?:o\d|gpt-[5-9])/

/** Whether nothing of a request has changed since it was received, so that it is encoded as it was then. */
export const isUnchanged = <Request extends CallRequest>(received: Request, now: Request): boolean => {
  // What is sent whether it is supported or not is encoded as by default.
  for (const key in now)
    if (now[key] !== received[key] && !(key === "onUnsupported" && now[key] === "send")) return false
  for (const key in received) if (!(key in now)) return false
  return true
}

/**
 * A body that a server received, as it goes on to a provider of the same protocol: as it is, in its order, but for what policies and
 * the provider change. `before` is how the request as it was received is encoded for any provider, `now` how the changed one is
 * encoded for this one.
 */
export const passedOn = (received: Body, before: Body, now: Body, model: string): Body => {
  const fields: Array<readonly [key: string, value: unknown]> = []
  for (const [key, value] of Object.entries(received)) {
    const [was, is] = [of(before, key), of(now, key)]
    const newName = of(now, "max_completion_tokens")
    if (key === "model") fields.push([key, is])
    else if (key === "stream") fields.push([key, is === true ? true : value])
    else if (key === "stream_options") fields.push([key, isObject(value) && isObject(is) ? { ...value, ...is } : is])
    else if (key === "max_tokens" && newName !== undefined && refusesMaxTokens.test(model))
      fields.push(["max_completion_tokens", newName])
    else if (key === "max_completion_tokens" && is === undefined && !Object.hasOwn(received, "max_tokens"))
      fields.push(["max_tokens", of(now, "max_tokens")])
    else fields.push([key, isEqual(was, is) ? value : is])
  }
  for (const [key, value] of Object.entries(now)) {
    if (Object.hasOwn(received, key) || ours.has(key)) continue
    // What the encoder says of its own accord is left out, unless it is needed.
    const isSaid = key === "stream" ? value === true : needed.has(key) || !isEqual(of(before, key), value)
    if (isSaid && fields.every(([known]) => known !== key)) fields.push([key, value])
  }
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

const of = (body: Body, key: string): unknown => (Object.hasOwn(body, key) ? body[key] : undefined)

/** Whether two values are the same JSON. */
const isEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) if (!isEqual(of(a as Body, key), of(b as Body, key))) return false
  return true
}
