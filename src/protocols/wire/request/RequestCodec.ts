/**
 * The request of a chat protocol, both ways, from one table. The table names every parameter of `ChatRequest`: as a field,
 * as part of a group of fields, or as unsupported. A parameter that is forgotten does not compile.
 *
 * ```ts
 * const tools = group({
 *   fields: { tools: Schema.Array(record), tool_choice: Schema.Literals(["REQUIRED", "NONE"]) },
 *   encode: (request, { issues, quirks }: RequestContext<AcmeQuirks>) => ({ tools: ..., tool_choice: ... }),
 *   decode: ({ tools, tool_choice }) => ({ tools: ..., toolChoice: ..., unknownFields: { tools: serverTools } })
 * })
 *
 * export const request = RequestCodec.make<AcmeQuirks>({
 *   protocol: "acme-chat",
 *   server: "Acme",
 *   withDefaults,
 *   parameters: { messages, temperature: finite("options.temperature"), tools, toolChoice: tools, user: unsupported, ... }
 * })
 *
 * export const AcmeChat: ChatProtocol<AcmeQuirks> = { ...request, framing: "sse", path: () => "/chat", decodeResponse, ... }
 * ```
 *
 * `fields` are checked before anything is decoded. What a request holds beside them, in nested plain objects too, is kept in
 * `providerOptions` under the protocol's id, and so is what a group returns as `unknownFields`.
 */
import { identity } from "effect/Function"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type ChatParameter, isDemanded, normalize, type ChatRequest } from "../../../domain/ChatRequest.ts"
import type { ProviderOptions } from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/CallErrors.ts"
import type { Json } from "../../../domain/Json.ts"
import type { ChatProtocol, DecodedRequest, EncodedRequest, EncodeOptions, RequestPath } from "../../ChatProtocol.ts"
import { checked, Issues } from "./Issues.ts"
import { fitted, type HistoryRules } from "./FittedRequest.ts"
import { ownOptions, patchBody } from "./ProviderOptionsPatch.ts"
import {
  type AnySchema,
  assign,
  type Fields,
  type FieldValues,
  KnownFields,
  pathsOf,
  put,
  RequiredField
} from "./RequestFields.ts"
import { array, isObject, type WireObject } from "../WireObject.ts"
import { OwnFields } from "./OwnFields.ts"

/** State that the groups of one request share. */
export class RequestContext<out Quirks extends object = object> {
  readonly protocol: string
  readonly provider: string
  readonly model: string
  readonly stream: boolean
  readonly quirks: Quirks
  readonly issues: Issues
  /** The caller's `providerOptions` for the body: the protocol's, then the provider's. */
  readonly options: ReadonlyArray<WireObject>
  readonly own: OwnFields

  constructor(request: ChatRequest, options: EncodeOptions, protocol: string, quirks: Quirks) {
    this.protocol = protocol
    this.provider = options.provider
    this.model = options.model
    this.stream = options.stream === true
    this.quirks = quirks
    this.issues = new Issues(options, request.onUnsupported === "drop")
    this.options = ownOptions(request.providerOptions, protocol, options.provider)
    this.own = new OwnFields(protocol)
  }

  /** The entries of a list in the caller's `providerOptions` that a group adds to its own (see `Definition.added`). */
  added(name: string): ReadonlyArray<unknown> {
    return this.options.flatMap((options) => array(options[name]))
  }

  /** A message, part or tool with the caller's `providerOptions` for it. */
  withOptions(wire: WireObject, options: ProviderOptions | undefined): WireObject {
    return this.own.patched(wire, options, this.provider)
  }
}

/** The context of decoding a group. `wire` is the whole body, of which a group reads only fields of its own. */
export interface DecodeContext<out Quirks extends object = object> {
  readonly protocol: string
  readonly quirks: Partial<Quirks> | undefined
  readonly wire: WireObject
}

/** A parameter that is one field of the body, at a path such as `options.seed`. */
export interface Field<out A> {
  readonly path: string
  readonly schema: AnySchema
  readonly decode: (wire: unknown) => A | undefined
}

/** The result of decoding a group: parameters, and the fields that it found no parameter for. */
export type Decoded = Partial<Omit<ChatRequest, "providerOptions">> & {
  readonly unknownFields?: WireObject | undefined
  readonly includeUsage?: boolean | undefined
}

