import type { FileInfo } from "../../domain/FileInfo.ts"
import type { FileUpload } from "../../domain/FileUpload.ts"
import type { Json } from "../../domain/Json.ts"
import * as CallDraft from "../wire/CallDraft.ts"
import type { CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import * as MediaFile from "../wire/MediaFile.ts"
import { compact, isObject, nonNegativeInt, text } from "../wire/WireObject.ts"
import * as FileCodec from "./FileCodec.ts"
import type { FileAnswer, FileProtocol } from "./FileProtocol.ts"

const parameters: CallParameters<FileUpload> = {
  data: "sent",
  name: "sent",
  mediaType: "sent",
  purpose: "sent",
  user: "unsupported",
  serviceTier: "unsupported"
}

/** How servers of this form differ. */
export interface OpenAiFilesDialect {
  readonly protocol: string
  readonly purpose: string
  /** Whether the list goes on after an id, or page by page. */
  readonly paging: "after" | "page"
}

/** Makes the codecs of a server that keeps files as OpenAI does. */
export const make = ({ paging, protocol, purpose }: OpenAiFilesDialect): FileProtocol => {
  const upload: CallProtocol<FileUpload, FileAnswer<FileInfo>> = {
    id: protocol,
    encodeRequest: (request, options) =>
      CallDraft.encode(request, { ...options, protocol, parameters }, () => ({
        path: "/files",
        form: {
          purpose: request.purpose ?? purpose,
          file: MediaFile.make(request.data, { fileName: request.name, mediaType: request.mediaType }, "file")
        }
      })),
    decodeResponse: (body, { model, provider }) => FileCodec.answered(decode(body), { model, provider, body }),
    decodeError
  }
  return {
    upload,
    list: FileCodec.byPath(
      protocol,
      ({ after, limit, purpose }) => ({
        method: "GET",
        path: FileCodec.withQuery(
          "/files",
          paging === "after" ? { purpose, limit, after } : { purpose, page_size: limit ?? pageSize, page: after }
        )
      }),
      (body, { after, limit }) => {
        if (!isObject(body) || !Array.isArray(body.data)) return undefined
        const files = FileCodec.files(body.data, decode)
        const more =
          paging === "after" ? body.has_more === true : body.data.length > 0 && body.data.length >= (limit ?? pageSize)
        return {
          files,
          next: more ? (paging === "after" ? files.at(-1)?.id : String(Number(after ?? 0) + 1)) : undefined
        }
      }
    ),
    get: FileCodec.byPath(
      protocol,
      ({ file }) => ({ method: "GET", path: `/files/${FileCodec.segment(file)}` }),
      decode
    ),
    content: FileCodec.bytes(protocol, ({ file }) => ({
      method: "GET",
      path: `/files/${FileCodec.segment(file)}/content`
    })),
    delete: FileCodec.byPath(
      protocol,
      ({ file }) => ({ method: "DELETE", path: `/files/${FileCodec.segment(file)}` }),
      () => null as unknown as void
    )
  }
}

const pageSize = 100

const decode = (body: unknown): FileInfo | undefined => {
  const id = isObject(body) ? text(body.id) : undefined
  if (!isObject(body) || id === undefined) return undefined
  return compact({
    id,
    name: text(body.filename),
    mediaType: text(body.mimetype),
    size: nonNegativeInt(body.bytes) ?? nonNegativeInt(body.size_bytes),
    purpose: text(body.purpose),
    createdAt: FileCodec.time(body.created_at),
    expiresAt: FileCodec.time(body.expires_at),
    state: text(body.status),
    raw: body as Json
  })
}

/**
 * Files of OpenAI; their purpose is `user_data` where none is given.
 *
 * Source: https://developers.openai.com/api/reference/resources/files
 */
export const OpenAiFiles: FileProtocol = make({ protocol: "openai-files", purpose: "user_data", paging: "after" })

/**
 * Files of Mistral; their purpose is `ocr` where none is given.
 *
 * Source: https://docs.mistral.ai/api/endpoint/files
 */
export const MistralFiles: FileProtocol = make({ protocol: "mistral-files", purpose: "ocr", paging: "page" })
