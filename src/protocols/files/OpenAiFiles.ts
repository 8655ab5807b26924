import { decodeError } from "../wire/response/ErrorBody.ts"
import { nextNumber, time } from "../wire/ValueCall.ts"
import { nonNegativeInt, text } from "../wire/WireObject.ts"
import { type Definition, make } from "./FileProtocol.ts"

const common = {
  decodeError,
  path: "/files",
  pathOf: (file) => `/files/${encodeURIComponent(file)}`,
  files: "data",
  decode: (file) => ({
    name: text(file.filename),
    mediaType: text(file.mimetype),
    size: nonNegativeInt(file.bytes) ?? nonNegativeInt(file.size_bytes),
    purpose: text(file.purpose),
    createdAt: time(file.created_at),
    expiresAt: time(file.expires_at),
    state: text(file.status)
  })
} satisfies Partial<Definition>

/**
 * Files of OpenAI; their purpose is `user_data` where none is given.
 *
 * Source: https://developers.openai.com/api/reference/resources/files
 */
export const OpenAiFiles = make({
  ...common,
  id: "openai-files",
  purpose: "user_data",
  query: ({ after, limit, purpose }) => ({ purpose, limit, after }),
  next: (page, files) => (page.has_more === true ? files.at(-1)?.id : undefined)
})

const pageSize = 100

/**
 * Files of Mistral; their purpose is `ocr` where none is given.
 *
 * Source: https://docs.mistral.ai/api/endpoint/files
 */
export const MistralFiles = make({
  ...common,
  id: "mistral-files",
  purpose: "ocr",
  query: ({ after, limit = pageSize, purpose }) => ({ purpose, page_size: limit, page: after }),
  next: (page, _, { after, limit = pageSize }) => nextNumber(page, { after, limit })
})
