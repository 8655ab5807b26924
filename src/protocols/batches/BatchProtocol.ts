import type * as Result from "effect/Result"
import type { Batch } from "../../domain/Batch.ts"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"

/** How a provider takes many chats at once: one codec for each thing that is done with a batch. */
export interface BatchProtocol {
  /** Uploads the requests first, for providers that want them in a file; its id is told to `create`. */
  readonly upload?: CallProtocol<NewBatch, BatchAnswer<string>> | undefined
  readonly create: CallProtocol<NewBatch, BatchAnswer<Batch>>
  readonly get: CallProtocol<BatchName, BatchAnswer<Batch>>
  readonly list: CallProtocol<BatchQuery, BatchAnswer<BatchPage>>
  readonly cancel: CallProtocol<BatchName, BatchAnswer<Batch>>
  /** The results of one of the places that the batch names. */
  readonly results: CallProtocol<ResultsPlace, BatchAnswer<void>, ResultEvent>
  /** The results that the batch itself holds; none where they lie elsewhere. */
  readonly held?: ((batch: Batch, options: ResultOptions) => ReadonlyArray<ItemResult> | undefined) | undefined
}

/** The requests of a new batch, each under its name, all of one model. */
export interface NewBatch extends CallRequest {
  readonly items: ReadonlyArray<{ readonly customId: string; readonly request: ChatRequest }>
  readonly metadata?: { readonly [name: string]: string } | undefined
  readonly file?: string | undefined
}

/** Which batch. */
export interface BatchName extends CallRequest {
  readonly batch: string
}

/** Which batches. */
export interface BatchQuery extends CallRequest {
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

/** A page of a list, and the place where the next one begins. */
export interface BatchPage {
  readonly batches: ReadonlyArray<Batch>
  readonly next: string | undefined
}

/** Where results lie. */
export interface ResultsPlace extends CallRequest {
  readonly place: string
}

/** An answer about batches. */
export interface BatchAnswer<out A> extends CallResponse {
  readonly value: A
}

/** Whose results are read. */
export interface ResultOptions {
  readonly provider: string
}

/** What became of one request, as the provider tells it. `expired` and `canceled`: it was never answered. */
export interface ItemResult {
  readonly customId: string
  readonly result: Result.Result<ChatResponse, ProviderFailure | ResponseParseError> | "expired" | "canceled"
}

/** What the results are read as. */
export type ResultEvent =
  | (CallEvent & { readonly type: "response-start" })
  | (CallEvent & { readonly type: "result"; readonly item: ItemResult })
  | (CallEvent & { readonly type: "finish"; readonly usage: Usage })
