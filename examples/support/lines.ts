import { Effect, Result } from "effect"
import { type ChatProtocol, type ChatResponse, type ProviderError, toEvents } from "effect-llm"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** A server that speaks a protocol by its server half, with one line for each frame; closed with the scope. Gives its address. */
export const serveLines = (
  protocol: ChatProtocol.ChatProtocol,
  answer: (question: string) => Result.Result<ChatResponse, ProviderError.ProviderError>
) => {
  const server = createServer((request, response) => {
    let body = ""
    request
      .on("data", (part) => (body += part))
      .on("end", () => {
        const asked = Result.getOrThrow(protocol.decodeRequest(JSON.parse(body)))
        const question = asked.request.messages.at(-1)?.content[0]
        const answered = answer(question?.type === "text" ? question.text : "")
        if (Result.isFailure(answered)) {
          const { body, status } = protocol.encodeError(answered.failure)
          return response.writeHead(status).end(JSON.stringify(body))
        }
        const options = { model: asked.model, created: 0, id: "1" }
        if (!asked.stream) return response.end(JSON.stringify(protocol.encodeResponse(answered.success, options)))
        const encoder = protocol.makeEncoder(options)
        for (const event of toEvents(answered.success)) {
          for (const { data } of encoder.encode(event)) response.write(`${data}\n`)
        }
        return response.end()
      })
  })
  const listening = Effect.callback<string>((resume) => {
    server.listen(0, "127.0.0.1", () =>
      resume(Effect.succeed(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
    )
  })
  return Effect.acquireRelease(listening, () => Effect.sync(() => server.close()))
}
