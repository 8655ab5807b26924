import * as Result from "effect/Result"
import type { Batch } from "../../domain/Batch.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { type ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import { InvalidRequestError, type UnsupportedParameterError } from "../../domain/CallErrors.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Json } from "../../domain/Json.ts"
import { unknown, type Usage } from "../../domain/Usage.ts"
import type { Warning } from "../../domain/Warning.ts"
import type { EncodeOptions, CallProtocol, ProviderFailure, StreamDecoder } from "../Protocol.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { isErrorBody } from "../wire/response/ErrorBody.ts"
import * as ValueCall from "../wire/ValueCall.ts"
import { isObject, isWhole, parse, text, type WireObject } from "../wire/WireObject.ts"

/** How a provider runs batches of chats: one codec for each operation. */
export interface BatchProtocol {
  /** Uploads the requests first, for providers that take them as a file; `create` gets its id. */
  readonly upload?: CallProtocol<NewBatch, ValueCall.ValueResponse<string>> | undefined
  readonly create: CallProtocol<NewBatch, ValueCall.ValueResponse<Batch>>
  readonly get: CallProtocol<BatchName, ValueCall.ValueResponse<Batch>>
  readonly list: CallProtocol<BatchQuery, ValueCall.ValueResponse<BatchPage>>
  readonly cancel: CallProtocol<BatchName, ValueCall.ValueResponse<Batch>>
  /** The results at one of the places that the batch names. */
  readonly results: CallProtocol<ResultsPlace, ValueCall.ValueResponse<void>, ResultEvent>
  /** The results that the batch itself holds, or undefined where they are elsewhere. */
  readonly held?:
    | ((batch: Batch, options: { readonly provider: string }) => ReadonlyArray<ItemResult> | undefined)
    | undefined
}

/** The requests of a new batch, each under its name, all to one model. */
export interface NewBatch extends CallRequest {
  readonly items: ReadonlyArray<{ readonly customId: string; readonly request: ChatRequest }>
  readonly metadata?: { readonly [name: string]: string } | undefined
  /** A file with the requests instead, and their path if they are not chats. */
  readonly file?: string | undefined
  readonly endpoint?: string | undefined
}

export interface BatchName extends CallRequest {
  readonly batch: string
}

export interface BatchQuery extends CallRequest {
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

export interface BatchPage {
  readonly batches: ReadonlyArray<Batch>
  /** Where the next page begins. */
  readonly next: string | undefined
}

export interface ResultsPlace extends CallRequest {
  readonly place: string
}

/** The outcome of one request. `expired` and `canceled`: it was never answered. */
export interface ItemResult {
  readonly customId: string
  readonly result: Result.Result<ChatResponse, ProviderFailure | ResponseParseError> | "expired" | "canceled"
}

export type ResultEvent =
  | (CallEvent & { readonly type: "response-start" })
  | (CallEvent & { readonly type: "result"; readonly item: ItemResult })
  | (CallEvent & { readonly type: "finish"; readonly usage: Usage })

/** What differs between providers' batches. */
export interface Definition extends Pick<BatchProtocol, "upload" | "held"> {
  readonly id: string
  readonly decodeError: BatchProtocol["create"]["decodeError"]
  readonly path: string
  readonly encodeRequest: BatchProtocol["create"]["encodeRequest"]
  readonly query: (query: BatchQuery) => WireObject
  readonly next: (page: WireObject, batches: ReadonlyArray<Batch>, query: BatchQuery) => string | undefined
  readonly decode: (batch: WireObject, id: string) => Omit<Batch, "id" | "raw">
  readonly resultsPath: (place: string) => string
  readonly decodeItem: (line: WireObject, provider: string) => ItemResult | undefined
}

export const make = (definition: Definition): BatchProtocol => {
  const { decodeError, encodeRequest, held, id, path, upload } = definition
  const pathOf = ({ batch }: BatchName) => `${path}/${encodeURIComponent(batch)}`
  const decode = (body: unknown): Batch | undefined => {
    const id = isObject(body) ? text(body.id) : undefined
    if (!isObject(body) || id === undefined) return undefined
    return { id, ...definition.decode(body, id), raw: body as Json }
  }
  return {
    upload,
    create: {
      id,
      encodeRequest,
      decodeResponse: (body, options) => ValueCall.responseOf(decode(body), body, options),
      decodeError
    },
    get: ValueCall.make(definition, (request) => ({ method: "GET", path: pathOf(request) }), decode),
    list: ValueCall.make(
      definition,
      (query) => ({ method: "GET", path: ValueCall.withQuery(path, definition.query(query)) }),
      (body, query) => {
        if (!isObject(body) || !Array.isArray(body.data)) return undefined
        const batches = body.data.map(decode)
        return isWhole(batches) ? { batches, next: definition.next(body, batches, query) } : undefined
      }
    ),
    cancel: ValueCall.make(definition, (request) => ({ path: `${pathOf(request)}/cancel` }), decode),
    results: {
      ...ValueCall.make<ResultsPlace, void>(
        definition,
        ({ place }) => ({ method: "GET", path: definition.resultsPath(place) }),
        () => undefined
      ),
      framing: () => "ndjson",
      makeDecoder: ({ provider }) => new LineDecoder((line) => definition.decodeItem(line, provider), decodeError)
    },
    held
  }
}

class LineDecoder implements StreamDecoder<ResultEvent> {
  done = false
  readonly #decodeItem: (line: WireObject) => ItemResult | undefined
  readonly #decodeError: (body: unknown) => ProviderFailure

