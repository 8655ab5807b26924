import * as Result from "effect/Result"
import type { Batch } from "../../domain/Batch.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import { unknown } from "../../domain/Usage.ts"
import type { Warning } from "../../domain/Warning.ts"
import type { CallOptions, CallProtocol, CallStreamDecoder, EncodedCall } from "../CallProtocol.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { isObject, parse, text, type WireObject } from "../wire/WireObject.ts"
import type { BatchAnswer, ItemResult, NewBatch, ResultEvent, ResultsPlace } from "./BatchProtocol.ts"

/** The body of each request, as the chats of the provider are written. */
export const bodies = <Quirks extends object>(
  chat: ChatProtocol<Quirks>,
  { items }: NewBatch,
  { chatQuirks, model, provider }: CallOptions
): Result.Result<
  {
    readonly lines: ReadonlyArray<{ readonly customId: string; readonly body: WireObject }>
    readonly betas: ReadonlyArray<string>
    readonly warnings: ReadonlyArray<Warning>
  },
  InvalidRequestError | UnsupportedParameterError
> => {
  const quirks = chatQuirks?.() as Partial<Quirks> | undefined
  const lines: Array<{ readonly customId: string; readonly body: WireObject }> = []
  const warnings: Array<Warning> = []
  const betas = new Set<string>()
  for (const { customId, request } of items) {
    const encoded = chat.encodeRequest(request, { provider, model, stream: false, quirks })
    if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
    const { headers, toolNames } = encoded.success
    if (toolNames !== undefined) {
      const [name] = toolNames.values()
      const detail = `the provider does not take ${JSON.stringify(name)} as the name of a tool`
      return Result.fail(new InvalidRequestError({ provider, model, at: `${customId}.tools`, detail }))
    }
    const { stream: _, ...body } = encoded.success.body
    lines.push({ customId, body })
    for (const warning of encoded.success.warnings) {
      warnings.push({ ...warning, message: `${customId}: ${warning.message}` })
    }
    for (const beta of headers?.["anthropic-beta"]?.split(",") ?? []) betas.add(beta)
  }
  return Result.succeed({ lines, betas: [...betas], warnings })
}

/** Makes the codec of a call that says everything in its path. */
export const byPath = <Request extends CallRequest, A>(
  id: string,
  encode: (request: Request) => Omit<EncodedCall, "warnings">,
  decode: (body: unknown) => A | undefined,
  decodeError: CallProtocol<Request, BatchAnswer<A>>["decodeError"]
): CallProtocol<Request, BatchAnswer<A>> => ({
  id,
  encodeRequest: (request) => Result.succeed({ ...encode(request), warnings: [] }),
  decodeResponse: (body, place) => answered(decode(body), body, place),
  decodeError
})

/** The answer, or the error of one that is not what was asked for. */
export const answered = <A>(
  value: A | undefined,
  body: unknown,
  { model, provider }: CallOptions
): Result.Result<BatchAnswer<A>, ResponseParseError> =>
  value === undefined
    ? Result.fail(new ResponseParseError({ provider, model, body, detail: "the answer tells of no batch" }))
    : Result.succeed({ value, usage: unknown, warnings: [], attempts: [] })

/** Makes the codec of results that come as lines of JSON. */
export const results = (
  id: string,
  encode: (place: string) => Omit<EncodedCall, "warnings">,
  decode: (line: WireObject, options: { readonly provider: string }) => ItemResult | undefined,
  decodeError: CallProtocol<ResultsPlace, BatchAnswer<void>>["decodeError"]
): CallProtocol<ResultsPlace, BatchAnswer<void>, ResultEvent> => ({
  ...byPath<ResultsPlace, void>(
    id,
    ({ place }) => encode(place),
    () => undefined,
    decodeError
  ),
  streaming: {
    framing: () => "ndjson",
    makeDecoder: ({ provider }) => new Lines((line) => decode(line, { provider }))
  }
})

class Lines implements CallStreamDecoder<ResultEvent> {
  readonly start = { type: "response-start" as const }
  readonly partial = []
  done = false
  readonly #read: (line: WireObject) => ItemResult | undefined

  constructor(read: (line: WireObject) => ItemResult | undefined) {
    this.#read = read
  }

  decode(piece: Parameters<CallStreamDecoder<ResultEvent>["decode"]>[0]): ReadonlyArray<ResultEvent> | ProviderFailure {
    if (piece instanceof Uint8Array) return []
    const line = parse(piece.data)
    const item = isObject(line) ? this.#item(line) : undefined
    if (item !== undefined) return [{ type: "result", item }]
    // A line that names no request cannot be told apart from one that is missing: the results are not whole.
    return {
      _tag: "ProviderFailure",
      type: "api_error",
      message: "a line of the results names no request",
      body: piece.data
    }
  }

  end(): ReadonlyArray<ResultEvent> {
    this.done = true
    return [{ type: "finish", usage: unknown }]
  }

  /** A response that is too deep to be read is the failure of one request, not of them all. */
  #item(line: WireObject): ItemResult | undefined {
    const read = Result.try(() => this.#read(line))
    if (Result.isSuccess(read)) return read.success
    const customId = text(line.custom_id)
    const error = new ResponseParseError({ detail: "the response cannot be read", cause: read.failure })
    return customId === undefined ? undefined : { customId, result: Result.fail(error) }
  }
}

/** An answer of a batch, which is paid at the batch rate. */
export const atBatchRate = (
  answer: Result.Result<ChatResponse, ProviderFailure | ResponseParseError>
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> =>
  Result.map(answer, (response) => response.with({ usage: { ...response.usage, serviceTier: "batch" } }))

/** The state that a provider's word stands for. */
export const stateOf = (word: string | undefined, words: { readonly [word: string]: Batch["state"] }): Batch["state"] =>
  (word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined) ?? "running"
