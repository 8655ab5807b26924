import type { WireHeaders } from "effect-llm/domain/Wire"
import type { Dialect } from "../dialects/Dialect.ts"
import type { AnswerHeaders } from "../http/Answer.ts"
import type { Received } from "../http/Received.ts"

/**
 * Vendors' headers of a request, which go to a provider of the same dialect, whatever their names will be. Not those that say whose
 * account it is: that is the provider's key's.
 */
const toProvider: { readonly [dialect: string]: RegExp } = {
  anthropic: /^anthropic-(?!.*(?:key|token|secret)$)/,
  openai: /^(?:openai-(?!organization$|project$|.*(?:key|token|secret)$)|x-client-request-id$)/
}

/** Vendors' headers of a response, and those of limits and waits. */
const toClient = /^(?:anthropic-|openai-|x-goog-|(?:x-)?ratelimit-|retry-after)/

/** The headers of a client's request that are passed to the provider. */
export const forProvider = ({ headers }: Received, { name }: Dialect): AnswerHeaders => {
  const passed = {}
  const pattern = Object.hasOwn(toProvider, name) ? toProvider[name] : undefined
  if (pattern !== undefined) add(passed, headers, pattern)
  return passed
}

/** Adds the headers of a provider of the dialect that are passed to the client. */
export const addForClient = (passed: Record<string, string>, headers: WireHeaders): void =>
  add(passed, headers, toClient)

const add = (passed: Record<string, string>, headers: WireHeaders, pattern: RegExp): void => {
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && pattern.test(name) && sendable.test(value)) passed[name] = value
  }
}

/** Node would write other characters in the encoding of the body. */
const sendable = /^[\t\x20-\x7e]*$/

/** Whether a protocol is one of the dialect: of its vendor. */
export const isOf = (protocol: string, dialect: Dialect): boolean => vendorOf(protocol) === vendorOf(dialect.protocol)

const vendorOf = (protocol: string): string | undefined => protocol.split("-")[0]
