import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { isGiven } from "../../domain/ChatParameters.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { CallOptions, EncodedCall } from "../CallProtocol.ts"
import { Issues } from "./Issues.ts"
import { ownOptions, patchBody } from "./ProviderOptionsPatch.ts"
import { compact, type WireObject } from "./WireObject.ts"

/**
 * What a protocol makes of every parameter of a request: it writes it, as far as it can, or has no word for it. The table
 * is total: a parameter that is added to a request does not compile until each of its protocols has decided.
 */
export type CallParameters<Request extends CallRequest> = {
  readonly [P in Exclude<keyof Request, "headers" | "providerOptions" | "onUnsupported">]-?: "sent" | "unsupported"
}

/** What a codec writes a request with: what it objects to, and the caller's own fields. */
export class CallEncoder<Request extends CallRequest> extends Issues {
  readonly request: Request
  readonly #protocol: string
  readonly #options: CallOptions

  constructor(protocol: string, request: Request, options: CallOptions, parameters: CallParameters<Request>) {
    super(options, request.onUnsupported === "drop")
    this.request = request
    this.#protocol = protocol
    this.#options = options
    for (const parameter of Object.keys(parameters) as Array<keyof CallParameters<Request> & string>) {
      const value = request[parameter]
      // What is not to be done needs no word.
      if (parameters[parameter] === "unsupported" && value !== false && isGiven(value)) {
        this.unsupported(parameter, "this API has no such parameter")
      }
    }
  }

  /** The provider's word for a value; refuses one for which it has none. */
  word<Value extends string>(
    parameter: keyof Request & string,
    value: Value | undefined,
    words: { readonly [V in Value]?: string }
  ): string | undefined {
    if (value === undefined) return undefined
    const word = words[value]
    if (word === undefined) this.unsupported(parameter, `the provider has no word for ${JSON.stringify(value)}`)
    return word
  }

  /** The call as JSON, with the caller's own fields over the others; fails with the first objection. */
  json(
    path: string,
    fields: WireObject,
    extra: Partial<EncodedCall> = {}
  ): Result.Result<EncodedCall, InvalidRequestError | UnsupportedParameterError> {
    return this.call({ ...extra, path, body: { _tag: "json", value: this.patched(fields) } })
  }

  /** The fields with the caller's own over them. */
  patched(fields: WireObject): WireObject {
    const own = ownOptions(this.request.providerOptions, this.#protocol, this.#options.provider)
    return patchBody(compact(fields), own)
  }

  /** The call; fails with the first objection. */
  call(
    call: Omit<EncodedCall, "warnings">
  ): Result.Result<EncodedCall, InvalidRequestError | UnsupportedParameterError> {
    return this.failure === undefined ? Result.succeed({ ...call, warnings: this.warnings }) : Result.fail(this.failure)
  }
}
