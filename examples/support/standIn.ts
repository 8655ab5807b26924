import { Config, Effect, Layer, Option, Redacted } from "effect"
import { OpenAi } from "effect-llm"
import { ElevenLabs } from "effect-llm/providers/ElevenLabs"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** One red dot. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="

const completion = (content: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "gpt-6-luna",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 }
})

/** Answers as OpenAI and ElevenLabs do, without thinking much. */
const answer = (call: string, body: string, response: ServerResponse, uploaded: { lines: string }) => {
  const json = (value: unknown) => {
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify(value))
  }
  switch (call) {
    case "POST /images/generations":
      return json({
        created: 1787150474,
        data: [{ b64_json: png }],
        output_format: "png",
        usage: { input_tokens: 9, output_tokens: 272, total_tokens: 281 }
      })
    case "POST /v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/stream":
      response.writeHead(200, { "content-type": "audio/mpeg", "character-cost": "33" })
      for (const piece of ["ID3", "\0\0\0", "\0\0\0"]) response.write(piece)
      return response.end()
    case "POST /v1/speech-to-text":
      return json({
        text: "A stream ends in exactly one way.",
        language_code: "eng",
        audio_duration_secs: 2.4,
        words: ["A", "stream", "ends", "in", "exactly", "one", "way."].map((text, index) => ({
          type: "word",
          text,
          start: index * 0.5,
          end: index * 0.5 + 0.25
        }))
      })
    case "POST /files":
      uploaded.lines = body
      return json({ id: "file-in" })
    case "POST /batches":
      return json({ id: "batch-1", status: "validating" })
    case "GET /batches/batch-1":
      return json({ id: "batch-1", status: "completed", output_file_id: "file-out" })
    case "GET /files/file-out/content": {
      const names = [...uploaded.lines.matchAll(/"custom_id":"([^"]+)"/g)].map(([, name]) => name).toReversed()
      return response.end(
        names
          .map((custom_id) =>
            JSON.stringify({ custom_id, response: { status_code: 200, body: completion(`Answer ${custom_id}.`) } })
          )
          .join("\n")
      )
    }
    default:
      response.statusCode = 404
      return json({ error: { message: `there is no ${call}` } })
  }
}

/** A stand-in for both on this machine; closed with the scope. Gives its address. */
const standIn = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
    const uploaded = { lines: "" }
    const server = createServer((request, response) => {
      let body = ""
      request
        .on("data", (part) => (body += part))
        .on("end", () => answer(`${request.method} ${request.url}`, body, response, uploaded))
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ url }) => url))

/** OpenAI where its key is set, else a stand-in on this machine. */
export const openAiOrStandIn = Layer.unwrap(
  Effect.gen(function* () {
    const apiKey = yield* Config.option(Config.Redacted("OPENAI_API_KEY"))
    if (Option.isSome(apiKey)) return OpenAi.layerConfig
    return OpenAi.layer({ apiKey: Redacted.make("stand-in"), baseUrl: yield* standIn })
  })
)

/** ElevenLabs where its key is set, else a stand-in on this machine. */
export const elevenLabsOrStandIn = Layer.unwrap(
  Effect.gen(function* () {
    const apiKey = yield* Config.option(Config.Redacted("ELEVENLABS_API_KEY"))
    if (Option.isSome(apiKey)) return ElevenLabs.layerConfig
    return ElevenLabs.layer({ apiKey: Redacted.make("stand-in"), baseUrl: yield* standIn })
  })
)
