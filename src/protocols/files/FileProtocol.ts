import type { CallResponse } from "../../domain/CallResponse.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { FileInfo } from "../../domain/FileInfo.ts"
import type { FileUpload } from "../../domain/FileUpload.ts"
import { unknown } from "../../domain/Usage.ts"
import type { CallProtocol } from "../CallProtocol.ts"

/** How a provider keeps files: one codec for each thing that is done with them. */
export interface FileProtocol {
  /** Asks where to send the file, for providers that want to be asked; the answer is told to `upload`. */
  readonly start?: CallProtocol<FileUpload, FileAnswer<string>> | undefined
  readonly upload: CallProtocol<FileUpload & { readonly address?: string | undefined }, FileAnswer<FileInfo>>
  readonly list: CallProtocol<FileQuery, FileAnswer<FilePage>>
  readonly get: CallProtocol<FileName, FileAnswer<FileInfo>>
  readonly content: CallProtocol<FileName, FileAnswer<Uint8Array>>
  readonly delete: CallProtocol<FileName, FileAnswer<void>>
}

/** Which file. */
export interface FileName extends CallRequest {
  readonly file: string
}

/** Which files: those after a place in the list, at most as many as `limit`. */
export interface FileQuery extends CallRequest {
  readonly after?: string | undefined
  readonly limit?: number | undefined
  readonly purpose?: string | undefined
}

/** A page of a list, and the place where the next one begins. */
export interface FilePage {
  readonly files: ReadonlyArray<FileInfo>
  readonly next: string | undefined
}

/** An answer about files. */
export interface FileAnswer<out A> extends CallResponse {
  readonly value: A
}

/** Makes an answer. */
export const answer = <A>(value: A): FileAnswer<A> => ({ value, usage: unknown, warnings: [], attempts: [] })
