import { assert, describe, it } from "@effect/vitest"
import { Effect, Predicate, Result } from "effect"
import { existsSync, globSync, readFileSync } from "node:fs"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { Tokenizer } from "../../src/tokens/Tokenizer.ts"

const folder = `${import.meta.dirname}/../../../shared/recordings/dev`
const protocols: Record<string, ChatProtocol> = {
  "openai-chat": OpenAiChat,
  "anthropic-messages": AnthropicMessages,
  "anthropic-count-tokens": AnthropicMessages
}

interface Recording {
  readonly protocol: string
  readonly request: { readonly body?: { readonly model?: string } }
  readonly response: { readonly body?: unknown; readonly bodyEncoding?: string }
}

/** What the rules cannot know: tools and documents of the provider's own, and files that are not in the request. */
const isOpaque = (body: string): boolean =>
  /"functions":|"plugins":|"citations":|web_search|code_execution|computer_|bash_2|text_editor|memory_2|mcp_servers|advisor|tool_search|"file_id"|image_url"?:\{"url":"http|"uploaded|"type":"(?:file|document|input_audio)"/.test(
    body
  )

/** The usage that the provider reports, all input together. */
const reported = ({ protocol, response: { body } }: Recording): number | undefined => {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "")
  const found: Record<string, number> = {}
  for (const [, key = "", value] of text.matchAll(
    /\\?"(prompt_tokens|input_tokens|cache_(?:read|creation)_input_tokens)\\?"\s*:\s*(\d+)/g
  )) {
    found[key] = Math.max(found[key] ?? 0, Number(value))
  }
  const { cache_creation_input_tokens = 0, cache_read_input_tokens = 0, input_tokens, prompt_tokens } = found
  if (!protocol.startsWith("anthropic")) return prompt_tokens
  return input_tokens === undefined ? undefined : input_tokens + cache_read_input_tokens + cache_creation_input_tokens
}

const readable = (existsSync(folder) ? globSync("*/*.json", { cwd: folder }) : []).toSorted().flatMap((file) => {
  const recording = JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as Recording
  const body = recording.request.body
  const tokens = reported(recording)
  const model = body?.model
  const protocol = protocols[recording.protocol]
  if (protocol === undefined || !Predicate.isObject(body) || model === undefined || !tokens) return []
  if (isOpaque(JSON.stringify(body))) return []
  const decoded = protocol.decodeRequest({ max_tokens: 1, ...body })
  return Result.isSuccess(decoded) ? [{ file, model, tokens, request: decoded.success.request }] : []
})

describe.skipIf(readable.length === 0)("recorded calls (../shared/recordings, skipped where it is absent)", () => {
  it.effect("nine of ten are as long as counted, give or take the expected error; exact counts are exact", () =>
    Effect.gen(function* () {
      const tokenizer = yield* Tokenizer
      const outside: Array<string> = []
      for (const { file, model, request, tokens } of readable) {
        const count = yield* tokenizer.count(request, { model })
        if (count.precision._tag === "Exact") {
          assert.strictEqual(count.tokens, tokens, file)
        } else if (Math.abs(count.tokens - tokens) > Math.ceil(count.tokens * count.precision.expectedError)) {
          outside.push(`${file}: ${tokens}, counted ${count.tokens}`)
        }
      }
      assert.isAbove(readable.length, 20)
      assert.isAtMost(outside.length, readable.length / 10, outside.join("\n"))
    }).pipe(Effect.provide(Tokenizer.layer))
  )
})
