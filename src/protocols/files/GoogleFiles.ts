import * as Result from "effect/Result"
import type { FileInfo } from "../../domain/FileInfo.ts"
import type { FileUpload } from "../../domain/FileUpload.ts"
import type { Json } from "../../domain/Json.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import * as CallDraft from "../wire/CallDraft.ts"
import type { CallParameters } from "../wire/CallEncoder.ts"
import { GoogleGenerateContent } from "../GoogleGenerateContent.ts"
import * as MediaFile from "../wire/MediaFile.ts"
import { compact, isObject, nonNegativeInt, text } from "../wire/WireObject.ts"
import * as FileCodec from "./FileCodec.ts"
import { answer, type FileProtocol } from "./FileProtocol.ts"

const protocol = "google-files"

const parameters: CallParameters<FileUpload> = {
  data: "sent",
  name: "sent",
  mediaType: "sent",
  purpose: "unsupported",
  user: "unsupported",
  serviceTier: "unsupported"
}

/** `files/abc`, also where only `abc` or the whole address is given. */
const nameOf = (file: string): string =>
  `files/${FileCodec.segment(file.replace(/^https?:\/\/[^/]+\/v\w+\//, "").replace(/^files\//, ""))}`

const decode = (body: unknown): FileInfo | undefined => {
  const file = isObject(body) && isObject(body.file) ? body.file : body
  const id = isObject(file) ? text(file.name) : undefined
  if (!isObject(file) || id === undefined) return undefined
  return compact({
    id,
    name: text(file.displayName),
    mediaType: text(file.mimeType),
    size: nonNegativeInt(Number(file.sizeBytes)),
    createdAt: text(file.createTime),
    expiresAt: text(file.expirationTime),
    state: text(file.state),
    uri: text(file.uri),
    raw: file as Json
  })
}

const { decodeError } = GoogleGenerateContent

/**
 * Files of the Gemini API: kept for two days, named by their `uri` in requests. Only what it made can be downloaded.
 *
 * Source: https://ai.google.dev/api/files
 */
export const GoogleFiles: FileProtocol = {
  start: {
    id: protocol,
    encodeRequest: (request, options) =>
      CallDraft.encode(request, { ...options, protocol, parameters }, () => ({
        path: "/upload/files",
        headers: {
          "x-goog-upload-protocol": "resumable",
          "x-goog-upload-command": "start",
          "x-goog-upload-header-content-length": String(request.data.length),
          "x-goog-upload-header-content-type": fileOf(request).mediaType
        },
        json: { file: { displayName: request.name } }
      })),
    decodeResponse: (body, { headers, model, provider }) => {
      const address = headers["x-goog-upload-url"] ?? ""
      return !/^https?:$/.test(URL.parse(address)?.protocol ?? "")
        ? Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no address to upload to" }))
        : Result.succeed(answer(address))
    },
    reads: "bytes",
    decodeError
  },
  upload: {
    id: protocol,
    encodeRequest: (request) =>
      Result.succeed({
        path: request.address ?? "",
        headers: { "x-goog-upload-offset": "0", "x-goog-upload-command": "upload, finalize" },
        body: { _tag: "bytes", bytes: request.data, mediaType: fileOf(request).mediaType },
        warnings: []
      }),
    decodeResponse: (body, { model, provider }) => FileCodec.answered(decode(body), { model, provider, body }),
    decodeError
  },
  list: FileCodec.byPath(
    protocol,
    ({ after, limit }) => ({
      method: "GET",
      path: FileCodec.withQuery("/files", { pageSize: limit, pageToken: after })
    }),
    (body) =>
      isObject(body) ? { files: FileCodec.files(body.files, decode), next: text(body.nextPageToken) } : undefined
  ),
  get: FileCodec.byPath(protocol, ({ file }) => ({ method: "GET", path: `/${nameOf(file)}` }), decode),
  content: FileCodec.bytes(protocol, ({ file }) => ({ method: "GET", path: `/${nameOf(file)}:download?alt=media` })),
  delete: FileCodec.byPath(
    protocol,
    ({ file }) => ({ method: "DELETE", path: `/${nameOf(file)}` }),
    () => null as unknown as void
  )
}

const fileOf = ({ data, mediaType, name }: { data: Uint8Array; mediaType?: string | undefined; name: string }) =>
  MediaFile.make(data, { fileName: name, mediaType }, "file")
