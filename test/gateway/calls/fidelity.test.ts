import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Recording, recordingsOf, recordingsExist } from "../../providers/recordings.ts"
import { post, serve, upstream } from "./upstream.ts"

interface Body {
  readonly [key: string]: unknown
}

interface Spoken {
  readonly provider: string
  readonly path: (model: string, stream: boolean) => string
  readonly headers?: { readonly [name: string]: string }
}

/** Where each protocol is spoken. */
const spoken: { readonly [protocol: string]: Spoken } = {
  "openai-chat": { provider: "openai", path: () => "/v1/chat/completions" },
  "anthropic-messages": { provider: "anthropic", path: () => "/v1/messages" },
  "google-generate-content": {
    provider: "google",
    path: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`
  },
  "ollama-chat": { provider: "ollama", path: () => "/api/chat" },
  "openai-responses": { provider: "openai-responses", path: () => "/v1/responses" }
}

/** What each provider is told anew, and that we need to know the usage. */
const withoutEnvelope = ({ model: _, stream_options: __, ...rest }: Body): Body => rest

/** What the gateway itself keeps and continues is its own. */
const isKeptHere = (body: object): boolean =>
  "background" in body || "conversation" in body || "previous_response_id" in body

const isChat = ({ request: { body }, response }: Recording): boolean =>
  typeof body === "object" &&
  body !== null &&
  !isKeptHere(body) &&
  typeof response.body === "string" &&
  response.bodyEncoding !== "base64"

const isStream = ({ response: { body, headers } }: Recording): boolean =>
  headers["content-type"]?.startsWith("text/event-stream") === true || /^(?:event|data): /.test(String(body))

/** An error within a stream is its end, and so is the last event: what came after was read by nobody. */
const isWhole = (text: string, recorded: string): boolean =>
  text === recorded ||
  recorded.includes(`data: ${text}\n`) ||
  (/"error":|response\.completed/.test(text.slice(-20_000)) && recorded.startsWith(text)) ||
  text === `${recorded}data: [DONE]\n\n`

describe.skipIf(!recordingsExist)("within one dialect", () => {
  for (const [protocol, { headers, path, provider }] of Object.entries(spoken)) {
    const recordings = recordingsOf(protocol).filter(isChat)

    it.live(`${protocol}: requests and responses pass as they are`, () =>
      Effect.gen(function* () {
        assert.isAbove(recordings.length, 3)
        let current = recordings[0]
        let seen: Body = {}
        const address = yield* upstream((_, outgoing, body) => {
          seen = JSON.parse(body)
          const { response } = current ?? {}
          outgoing.writeHead(response?.status ?? 500, { "content-type": response?.headers["content-type"] ?? "" })
          outgoing.end(response?.body)
        })
        const providerOf = ({ provider: by, request: { body } }: Recording) =>
          by === "openrouter" && "reasoning" in (body as Body) ? by : provider
        const account = `{ key: sk-upstream-secret-1234567890, baseUrl: "${address}" }`
        const models = recordings.map((one, i) => `m${i}: ${providerOf(one)}/acme`).join(", ")
        const url = yield* serve(
          `providers: { ${provider}: ${account}, openrouter: ${account} }\nmodels: { ${models} }`
        )
        const failures: Array<string> = []
        for (const [i, recording] of recordings.entries()) {
          current = recording
          const { file, request, response } = recording
          const sent = request.body as Body
          const answer = yield* post(url + path(`m${i}`, isStream(recording)), { ...sent, model: `m${i}` }, headers)
          const passed = [JSON.stringify(withoutEnvelope(seen)), JSON.stringify(withoutEnvelope(sent))]
          if (passed[0] !== passed[1]) failures.push(`${file}: body ${passed.join("\n instead of ")}`)
          // A provider's text or page is no error to a client: it is worded for it.
          const isWorded = response.status >= 400 && !String(response.body).startsWith("{")
          if (
            isWorded
              ? JSON.parse(answer.text).error.message === undefined
              : !isWhole(answer.text, String(response.body))
          )
            failures.push(`${file}: ${answer.text}`)
          if (answer.status !== response.status && answer.text === response.body)
            failures.push(`${file}: ${answer.status}`)
        }
        assert.deepStrictEqual(failures, [])
      })
    )
  }
})
