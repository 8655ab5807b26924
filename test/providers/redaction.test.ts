/** No key comes back, in whatever spelling and place a provider repeats it. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Redacted, Schema, Stream } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { OpenAi } from "effect-llm"
import { inspect } from "node:util"
import { isIn, secretKey, spellings, undone } from "../transport/spellings.ts"

type Place = (told: string) => Response | Error

const chunk = (content: string) =>
  `data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta: { content } }] })}\n\n`
const frames = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } })
const refusal = (status: number, error: unknown, headers?: Record<string, string>) =>
  new Response(JSON.stringify({ error }), { status, headers: { "content-type": "application/json", ...headers } })

/** A header carries no line breaks. */
const inHeader = (told: string) => told.replaceAll(/[\r\n]/g, "")

const places: { readonly [name: string]: Place } = {
  "a message": (told) => refusal(401, { message: `bad key ${told}, sorry` }),
  "a code, a type and a parameter": (told) => refusal(400, { message: "no", code: told, type: told, param: told }),
  "a name deep within": (told) => refusal(500, { message: "no", more: [{ [told]: { [`x${told}`]: [told] } }] }),
  "a limit": (told) =>
    refusal(429, { message: told, type: told }, { "x-ratelimit-remaining-requests": inHeader(told) }),
  "the id of a request": (told) => refusal(500, { message: "no" }, { "x-request-id": inHeader(told) }),
  "a page": (told) => new Response(`<p>${told}</p>`, { status: 502, headers: { "content-type": "text/html" } }),
  "a text in place of an answer": (told) => new Response(`${told}`, { status: 200 }),
  "an address": (told) =>
    new Response(null, { status: 307, headers: { location: `https://a.example/${inHeader(told)}` } }),
  "a frame that cannot be read": (told) => frames(`data: {"oops ${inHeader(told)}\n\ndata: [DONE]\n\n`),
  "an error within a stream": (told) =>
    frames(`${chunk("Hi")}data: ${JSON.stringify({ error: { message: told, extra: [told] } })}\n\n`),
  "an answer that is cut": (told) => frames(chunk("your key is ") + chunk(told)),
  "the cause of a broken connection": (told) =>
    new Error(`lost ${told}`, { cause: Object.assign(new Error(told), { code: "ECONNRESET" }) })
}

const clientOf = (place: Place, told: string) =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) => {
      const answer = place(told)
      if (answer instanceof Response) return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
      const reason = new HttpClientError.TransportError({ request, cause: answer })
      return Effect.fail(new HttpClientError.HttpClientError({ reason }))
    })
  )

/** Everything that a log could show. */
const shown = (value: unknown): string =>
  value instanceof Error
    ? [JSON.stringify(value), inspect(value, { depth: 20 }), Cause.pretty(Cause.fail(value))].join("\n")
    : JSON.stringify(value)

describe("a key that a provider repeats", () => {
  const spelling = Arbitrary.schema(Schema.Literals(Object.keys(spellings) as [string, ...Array<string>]))

  for (const [name, place] of Object.entries(places)) {
    it.effect.prop(
      `as ${name}, shows no key`,
      { key: secretKey, spelling },
      Effect.fnUntraced(function* ({ key, spelling }) {
        const told = spellings[spelling]?.(key) ?? ""
        const layer = OpenAi.layer({ apiKey: Redacted.make(key) }).pipe(Layer.provide(clientOf(place, told)))
        const model = OpenAi.model("m")
        const seen: Array<string> = []
        const see = (value: unknown) => Effect.sync(() => void seen.push(shown(value)))
        yield* Effect.all([
          Effect.matchEffect(model.generate("Hi"), { onFailure: see, onSuccess: () => Effect.void }),
          model.stream("Hi").pipe(
            Stream.filter(({ type }) => type === "malformed-frame"),
            Stream.runForEach(see),
            Effect.catch(see)
          )
        ]).pipe(Effect.provide(layer))
        for (const text of seen.flatMap(undone)) assert.isFalse(isIn(text, key), text)
      }),
      { arbitrary: { runs: 12 } }
    )
  }
})
