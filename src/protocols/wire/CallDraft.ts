import type * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import type { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import { CallEncoder, type CallParameters } from "./CallEncoder.ts"
import type { CallOptions, EncodedCall, FormPart } from "../CallProtocol.ts"
import type { Issues } from "./Issues.ts"
import { isObject, type WireObject } from "./WireObject.ts"

/**
 * A request as it is before the caller's own options are in it: they go into the JSON, the form, or else the query.
 */
export interface CallDraft extends Pick<EncodedCall, "method" | "path" | "headers" | "accept"> {
  readonly query?: WireObject | undefined
  readonly json?: WireObject | undefined
  readonly form?: WireObject | undefined
  readonly bytes?: { readonly bytes: Uint8Array; readonly mediaType: string } | undefined
}

/** A file of a form. */
export interface FormFile {
  readonly bytes: Uint8Array
  readonly fileName: string
  readonly mediaType: string
}

/**
 * Writes a request: what it asks for and cannot get is objected to, and the options under the provider's or the
 * protocol's id are merged into it.
 */
export const encode = <Request extends CallRequest>(
  request: Request,
  options: CallOptions & { readonly protocol: string; readonly parameters: CallParameters<Request> },
  write: (issues: Issues) => CallDraft
): Result.Result<EncodedCall, InvalidRequestError | UnsupportedParameterError> => {
  const encoder = new CallEncoder(options.protocol, request, options, options.parameters)
  const { bytes, form, json, path, query = {}, ...rest } = write(encoder)
  const search = new URLSearchParams()
  const inQuery = json === undefined && form === undefined ? encoder.patched(query) : query
  for (const [name, value] of fieldsOf(inQuery)) search.append(name, String(value))
  return encoder.call({
    ...rest,
    path: search.size === 0 ? path : `${path}?${search.toString()}`,
    body:
      json !== undefined
        ? { _tag: "json", value: encoder.patched(json) }
        : form !== undefined
          ? { _tag: "form", parts: fieldsOf(encoder.patched(form)).map(partOf) }
          : bytes === undefined
            ? undefined
            : { _tag: "bytes", ...bytes }
  })
}

/** Of an array each item is a field by itself. */
const fieldsOf = (fields: WireObject): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === null
      ? []
      : Array.isArray(value)
        ? value.map((item): readonly [string, unknown] => [name, item])
        : [[name, value] as const]
  )

const partOf = ([name, value]: readonly [string, unknown]): FormPart =>
  isFile(value) ? { name, ...value } : { name, value: isObject(value) ? JSON.stringify(value) : String(value) }

const isFile = (u: unknown): u is FormFile => isObject(u) && u.bytes instanceof Uint8Array
