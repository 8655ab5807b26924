import type { FileInfo } from "../../domain/FileInfo.ts"
import type { FileUpload } from "../../domain/FileUpload.ts"
import type { Json } from "../../domain/Json.ts"
import { AnthropicMessages } from "../AnthropicMessages.ts"
import * as CallDraft from "../wire/CallDraft.ts"
import type { CallParameters } from "../wire/CallEncoder.ts"
import * as MediaFile from "../wire/MediaFile.ts"
import { compact, isObject, nonNegativeInt, text } from "../wire/WireObject.ts"
import * as FileCodec from "./FileCodec.ts"
import type { FileProtocol } from "./FileProtocol.ts"

const protocol = "anthropic-files"

const parameters: CallParameters<FileUpload> = {
  data: "sent",
  name: "sent",
  mediaType: "sent",
  purpose: "unsupported",
  user: "unsupported",
  serviceTier: "unsupported"
}

const headers = { "anthropic-beta": "files-api-2025-04-14" }

const pathOf = (file: string): string => `/v1/files/${FileCodec.segment(file)}`

const decode = (body: unknown): FileInfo | undefined => {
  const id = isObject(body) ? text(body.id) : undefined
  if (!isObject(body) || id === undefined) return undefined
  return compact({
    id,
    name: text(body.filename),
    mediaType: text(body.mime_type),
    size: nonNegativeInt(body.size_bytes),
    createdAt: text(body.created_at),
    expiresAt: text(body.expires_at),
    raw: body as Json
  })
}

/**
 * Files of Anthropic, a beta. Only what its tools made can be downloaded.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/files
 */
export const AnthropicFiles: FileProtocol = {
  upload: {
    id: protocol,
    encodeRequest: (request, options) =>
      CallDraft.encode(request, { ...options, protocol, parameters }, () => ({
        path: "/v1/files",
        headers,
        form: { file: MediaFile.make(request.data, { fileName: request.name, mediaType: request.mediaType }, "file") }
      })),
    decodeResponse: (body, { model, provider }) => FileCodec.answered(decode(body), { model, provider, body }),
    decodeError: AnthropicMessages.decodeError
  },
  list: FileCodec.byPath(
    protocol,
    ({ after, limit }) => ({
      method: "GET",
      path: FileCodec.withQuery("/v1/files", { limit, after_id: after }),
      headers
    }),
    (body) =>
      isObject(body) && Array.isArray(body.data)
        ? {
            files: FileCodec.files(body.data, decode),
            next: body.has_more === true ? text(body.last_id) : undefined
          }
        : undefined
  ),
  get: FileCodec.byPath(protocol, ({ file }) => ({ method: "GET", path: pathOf(file), headers }), decode),
  content: FileCodec.bytes(protocol, ({ file }) => ({ method: "GET", path: `${pathOf(file)}/content`, headers })),
  delete: FileCodec.byPath(
    protocol,
    ({ file }) => ({ method: "DELETE", path: pathOf(file), headers }),
    () => null as unknown as void
  )
}
