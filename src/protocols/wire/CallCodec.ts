/**
 * Requests for anything but a chat, from one table that names every parameter of the request: as a field of the body that
 * is written and read, as `sent` where the protocol writes it itself, or as `unsupported`.
 *
 * ```ts
 * const parameters: CallParameters<EmbeddingRequest> = {
 *   inputs: sent,
 *   dimensions: int("output_dimension"),
 *   truncate: words("truncation", { none: false, end: true }),
 *   user: unsupported,
 *   ...
 * }
 *
 * encodeRequest: encoder("acme-embeddings", parameters, (call) => ({
 *   path: "/embeddings",
 *   json: { model: call.model, input: call.request.inputs, ...call.fields }
 * }))
 * ```
 */
import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { isGiven } from "../../domain/ChatRequest.ts"
import type { InvalidRequestError, UnsupportedParameterError } from "../../domain/CallErrors.ts"
import { Bytes, type EncodedCall, type EncodeOptions, Form, type FormPart } from "../Protocol.ts"
import { Issues } from "./request/Issues.ts"
import { ownOptions, patchBody } from "./request/ProviderOptionsPatch.ts"
import { type Field, unsupported } from "./request/RequestCodec.ts"
import { compact, isObject, type WireObject } from "./WireObject.ts"

/** A parameter that the protocol writes itself. */
export const sent = "sent"

/** The same, with the fields that it is written in. */
export interface SentAs {
  readonly sentAs: ReadonlyArray<string>
}

export const sentAs = (...fields: ReadonlyArray<string>): SentAs => ({ sentAs: fields })

/** A field with a value of its own for each value of a parameter, or for some. */
export interface Words<Value extends string> {
  readonly path: string
  readonly words: { readonly [V in Value]?: string | boolean }
}

export const words = <const W extends { readonly [value: string]: string | boolean }>(
  path: string,
  words: W
): Words<keyof W & string> => ({ path, words })

/** How every parameter of a request is encoded. */
export type CallParameters<Request extends CallRequest> = {
  readonly [P in Exclude<keyof Request, "headers" | "providerOptions" | "onUnsupported">]-?:
    | Field<NonNullable<Request[P]>>
    | ([NonNullable<Request[P]>] extends [string] ? Words<NonNullable<Request[P]>> : never)
    | typeof sent
    | SentAs
    | typeof unsupported
}

/**
 * A request before the caller's `providerOptions` are merged into it: they go into the JSON, the form, or else the query.
 * `merged` is JSON that has them already.
 */
export interface CallDraft extends Pick<EncodedCall, "method" | "headers" | "accept"> {
  readonly path: string
  readonly query?: WireObject | undefined
  readonly json?: WireObject | undefined
  readonly merged?: WireObject | undefined
  readonly form?: WireObject | undefined
  readonly bytes?: { readonly bytes: Uint8Array; readonly mediaType: string } | undefined
}

/** A file of a form. */
export interface FormFile {
  readonly bytes: Uint8Array
  readonly fileName: string
  readonly mediaType: string
}

/** The context of encoding a request. */
export class CallContext<out Request extends CallRequest> extends Issues {
  readonly request: Request
  readonly model: string
  readonly stream: boolean
  /** The fields of the request by the table. */
  readonly fields: WireObject
  readonly #options: ReadonlyArray<WireObject>

  constructor(protocol: string, request: Request, options: EncodeOptions, fields: (issues: Issues) => WireObject) {
    super(options, request.onUnsupported === "drop")
    this.request = request
    this.model = options.model
    this.stream = options.stream === true
    this.#options = ownOptions(request.providerOptions, protocol, options.provider)
    this.fields = fields(this)
  }

  /** The fields with the caller's own over them. */
  merge(fields: WireObject): WireObject {
    return patchBody(compact(fields), this.#options)
  }
}

/** Encodes requests by a table, or by one for each model; fails with the first issue. */
export const encoder =
  <Request extends CallRequest>(
    protocol: string,
    parameters: CallParameters<Request> | ((model: string) => CallParameters<Request>),
    write: (call: CallContext<Request>) => CallDraft
  ) =>
  (
    request: Request,
    options: EncodeOptions
  ): Result.Result<EncodedCall, InvalidRequestError | UnsupportedParameterError> => {
    const table = typeof parameters === "function" ? parameters(options.model) : parameters
    const call = new CallContext(protocol, request, options, (issues) => fieldsOf(table, request, issues))
    const { bytes, form, json, merged, path, query = {}, ...rest } = write(call)
    const search = new URLSearchParams()
    const isInQuery = json === undefined && merged === undefined && form === undefined
    for (const [name, value] of listed(isInQuery ? call.merge(query) : query)) search.append(name, String(value))
    const body: EncodedCall["body"] =
      form !== undefined
        ? new Form(listed(call.merge(form)).map(partOf))
        : bytes !== undefined
          ? new Bytes(bytes.bytes, bytes.mediaType)
          : isInQuery
            ? undefined
            : (merged ?? call.merge(json ?? {}))
    if (call.failure !== undefined) return Result.fail(call.failure)
    return Result.succeed({
      ...rest,
      path: search.size === 0 ? path : `${path}?${search.toString()}`,
      body,
      warnings: call.warnings
    })
  }

type Entry = typeof sent | typeof unsupported | SentAs | Field<unknown> | Words<string>

/** The fields of a body that each parameter of a table is written in. */
export const wordsOf = <Request extends CallRequest>(
  table: CallParameters<Request>
): { readonly [parameter: string]: ReadonlyArray<string> } =>
  Object.fromEntries(
    Object.entries<Entry>(table).flatMap(([parameter, entry]) =>
      typeof entry === "string" ? [] : [[parameter, "sentAs" in entry ? entry.sentAs : [entry.path]] as const]
    )
  )

const fieldsOf = <Request extends CallRequest>(
  table: CallParameters<Request>,
  request: Request,
  issues: Issues
): WireObject => {
  const fields: Record<string, unknown> = {}
  for (const parameter of Object.keys(table) as Array<keyof CallParameters<Request> & string>) {
    const entry: Entry = table[parameter]
    const value = request[parameter]
    if (value === undefined || entry === sent || (entry !== unsupported && "sentAs" in entry)) continue
    if (entry === unsupported) {
      // `false` asks for nothing.
      if (value !== false && isGiven(value)) issues.unsupported(parameter, "this API has no such parameter")
    } else if ("words" in entry) {
      const word = entry.words[String(value)]
      if (word === undefined) {
        issues.unsupported(parameter, `the provider does not support ${JSON.stringify(value)}`)
      } else fields[entry.path] = word
    } else fields[entry.path] = value
  }
  return fields
}

/** Each item of an array is a field of its own. */
const listed = (fields: WireObject): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === null
      ? []
      : Array.isArray(value)
        ? value.map((item): readonly [string, unknown] => [name, item])
        : [[name, value] as const]
  )

const partOf = ([name, value]: readonly [string, unknown]): FormPart =>
  isFile(value) ? { name, ...value } : { name, value: isObject(value) ? JSON.stringify(value) : String(value) }

export const isFile = (u: unknown): u is FormFile => isObject(u) && u.bytes instanceof Uint8Array