/** Parameters that depend on each other, or on more than their value. Several parameters may name the same group. */
export interface Group<Quirks extends object = object> {
  readonly fields: Fields
  readonly encode: (request: ChatRequest, context: RequestContext<Quirks>) => WireObject
  decode(values: WireObject, context: DecodeContext<Quirks>): Decoded | Result.Result<Decoded, InvalidRequestError>
}

/** Types the values that a group decodes by its fields. */
export const group = <const F extends Fields, Quirks extends object = object>(group: {
  readonly fields: F
  readonly encode: (request: ChatRequest, context: RequestContext<Quirks>) => WireObject
  decode(values: FieldValues<F>, context: DecodeContext<Quirks>): Decoded | Result.Result<Decoded, InvalidRequestError>
}): Group<Quirks> => group

/** A field of the body that may be absent or `null`. */
export const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

/** A field of the body that must be there. */
export const required = <S extends AnySchema>(schema: S): RequiredField<S> => new RequiredField(schema)

/** Any object of the wire, as it is: a copy would not have its numbers and keys as they are written. */
export const record = Schema.declare<{ readonly [key: string]: Json }>(
  (u): u is { readonly [key: string]: Json } => isObject(u),
  { expected: "object" }
)

/** A parameter that is one field of the body as it is. */
export const field = <A>(path: string, schema: Schema.Codec<A>): Field<A> => ({
  path,
  schema,
  decode: (wire) => wire as A
})

export const int = (path: string): Field<number> => field(path, Schema.Int)
/**
 * A seed, which servers take up to 64 bits long. Of one that JavaScript cannot hold exactly, the remainder of a division by 2^53 is
 * the seed: equal seeds stay equal.
 */
export const seed = (path: string): Field<number> => ({
  path,
  schema: wholeNumber,
  decode: (wire) => (Number.isSafeInteger(wire) ? (wire as number) : (wire as number) % 2 ** 53)
})

const wholeNumber = Schema.Finite.check(Schema.makeFilter((n) => Number.isInteger(n) || "an integer"))

export const finite = (path: string): Field<number> => field(path, Schema.Finite)
export const string = (path: string): Field<string> => field(path, Schema.String)
export const boolean = (path: string): Field<boolean> => field(path, Schema.Boolean)
export const strings = (path: string): Field<ReadonlyArray<string>> => field(path, Schema.Array(Schema.String))

/** A list of strings, which may be sent as a single one. */
export const oneOrMoreStrings = (path: string): Field<ReadonlyArray<string>> => ({
  path,
  schema: Schema.Union([Schema.String, Schema.Array(Schema.String)]),
  decode: (wire) => (typeof wire === "string" ? [wire] : (wire as ReadonlyArray<string>))
})

/** A record of strings, as `metadata` is. */
export const labels = (path: string): Field<{ readonly [key: string]: string }> =>
  field(path, Schema.Record(Schema.String, Schema.String))

/** A parameter that the server has no field for. */
export const unsupported = "unsupported"

/** Every parameter, and the messages. */
export type ParameterTable<Quirks extends object> = { readonly messages: Group<Quirks> } & {
  readonly [P in ChatParameter]: Field<NonNullable<ChatRequest[P]>> | Group<Quirks> | typeof unsupported
}

