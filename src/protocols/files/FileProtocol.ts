import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { FileInfo, FileUpload } from "../../domain/File.ts"
import type { Json } from "../../domain/Json.ts"
import type { CallProtocol } from "../Protocol.ts"
import { type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"
import * as MediaFile from "../wire/request/MediaFile.ts"
import { string, unsupported } from "../wire/request/RequestCodec.ts"
import * as ValueCall from "../wire/ValueCall.ts"
import { compact, holdsError, isObject, isWhole, parse, text, type WireObject } from "../wire/WireObject.ts"

/** How a provider stores files: one codec for each operation. */
export interface FileProtocol {
  /** Requests the address that `upload` sends to, for providers that assign one. */
  readonly start?: CallProtocol<FileUpload, ValueCall.ValueResponse<string>> | undefined
  readonly upload: CallProtocol<
    FileUpload & { readonly address?: string | undefined },
    ValueCall.ValueResponse<FileInfo>
  >
  readonly list: CallProtocol<FileQuery, ValueCall.ValueResponse<FilePage>>
  readonly get: CallProtocol<FileName, ValueCall.ValueResponse<FileInfo>>
  readonly content: CallProtocol<FileName, ValueCall.ValueResponse<Uint8Array>>
  readonly delete: CallProtocol<FileName, ValueCall.ValueResponse<void>>
}

export interface FileName extends CallRequest {
  readonly file: string
}

/** The files after a place in the list, at most `limit` of them. */
export interface FileQuery extends CallRequest {
  readonly after?: string | undefined
  readonly limit?: number | undefined
  readonly purpose?: string | undefined
}

export interface FilePage {
  readonly files: ReadonlyArray<FileInfo>
  /** Where the next page begins. */
  readonly next: string | undefined
}

/** What differs between providers' files. */
export interface Definition extends Pick<FileProtocol, "start"> {
  readonly id: string
  readonly decodeError: CallProtocol<FileName, ValueCall.ValueResponse<void>>["decodeError"]
  readonly headers?: { readonly [name: string]: string } | undefined
  /** The path of the list, where the default `upload` goes too. */
  readonly path: string
  readonly pathOf: (file: string) => string
  /** The suffix of the content's path. Default `/content`. */
  readonly content?: string | undefined
  readonly upload?: FileProtocol["upload"] | undefined
  /** The default purpose of a file, where files have purposes. */
  readonly purpose?: string | undefined
  readonly query: (query: FileQuery) => WireObject
  /** The field of a page that holds the files. */
  readonly files: "data" | "files"
  readonly next: (page: WireObject, files: ReadonlyArray<FileInfo>, query: FileQuery) => string | undefined
  readonly decode: (file: WireObject) => { readonly [Field in keyof FileInfo]?: FileInfo[Field] | undefined }
}

const utf8 = new TextDecoder()

export const make = (definition: Definition): FileProtocol => {
  const { content = "/content", decodeError, headers, id, path, pathOf, purpose, start } = definition
  const decode = (body: unknown): FileInfo | undefined => decodeFile(body, definition.decode)
  return {
    start,
    upload: definition.upload ?? {
      id,
      encodeRequest: encoder(id, uploadParameters(purpose !== undefined), ({ fields, request }) => ({
        path,
        headers,
        form: { purpose, ...fields, file: fileOf(request) }
      })),
      decodeResponse: (body, options) => ValueCall.responseOf(decode(body), body, options),
      decodeError
    },
    list: ValueCall.make(
      definition,
      (query) => ({ method: "GET", path: ValueCall.withQuery(path, definition.query(query)), headers }),
      (body, query) => {
        // Google leaves an empty list out.
        const none = definition.files === "files" ? [] : undefined
        const list = isObject(body) ? (body[definition.files] ?? none) : undefined
        if (!isObject(body) || !Array.isArray(list)) return undefined
        const files = list.map(decode)
        return isWhole(files) ? { files, next: definition.next(body, files, query) } : undefined
      }
    ),
    get: ValueCall.make(definition, ({ file }) => ({ method: "GET", path: pathOf(file), headers }), decode),
    content: {
      ...ValueCall.make<FileName, Uint8Array>(
        definition,
        ({ file }) => ({ method: "GET", path: `${pathOf(file)}${content}`, headers }),
        (body) => (body instanceof Uint8Array ? body : undefined)
      ),
      reads: "bytes"
    },
    delete: {
      id,
      encodeRequest: ({ file }) => Result.succeed({ method: "DELETE", path: pathOf(file), headers, warnings: [] }),
      reads: "bytes",
      decodeResponse: (bytes, { model, provider }) => {
        const written = bytes instanceof Uint8Array ? utf8.decode(bytes).trim() : ""
        const body = parse(written)
        // Servers that say nothing else write nothing, or `null` (FastAPI's).
        const isSaid = isObject(body) ? body.deleted === true : written === "" || body === null || body === true
        if (isSaid) return Result.succeed(ValueCall.response(undefined))
        if (holdsError(body)) return Result.fail(decodeError(body))
        return !isObject(body) || body.deleted === false
          ? unreadable("the server did not delete the file", body, { provider, model })
          : Result.succeed(ValueCall.response(undefined))
      },
      decodeError
    }
  }
}

/** The file that a body describes. */
export const decodeFile = (body: unknown, decode: Definition["decode"]): FileInfo | undefined => {
  const fields = isObject(body) ? decode(body) : {}
  const id = text(fields.id) ?? (isObject(body) ? text(body.id) : undefined)
  return id === undefined ? undefined : compact({ ...fields, id, raw: body as Json })
}

export const uploadParameters = (hasPurpose: boolean): CallParameters<FileUpload> => ({
  data: sent,
  name: sent,
  mediaType: sent,
  purpose: hasPurpose ? string("purpose") : unsupported,
  user: unsupported,
  serviceTier: unsupported
})

export const fileOf = ({ data, mediaType, name }: Pick<FileUpload, "data" | "mediaType" | "name">) =>
  MediaFile.make(data, { fileName: name, mediaType }, "file")
