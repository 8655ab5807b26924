import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inContext } from "../../client/Credentials.ts"
import * as Fingerprint from "../../client/Fingerprint.ts"
import { sha256 } from "../../client/Sha256.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { requestOf, type WireRequest } from "../../domain/Wire.ts"
import type { Any } from "../../model/Model.ts"
import { choiceOf, CurrentRouting } from "./Routing.ts"

/** Changes whenever responses are written down, or keys made, in another way. */
const version = "effect-llm/2"

/** Headers that identify the origin of a call and do not affect its response. */
const ignoredHeaders: ReadonlySet<string> = new Set([
  "traceparent",
  "tracestate",
  "baggage",
  "x-request-id",
  "x-correlation-id",
  "x-client-request-id",
  "idempotency-key"
])

interface Fields {
  readonly [field: string]: "keyed" | "ignored"
}

/** A call, as far as it decides what comes back. */
export interface KeyedCall {
  readonly model: Any & {
    readonly kind: { readonly id: string; readonly caching?: { readonly fields: Fields } | undefined }
  }
  readonly request: CallRequest
  readonly tenant: string | undefined
  /** What else must agree; a function gives it as it is now. */
  readonly also?: unknown
}

/**
 * SHA-256 over everything that changes the response, and over the tenant and this fiber's providers, credentials and override;
 * `undefined` for a request that cannot be written down, or that is refused before it is sent. Any provider may be behind a
 * model, so all of them count.
 */
export const make = (call: KeyedCall): Effect.Effect<string | undefined> =>
  Effect.withFiber((fiber) => {
    const { credentials, services } = inContext(fiber.context)
    const { also, model, request, tenant } = call
    const remembered = requestOf(request)
    const known = remembered === undefined ? 0 : 1
    if (Object.getOwnPropertySymbols(request).length > known) return Effect.undefined
    const text = new CanonicalText()
    const fields = keyedFields(request, model.kind.caching?.fields ?? {})
    const providers = Fingerprint.all(services)
    text.add([version, model.kind.id, model.id, now(model.variant), tenant, providers, credentials, now(also), fields])
    const choice = choiceOf(fiber.getRef(CurrentRouting))
    if (choice !== undefined) text.add(choice)
    if (remembered !== undefined) text.add(asReceived(remembered))
    const bytes = text.bytes()
    return bytes === undefined ? Effect.undefined : sha256(bytes)
  })

/** A request as it was received, with all that only its protocol knows; whether it streams changes nothing. */
const asReceived = ({ body, headers, protocol, written = body }: WireRequest): unknown => {
  const { stream: _, stream_options: __, ...fields } = written
  return [protocol, fields, keyedHeaders(headers)]
}

/** A variant as it is now: what may change is a function. */
const now = (variant: unknown): unknown =>
  typeof variant === "function" ? now(variant()) : Array.isArray(variant) ? variant.map(now) : variant

const keyedFields = (request: CallRequest, fields: Fields): { readonly [field: string]: unknown } => {
  const keyed: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(request)) {
    if (!Object.hasOwn(fields, field) || fields[field] === "keyed") keyed[field] = value
  }
  keyed["headers"] = keyedHeaders(request.headers)
  return keyed
}

const keyedHeaders = (given: object | undefined): { readonly [name: string]: unknown } | undefined => {
  const headers = Object.entries(given ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !ignoredHeaders.has(name))
  return headers.length === 0 ? undefined : Object.fromEntries(headers)
}

/** Writes values such that equal texts mean equal values, whatever the order of their keys. Bytes stand as they are. */
class CanonicalText {
  readonly #pieces: Array<Uint8Array> = []
  #text = ""
  #isComplete = true

  /** What was written; `undefined` if a value has no text, such as a function. */
  bytes(): Uint8Array<ArrayBuffer> | undefined {
    if (!this.#isComplete) return undefined
    this.#flush()
    const bytes = new Uint8Array(this.#pieces.reduce((size, piece) => size + piece.length, 0))
    let at = 0
    for (const piece of this.#pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }

  add(value: unknown): void {
    switch (typeof value) {
      case "string":
        this.#text += JSON.stringify(value)
        return
      case "number":
      case "boolean":
      case "undefined":
        this.#text += String(value)
        return
      case "bigint":
        this.#text += `${value}n`
        return
      case "object":
        return value === null ? void (this.#text += "null") : this.#addObject(value)
      default:
        this.#isComplete = false
    }
  }

  #addObject(value: object): void {
    if (Array.isArray(value)) {
      this.#text += "["
      for (const item of value) {
        this.add(item)
        this.#text += ","
      }
      this.#text += "]"
    } else if (value instanceof Uint8Array) {
      this.#text += `bytes ${value.length}:`
      this.#flush()
      this.#pieces.push(value)
    } else if (value instanceof URL) {
      this.#text += `url ${JSON.stringify(value.href)}`
    } else if (value instanceof Date) {
      this.#text += `date ${value.getTime()}`
    } else if (Redacted.isRedacted(value)) {
      this.add(Redacted.value(value))
    } else if (isPlain(value)) {
      this.#text += "{"
      for (const key of Object.keys(value).sort()) {
        const item = value[key]
        if (item === undefined) continue
        this.#text += `${JSON.stringify(key)}:`
        this.add(item)
        this.#text += ","
      }
      this.#text += "}"
    } else {
      this.#isComplete = false
    }
  }

  #flush(): void {
    this.#pieces.push(new TextEncoder().encode(this.#text))
    this.#text = ""
  }
}

const isPlain = (value: object): value is { readonly [key: string]: unknown } => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
