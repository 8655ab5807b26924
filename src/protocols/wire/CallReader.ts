import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../domain/Json.ts"
import type { DecodedCall } from "../CallProtocol.ts"
import { unknownFields, isObject, type WireObject } from "./WireObject.ts"

/** Reads the body of a request field by field; what nobody took stays in the caller's own options. */
export class CallReader {
  readonly #body: WireObject
  readonly #taken = new Set<string>()
  readonly #kept: Record<string, unknown> = {}
  readonly #protocol: string
  #failure: InvalidRequestError | undefined

  constructor(protocol: string, body: unknown) {
    this.#protocol = protocol
    this.#body = isObject(body) ? body : {}
    if (!isObject(body)) this.invalid("", "the body is not an object")
  }

  take(name: string): unknown {
    this.#taken.add(name)
    return this.#body[name]
  }

  /** A string that has to be there. */
  text(name: string): string {
    const value = this.take(name)
    if (typeof value !== "string") this.invalid(name, "a string is expected")
    return String(value)
  }

  /** What one of the provider's words means; a word that means nothing stays in the options. */
  word<Key extends string>(name: string, words: { readonly [K in Key]?: string | boolean }): Key | undefined {
    const value = this.#body[name]
    const key = (Object.keys(words) as Array<Key>).find((key) => value !== undefined && words[key] === value)
    if (key !== undefined) this.#taken.add(name)
    return key
  }

  /** Keeps what the domain has no word for, of a field that was taken. */
  keep(name: string, value: unknown): void {
    if (value !== undefined) this.#kept[name] = value
  }

  /** What nobody took, or none. */
  get rest(): { readonly [key: string]: Json } | undefined {
    return unknownFields(
      { ...this.#body, ...this.#kept },
      new Set([...this.#taken].filter((name) => !(name in this.#kept)))
    )
  }

  invalid(at: string, detail: string): void {
    this.#failure ??= new InvalidRequestError({ at, detail })
  }

  /** The request with the fields that were not taken. */
  end<Request extends CallRequest>(
    call: DecodedCall<Request>
  ): Result.Result<DecodedCall<Request>, InvalidRequestError> {
    if (this.#failure !== undefined) return Result.fail(this.#failure)
    const others = this.rest
    if (others === undefined) return Result.succeed(call)
    return Result.succeed({ ...call, request: { ...call.request, providerOptions: { [this.#protocol]: others } } })
  }
}
