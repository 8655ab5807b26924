import * as Result from "effect/Result"
import { GoogleGenerateContent } from "../GoogleGenerateContent.ts"
import { Bytes } from "../Protocol.ts"
import { encoder } from "../wire/CallCodec.ts"
import { response, responseOf } from "../wire/ValueCall.ts"
import { isObject, nonNegativeInt, text, type WireObject } from "../wire/WireObject.ts"
import { decodeFile, fileOf, make, uploadParameters } from "./FileProtocol.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"

const id = "google-files"

const { decodeError } = GoogleGenerateContent

/** `files/abc`, also where only `abc` or the whole address is given. */
const nameOf = (file: string): string =>
  `files/${encodeURIComponent(file.replace(/^https?:\/\/[^/]+\/v\w+\//, "").replace(/^files\//, ""))}`

const decode = (file: WireObject) => ({
  id: text(file.name),
  name: text(file.displayName),
  mediaType: text(file.mimeType),
  size: nonNegativeInt(Number(file.sizeBytes)),
  createdAt: text(file.createTime),
  expiresAt: text(file.expirationTime),
  state: text(file.state),
  uri: text(file.uri)
})

/**
 * Files of the Gemini API: kept for two days, named by their `uri` in requests. Only what it made can be downloaded.
 *
 * Source: https://ai.google.dev/api/files
 */
export const GoogleFiles = make({
  id,
  decodeError,
  path: "/files",
  pathOf: (file) => `/${nameOf(file)}`,
  content: ":download?alt=media",
  query: ({ after, limit }) => ({ pageSize: limit, pageToken: after }),
  files: "files",
  next: (page) => text(page.nextPageToken),
  decode,
  start: {
    id,
    encodeRequest: encoder(id, uploadParameters(false), ({ request }) => ({
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
      return /^https?:$/.test(URL.parse(address)?.protocol ?? "")
        ? Result.succeed(response(address))
        : unreadable("there is no upload URL", body, { provider, model })
    },
    reads: "bytes",
    decodeError
  },
  upload: {
    id,
    encodeRequest: (request) =>
      Result.succeed({
        path: request.address ?? "",
        headers: { "x-goog-upload-offset": "0", "x-goog-upload-command": "upload, finalize" },
        body: new Bytes(request.data, fileOf(request).mediaType),
        warnings: []
      }),
    decodeResponse: (body, options) => {
      const file = isObject(body) && isObject(body.file) ? body.file : body
      return responseOf(decodeFile(file, decode), body, options)
    },
    decodeError
  }
})
