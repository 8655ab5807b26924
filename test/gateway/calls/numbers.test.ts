import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spokenDialects } from "./dialects.ts"
import { post, serveAt, upstream } from "./upstream.ts"

const providers: { readonly [dialect: string]: string } = {
  "OpenAI's chat": "openai",
  "OpenAI's responses": "openai-responses",
  "Anthropic's messages": "anthropic",
  "Google's generateContent": "google",
  "Ollama's chat": "ollama"
}

/** Numbers that a program in another language writes, and that a double would change or write in another way. */
const written = ["12345678901234567890", "-9007199254740993", "1.0", "0.10", "1e3", "2.5E-7", "-0", "1.0e+2"]
const plain = ["0", "-1", "0.5", "9007199254740991", "1e-7", "1.5e+300"]
const acme = `{"list":[${[...written, ...plain].join(",")}],"text":"1.0","deep":{"id":12345678901234567890}}`

describe("numbers of a request", () => {
  for (const [dialect, provider] of Object.entries(providers))
    it.live(`reach a provider of the same protocol as they were written, in ${dialect}`, () =>
      Effect.gen(function* () {
        const { body, path } = spokenDialects[dialect] ?? assert.fail()
        let seen = ""
        const address = yield* upstream((_, outgoing, text) => {
          seen = text
          outgoing.writeHead(400, { "content-type": "application/json" }).end('{"error":{"message":"seen"}}')
        })
        const url = yield* serveAt(provider, address)
        const sent = JSON.stringify({ ...body("m", false), acme: 0, top: 0 })
        const numbers = sent.replace('"acme":0', `"acme":${acme}`).replace('"top":0', '"top":1.0')
        yield* post(url + path("m", false), numbers)
        assert.include(seen, `"acme":${acme}`)
        assert.include(seen, '"top":1.0')
      })
    )

  it.live("are those of the last of two fields of one name, as they are for policies", () =>
    Effect.gen(function* () {
      let seen = ""
      const address = yield* upstream((_, outgoing, text) => {
        seen = text
        outgoing.writeHead(400, { "content-type": "application/json" }).end('{"error":{"message":"seen"}}')
      })
      const url = yield* serveAt("openai", address)
      const messages = '[{"role":"user","content":"first","content":"last"}]'
      yield* post(`${url}/v1/chat/completions`, `{"model":"m","messages":${messages},"seed":1.0,"model":"m"}`)
      assert.strictEqual(seen, '{"model":"acme","messages":[{"role":"user","content":"last"}],"seed":1.0}')
    })
  )
})
