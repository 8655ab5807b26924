import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { InvalidRequestError } from "../../domain/CallErrors.ts"
import type { Json } from "../../domain/Json.ts"
import { type DecodedCall, Form } from "../Protocol.ts"
import { type CallParameters, type FormFile, isFile, type SentAs, type Words } from "./CallCodec.ts"
import { checked } from "./request/Issues.ts"
import type { Field } from "./request/RequestCodec.ts"
import { isObject, unknownFields, type WireObject } from "./WireObject.ts"

/** The types of form fields that are not text. */
export interface Scalars {
  readonly [name: string]: "number" | "boolean"
}

/** Decodes the body of a request field by field; what is not taken is kept in `providerOptions`. */
export class CallReader {
  readonly #body: WireObject
  readonly #taken = new Set<string>()
  readonly #kept: Record<string, unknown> = {}
  readonly #protocol: string
  #failure: InvalidRequestError | undefined

  /** `scalars` are the fields of a form that are more than text. */
  constructor(protocol: string, body: unknown, scalars: Scalars = {}) {
    this.#protocol = protocol
    this.#body = body instanceof Form ? fieldsIn(body, scalars) : isObject(body) ? body : {}
    if (!isObject(body)) this.invalid("", "the body is not an object")
  }

  take(name: string): unknown {
    this.#taken.add(name)
    return this.#body[name]
  }

  /** One of these words, or none. */
  word<const Word extends string>(name: string, words: ReadonlyArray<Word>): Word | undefined {
    const value = this.take(name) ?? undefined
    const word = words.find((word) => word === value)
    if (word === undefined && value !== undefined) this.invalid(name, `expected ${words.join(" or ")}`)
    return word
  }

  /** Whether a field is true. */
  flag(name: string): boolean {
    const value = this.take(name) ?? false
    if (typeof value !== "boolean") this.invalid(name, "expected true or false")
    return value === true
  }

  /** The values of a field that may hold one or several, and in a form be named `name[]`. */
  list(name: string): ReadonlyArray<unknown> {
    return [this.take(name), this.take(`${name}[]`)].flat().filter((value) => value !== undefined && value !== null)
  }

  files(name: string): ReadonlyArray<FormFile> {
    return this.list(name).filter(isFile)
  }

  /** The model, which the path of the request may name in place of the body. */
  model(inPath: string | undefined): string {
    const model = this.take("model") ?? ""
    if (inPath !== undefined && model === "") return inPath
    if (typeof model === "string" && model !== "") return model
    this.invalid("model", "expected the name of a model")
    return ""
  }

  /** A required string. */
  text(name: string): string {
    const value = this.take(name)
    if (typeof value === "string") return value
    this.invalid(name, "expected a string")
    return ""
  }

  /** The parameters that the table has fields for. A word of no known meaning is not taken. */
  parameters<Request extends CallRequest>(table: Partial<CallParameters<Request>>): Partial<Request> {
    const request: Record<string, unknown> = {}
    type Entry = string | Field<unknown> | Words<string> | SentAs | undefined
    for (const [parameter, entry] of Object.entries<Entry>(table)) {
      if (typeof entry !== "object" || "sentAs" in entry) continue
      const value = this.#body[entry.path] ?? undefined
      if ("words" in entry) {
        const word = Object.keys(entry.words).find((word) => value !== undefined && entry.words[word] === value)
        if (word !== undefined) request[parameter] = word
        if (word !== undefined || value === undefined) this.#taken.add(entry.path)
      } else {
        this.#taken.add(entry.path)
        if (value === undefined) continue
        const found = checked(entry.schema, value, entry.path)
        if (Result.isFailure(found)) this.#failure ??= found.failure
        else request[parameter] = entry.decode(value)
      }
    }
    return request as Partial<Request>
  }

  /** Keeps a value, or the rest of it, though its field was taken. */
  keep(name: string, value: unknown): void {
    if (value !== undefined) this.#kept[name] = value
  }

  /** What was not taken, or none. */
  get rest(): { readonly [key: string]: Json } | undefined {
    return unknownFields(
      { ...this.#body, ...this.#kept },
      new Set([...this.#taken].filter((name) => !(name in this.#kept)))
    )
  }

  invalid(at: string, detail: string): void {
    this.#failure ??= new InvalidRequestError({ at, detail })
  }

  /** The request with what was not taken in its `providerOptions`. */
  end<Request extends CallRequest>(
    call: DecodedCall<Request>
  ): Result.Result<DecodedCall<Request>, InvalidRequestError> {
    if (this.#failure !== undefined) return Result.fail(this.#failure)
    const rest = this.rest
    if (rest === undefined) return Result.succeed(call)
    return Result.succeed({ ...call, request: { ...call.request, providerOptions: { [this.#protocol]: rest } } })
  }
}

/** The fields of a form: those that occur more than once, or are named `name[]`, are lists. */
const fieldsIn = ({ parts }: Form, scalars: Scalars): WireObject => {
  const fields = new Map<string, unknown>()
  for (const part of parts) {
    const { name } = part
    const value =
      "value" in part ? scalarOf(part.value, Object.hasOwn(scalars, name) ? scalars[name] : undefined) : part
    const before = fields.get(name)
    if (before === undefined) fields.set(name, name.endsWith("[]") ? [value] : value)
    else fields.set(name, Array.isArray(before) ? [...before, value] : [before, value])
  }
  return Object.fromEntries(fields)
}

const scalarOf = (value: string, kind: Scalars[string] | undefined): unknown =>
  kind === "number" && value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : kind === "boolean" && (value === "true" || value === "false")
      ? value === "true"
      : value