/** A protocol's requests. */
export interface Definition<Quirks extends object> {
  /** The id of the protocol. */
  readonly protocol: string
  /** The subject of the error `... has no such parameter`. */
  readonly server: string
  readonly withDefaults: (quirks: Partial<Quirks> | undefined, model: string) => Quirks
  readonly parameters: ParameterTable<Quirks>
  /** Fields of the body that belong to no parameter. */
  readonly extra?: ReadonlyArray<Group<Quirks>> | undefined
  /**
   * The field of the model, by default `model`. A model in the path is not written, and `""` where neither body nor path
   * names it; so is an optional one (a stored prompt may name it).
   */
  readonly model?: { readonly field?: string; readonly isInPath?: boolean; readonly isOptional?: boolean } | undefined
  /** Whether the body has `stream` always (the default), only where it is `true`, or never, since the path says it. */
  readonly stream?: "always" | "if-true" | "in-path" | undefined
  /** Whether a request that does not mention `stream` is streamed. Default false. */
  readonly streamsByDefault?: boolean | undefined
  /** The lists of `providerOptions` that groups add to their own, instead of being replaced by them. Default `tools`. */
  readonly added?: ReadonlyArray<string> | undefined
  /** The server's requirements on conversations, which are rewritten to meet them before they are encoded. */
  readonly history?: HistoryRules<Quirks> | undefined
  /** Final changes to the body, after the caller's `providerOptions` are merged into it, and the headers it needs. */
  readonly finish?:
    | ((
        body: WireObject,
        context: RequestContext<Quirks>,
        request: ChatRequest
      ) => Pick<EncodedRequest, "body" | "headers">)
    | undefined
  /** Brings a received body into the form of `fields`, before it is checked. */
  readonly prepare?: ((body: WireObject, quirks: Partial<Quirks> | undefined) => WireObject) | undefined
}

/** The request half of a protocol. */
export type RequestCodec<Quirks extends object> = Pick<
  ChatProtocol<Quirks>,
  "id" | "unsupported" | "words" | "encodeRequest" | "decodeRequest"
>

export const make = <Quirks extends object>(definition: Definition<Quirks>): RequestCodec<Quirks> => {
  const { added = ["tools"], extra = [], finish, history = anyHistory, parameters, protocol, server } = definition
  const { field: modelField = "model", isInPath = false, isOptional = isInPath } = definition.model ?? {}
  const { prepare, stream: streamForm = "always", streamsByDefault = false, withDefaults } = definition
  const { messages, ...table } = parameters
  const refused: Array<ChatParameter> = []
  const words: { [P in ChatParameter]?: ReadonlyArray<string> } = {}
  const fields: Array<Field<unknown> & { readonly parameter: ChatParameter; readonly steps: ReadonlyArray<string> }> =
    []
  const distinct = new Set(extra)
  for (const parameter of Object.keys(table) as ReadonlyArray<ChatParameter>) {
    const entry = table[parameter]
    if (entry !== unsupported) words[parameter] = "path" in entry ? [entry.path] : pathsOf(entry.fields)
    if (entry === unsupported) refused.push(parameter)
    else if ("path" in entry) fields.push({ ...entry, parameter, steps: entry.path.split(".") })
    else distinct.add(entry)
  }
  const groups = [...distinct]
  const allGroups = [messages, ...groups]

  const encode: ChatProtocol<Quirks>["encodeRequest"] = (given, options) => {
    const request = normalize(given)
    const context = new RequestContext(request, options, protocol, withDefaults(options.quirks, options.model))
    const { issues } = context
    const body: Record<string, unknown> = {}
    if (!isInPath) body[modelField] = options.model
    assign(body, messages.encode(request, context), messages.fields)
    for (const parameter of refused) {
      if (isDemanded(request, parameter)) issues.unsupported(parameter, `${server} has no such parameter`)
    }
    for (const { parameter, steps } of fields) {
      const value = request[parameter]
      if (value !== undefined) put(body, steps, value)
    }
    for (const group of groups) assign(body, group.encode(request, context), group.fields)
    if (isForced(request.toolChoice) && request.tools === undefined && context.added("tools").length === 0) {
      issues.unsupported("toolChoice", "there are no tools to call")
    }
    if (streamForm === "always" || (streamForm === "if-true" && options.stream)) body.stream = options.stream
    const patched = patchBody(body, context.options, added)
    const encoded = finish === undefined ? { body: patched } : finish(patched, context, request)
    return issues.failure === undefined
      ? Result.succeed({ ...encoded, warnings: issues.warnings })
      : Result.fail(issues.failure)
  }

  let known: KnownFields | undefined
  let knownGroups: ReadonlyArray<KnownGroup<Quirks>> = []
  const makeKnown = () => {
    const model = isOptional ? Schema.String : new RequiredField(Schema.NonEmptyString)
    const all: Record<string, unknown> = { [modelField]: model, stream: Schema.Boolean }
    for (const { schema, steps } of fields) put(all, steps, schema)
    for (const group of allGroups) assign(all, group.fields)
    const fieldsOfAll = new KnownFields(all as Fields)
    knownGroups = allGroups.map((group) => knownGroup(group, fieldsOfAll.read({}).known, protocol))
    return fieldsOfAll
  }

  const decode: ChatProtocol<Quirks>["decodeRequest"] = (received, path, quirks) => {
    known ??= makeKnown()
    const body = withPath(received, path, modelField)
    const prepared = isObject(body) && prepare !== undefined ? prepare(body, quirks) : body
    if (!isObject(prepared) || !known.fits(prepared)) {
      const fit = checked(known.schema, prepared, "")
      if (Result.isFailure(fit)) return Result.fail(fit.failure)
    }
    const wire = prepared as WireObject
    const { known: values, unknown } = known.read(wire)
    const context: DecodeContext<Quirks> = { protocol, quirks, wire }
    const request: Record<string, unknown> = {}
    let rest: Record<string, unknown> | undefined = unknown
    let usage = true
    for (const { decode, parameter, steps } of fields) {
      let value: unknown = values
      for (const step of steps) value = (value as WireObject)[step]
      if (value !== undefined) request[parameter] = decode(value)
    }
    for (const { absent, group, names } of knownGroups) {
      if (absent !== undefined && !names.some((name) => name in wire)) {
        usage = absent.includeUsage ?? usage
        continue
      }
      const decoded = resultOf(group.decode(values, context))
      if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
      const { includeUsage, unknownFields } = decoded.success
      usage = includeUsage ?? usage
      assign(request, decoded.success, {}, notParameters)
      if (unknownFields !== undefined) assign((rest ??= {}), unknownFields, group.fields)
    }
    if (rest !== undefined && Object.keys(rest).length > 0) request.providerOptions = { [protocol]: rest }
    return Result.succeed<DecodedRequest>({
      model: String(values[modelField] ?? ""),
      stream: (values.stream ?? streamsByDefault) === true,
      request: request as unknown as ChatRequest,
      includeUsage: usage
    })
  }

  return { id: protocol, unsupported: refused, words, encodeRequest: fitted(encode, history), decodeRequest: decode }
}

