import type { CallRequest } from "../../domain/CallRequest.ts"
import * as WrittenKeys from "../../domain/WrittenKeys.ts"
import { refusesMaxTokens } from "../../protocols/openaiChat/Quirks.ts"
import { isObject } from "../../protocols/wire/WireObject.ts"

type Body = { readonly [key: string]: unknown }

/** Fields that a provider needs even if the client did not send them. */
const needed: ReadonlySet<string> = new Set(["anthropic_version", "model", "stream_options"])

/** What we say where a client would have the server's default: Ollama's is to shorten prompts silently. */
const ours: ReadonlySet<string> = new Set(["truncate"])

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
  const body = new Map<string, unknown>()
  const set = (key: string, value: unknown): void => {
    if (value !== undefined) body.set(key, value)
  }
  const newName = of(now, "max_completion_tokens")
  for (const key of Object.keys(received)) {
    const value = received[key]
    const is = of(now, key)
    if (key === "model") set(key, is)
    else if (key === "stream") set(key, is === true ? true : value)
    else if (key === "stream_options") set(key, isObject(value) && isObject(is) ? { ...value, ...is } : is)
    else if (key === "max_tokens" && newName !== undefined && refusesMaxTokens.test(model))
      set("max_completion_tokens", newName)
    else if (key === "max_completion_tokens" && is === undefined && !Object.hasOwn(received, "max_tokens"))
      set("max_tokens", of(now, "max_tokens"))
    else set(key, isEqual(of(before, key), is) ? value : is)
  }
  for (const key of Object.keys(now)) {
    const value = now[key]
    if (Object.hasOwn(received, key) || ours.has(key) || body.has(key)) continue
    // What the encoder says of its own accord is left out, unless it is needed.
    const isSaid = key === "stream" ? value === true : needed.has(key) || !isEqual(of(before, key), value)
    if (isSaid) set(key, value)
  }
  return WrittenKeys.fromEntries([...body])
}

/**
 * The body of a call, in which all that equals the received body is written, and ordered, as it was received, in lists of equal length
 * and their objects too.
 */
export const asReceived = (received: Body, written: Body, now: Body): Body => {
  const keys = Object.keys(written).filter((key) => of(now, key) !== undefined)
  const all = new Set([...keys, ...Object.keys(now)])
  return WrittenKeys.fromEntries(
    Array.from(all, (key) => [key, valueAsReceived(of(received, key), of(written, key), of(now, key))])
  )
}

const valueAsReceived = (received: unknown, written: unknown, now: unknown): unknown => {
  if (isEqual(received, now)) return written
  if (Array.isArray(received) && Array.isArray(written) && Array.isArray(now) && received.length === now.length)
    return now.map((item, at) => valueAsReceived(received[at], written[at], item))
  return isObject(received) && isObject(written) && isObject(now) ? asReceived(received, written, now) : now
}

const of = (body: Body, key: string): unknown => (Object.hasOwn(body, key) ? body[key] : undefined)

/** Whether two values are the same JSON. */
const isEqual = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  for (const key of Object.keys(a)) if (!isEqual((a as Body)[key], of(b as Body, key))) return false
  for (const key of Object.keys(b)) if ((b as Body)[key] !== undefined && !Object.hasOwn(a, key)) return false
  return true
}
