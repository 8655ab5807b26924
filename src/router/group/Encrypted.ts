import * as Effect from "effect/Effect"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import * as Wire from "../../domain/Wire.ts"
import * as ModelId from "../../domain/ModelId.ts"
import type { Affinity } from "../Affinity.ts"
import { isChat } from "./PinKey.ts"

/** As long as providers keep responses. */
const ttlMillis = 30 * 24 * 60 * 60_000

/** How many pieces of reasoning are looked up for one call. */
const most = 4

/** Two 53-bit hashes of 32-bit lanes (cyrb53), so that no two pieces collide by chance. */
const digest = (text: string): string => `${lanes(text, 0)}${lanes(text, 0x5bd1e995)}`

const lanes = (text: string, seed: number): string => {
  let a = 0xdeadbeef ^ seed
  let b = 0x41c6ce57 ^ seed
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}

const keyOf = (encrypted: string): string => `reasoning ${digest(encrypted)}`

/** The account that a deployment is called with; `undefined` for a group within. */
export const accountOf = (model: string): string | undefined =>
  model.includes(",") ? undefined : ModelId.parse(model)?.provider

/** Whether an account is, or may be, that of a deployment. */
export const isOf = (account: string | undefined, model: string): boolean => {
  const own = accountOf(model)
  return own === undefined || own === account
}

/**
 * Whether the latest reasoning of a request is of another protocol than the request was received in: neither its client nor a
 * provider of that protocol can read it, and the provider is not sent it.
 */
export const isForeign = (request: CallRequest): boolean => {
  const received = Wire.requestOf(request)
  const [latest] = received === undefined ? [] : encryptedIn(request)
  return latest !== undefined && latest.protocol !== received?.protocol
}

/** Notes the account that encrypted a piece of reasoning. */
export const note = (origins: Affinity, encrypted: string, account: string): void =>
  origins.note(keyOf(encrypted), account, ttlMillis)

/** The account that encrypted the latest reasoning of a request, if known: no other can read it. */
export const originOf = (origins: Affinity, request: CallRequest): Effect.Effect<string | undefined> | undefined => {
  const [first, ...others] = encryptedIn(request).map(({ encrypted }) => encrypted)
  if (first === undefined) return undefined
  return others.reduce(
    (found, encrypted) =>
      Effect.flatMap(found, (account) =>
        account === undefined ? origins.find(keyOf(encrypted)) : Effect.succeed(account)
      ),
    origins.find(keyOf(first))
  )
}

interface Encrypted {
  readonly encrypted: string
  readonly protocol: string | undefined
}

/** The latest first. */
const encryptedIn = (request: CallRequest): ReadonlyArray<Encrypted> => {
  const found: Array<Encrypted> = []
  if (!isChat(request)) return found
  for (let index = request.messages.length - 1; index >= 0; index--) {
    const message = request.messages[index]
    if (message?.role !== "assistant") continue
    const parts: ReadonlyArray<ContentPart> = message.content
    for (let at = parts.length - 1; at >= 0; at--) {
      const part = parts[at]
      if (part?.type !== "reasoning" || part.encrypted === undefined) continue
      if (found.push({ encrypted: part.encrypted, protocol: part.protocol }) === most) return found
    }
  }
  return found
}