/** A group, and what it says of a body that has none of its fields, unless it finds parameters even there. */
interface KnownGroup<Quirks extends object> {
  readonly group: Group<Quirks>
  readonly names: ReadonlyArray<string>
  readonly absent: Pick<Decoded, "includeUsage"> | undefined
}

const knownGroup = <Quirks extends object>(
  group: Group<Quirks>,
  empty: WireObject,
  protocol: string
): KnownGroup<Quirks> => {
  const names = Object.keys(group.fields)
  if (names.some((name) => group.fields[name] instanceof RequiredField)) return { group, names, absent: undefined }
  const decoded = resultOf(group.decode(empty, { protocol, quirks: undefined, wire: {} }))
  const found: Record<string, unknown> = {}
  if (Result.isSuccess(decoded)) {
    assign(found, decoded.success, {}, notParameters)
    assign(found, decoded.success.unknownFields ?? {})
  }
  const isNothing = Result.isSuccess(decoded) && Object.keys(found).length === 0
  return { group, names, absent: isNothing ? decoded.success : undefined }
}

const resultOf = (decoded: ReturnType<Group["decode"]>): Result.Result<Decoded, InvalidRequestError> =>
  Result.isResult(decoded) ? decoded : Result.succeed(decoded)

/** Whether the model must call a tool. */
const isForced = (choice: ChatRequest["toolChoice"]): boolean => choice === "required" || typeof choice === "object"

/** What groups decode besides parameters. */
const notParameters: ReadonlySet<string> = new Set<keyof Decoded>(["includeUsage", "unknownFields"])

/** Adds to the body what only the path says: the model, under `name`, and whether to stream. */
const withPath = (body: unknown, path: RequestPath | undefined, name: string): unknown => {
  if (path === undefined || !isObject(body)) return body
  const { model, stream } = path
  return {
    ...body,
    ...(model !== undefined && (body[name] ?? "") === "" ? { [name]: model } : {}),
    ...(stream !== undefined && (body.stream ?? undefined) === undefined ? { stream } : {})
  }
}

const anyHistory: HistoryRules<object> = { callId: () => identity }
