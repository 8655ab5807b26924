import { AnthropicMessages } from "../AnthropicMessages.ts"
import { nonNegativeInt, text } from "../wire/WireObject.ts"
import { make } from "./FileProtocol.ts"

/**
 * Files of Anthropic, a beta. Only what its tools made can be downloaded.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/files
 */
export const AnthropicFiles = make({
  id: "anthropic-files",
  decodeError: AnthropicMessages.decodeError,
  headers: { "anthropic-beta": "files-api-2025-04-14" },
  path: "/v1/files",
  pathOf: (file) => `/v1/files/${encodeURIComponent(file)}`,
  query: ({ after, limit }) => ({ limit, after_id: after }),
  files: "data",
  next: (page) => (page.has_more === true ? text(page.last_id) : undefined),
  decode: (file) => ({
    name: text(file.filename),
    mediaType: text(file.mime_type),
    size: nonNegativeInt(file.size_bytes),
    createdAt: text(file.created_at),
    expiresAt: text(file.expires_at)
  })
})