  constructor(
    decodeItem: (line: WireObject) => ItemResult | undefined,
    decodeError: (body: unknown) => ProviderFailure
  ) {
    this.#decodeItem = decodeItem
    this.#decodeError = decodeError
  }

  decode(frame: Frame, events: Array<ResultEvent>): ProviderFailure | undefined {
    const line = parse(frame.data)
    const item = isObject(line) ? this.#item(line) : undefined
    if (item !== undefined) {
      events.push({ type: "result", item })
      return undefined
    }
    if (isObject(line) && isErrorBody(line)) return this.#decodeError(line)
    // A line that names no request cannot be told from a missing one, so the results are not complete.
    return {
      _tag: "ProviderFailure",
      type: "api_error",
      message: "a line of the results does not name a request",
      body: frame.data
    }
  }

  end(events: Array<ResultEvent>): boolean {
    this.done = true
    events.push({ type: "finish", usage: unknown })
    return true
  }

  /** A response that is too deep to read fails one request, not all of them. */
  #item(line: WireObject): ItemResult | undefined {
    const decoded = Result.try(() => this.#decodeItem(line))
    if (Result.isSuccess(decoded)) return decoded.success
    const customId = text(line.custom_id)
    const error = new ResponseParseError({ detail: "the response cannot be read", cause: decoded.failure })
    return customId === undefined ? undefined : { customId, result: Result.fail(error) }
  }
}

/** The bodies of a batch's requests, encoded as chats of the provider. */
export const encodeItems = <Quirks extends object>(
  chat: ChatProtocol<Quirks>,
  { items }: NewBatch,
  { chatQuirks, model, provider }: EncodeOptions
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
      const detail = `the provider does not accept ${JSON.stringify(name)} as a tool name`
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

/** A response of a batch, which is billed at the batch rate. */
export const decodeChat = (
  { decodeResponse }: Pick<ChatProtocol, "decodeResponse">,
  body: WireObject,
  provider: string
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> =>
  Result.map(decodeResponse(body, { provider, model: text(body.model) ?? "" }), (response) =>
    response.with({ usage: { ...response.usage, serviceTier: "batch" } })
  )

/** The state for a provider's name of it. */
export const stateOf = (word: string | undefined, words: { readonly [word: string]: Batch["state"] }): Batch["state"] =>
  (word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined) ?? "running"
