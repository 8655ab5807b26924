import * as Result from "effect/Result"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { ResponseParseError } from "../../../domain/errors/ResponseParseError.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "../../OpenAiChat.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { renameMetadata, renamePart } from "../../wire/RenamedProtocol.ts"
import { protocolId } from "../wire/Wire.ts"

const renaming = { from: OpenAiChat.id, to: protocolId }

/** Reads a whole answer as OpenAI's, whose reader knows Mistral's chunks. */
export const decodeResponse = (
  body: unknown,
  options: DecodeOptions<OpenAiChatQuirks>
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> =>
  Result.map(OpenAiChat.decodeResponse(body, options), (response) =>
    response.with({
      content: response.content.map((part) => renamePart(part, renaming)),
      ...renameMetadata({ providerMetadata: response.providerMetadata }, renaming)
    })
  )
