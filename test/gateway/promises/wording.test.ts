/** Errors tell the client of a gateway what it can do, and speak of no code that only its administrator could change. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EndpointNotFoundError } from "../../../src/domain/CallErrors.ts"
import { PolicyError } from "../../../src/domain/ChatResponse.ts"
import { ProviderError } from "../../../src/domain/ProviderError.ts"
import { clip } from "../../../src/domain/ErrorFields.ts"
import { forClients, messageFor } from "../../../src/gateway/calls/Advice.ts"
import { bug, forAdministrators, stopped, toProviderError } from "../../../src/gateway/calls/Failure.ts"
import { spokenDialects } from "../calls/dialects.ts"
import { post, serve, upstream } from "../calls/upstream.ts"

/** Words of the SDK's API. */
const ofTheSdk =
  /Retry\.standard|Pricing\.|layerWith|layerOptions|Limits\.Current|onInterrupted|onUnsupported|maxOutputTokens|whenStoreFails|UndiciClient|`generate`|`partial`|base URL/

describe("every error", () => {
  for (const [name, schema] of [
    ["a provider's", ProviderError],
    ["a policy's", PolicyError]
  ] as const)
    it.prop(`${name} describes what happened, with advice for clients of the gateway`, [schema], ([error]) => {
      const { advice, happened } = error.explanation
      const message = messageFor(error)
      // It would be the address of a provider.
      if (error._tag === "EndpointNotFoundError")
        assert.strictEqual(message, messageFor(new EndpointNotFoundError({ ...error, url: undefined })))
      else assert.include(message, clip(happened, 800))
      assert.include(error.message, clip(advice, 800))
      assert.notMatch(message.replace(clip(happened, 800), ""), ofTheSdk)
      if (!/^[\s.]*$/.test(advice)) assert.match(message.replace(clip(happened, 800), ""), /[a-z]/)
    })
})

const json = { "content-type": "application/json" }

/** Settings of a provider that answers with a status, and what a gateway refuses by itself. */
const cases: {
  readonly [name: string]: {
    readonly status?: number
    readonly policies?: string
    readonly more?: string
    readonly says: RegExp
  }
} = {
  "the provider's limit": { status: 429, says: /Try again in a moment|Wait/ },
  "a provider that failed": { status: 500, says: /Try again in a moment/ },
  "the key of the gateway's account": { status: 401, says: /no fault of your key: tell the administrator/ },
  "a limit of the gateway": {
    policies: "limits: { requests: 1, per: 1h }",
    says: /ask the administrator of this gateway to raise the limit/
  },
  "a budget without a price": {
    policies: "budgets: [b]",
    more: "budgets: { b: { usd: 1 } }",
    says: /Use a model with a known price/
  },
  "a budget that is used up": {
    policies: "budgets: [b]",
    more: "budgets: { b: { usd: 0.5 } }\nprices: { openai/acme: { input: 1000000, output: 1000000 } }",
    says: /ask the administrator of this gateway to raise it/
  },
  "a guard": {
    policies: 'guards: { no-greeting: { patterns: { GREETING: "Hello" } } }',
    says: /this gateway does not send such texts/
  }
}

describe("an error of the gateway itself", () => {
  it("is not presented as a message of the provider", () => {
    for (const error of [bug, stopped, toProviderError(forAdministrators)])
      assert.notMatch(forClients(error).message, /provider|In detail/)
  })

  it.live("about a call larger than its whole budget does not advise waiting", () =>
    Effect.gen(function* () {
      const url = yield* serve(`providers: { openai: { key: sk-upstream, baseUrl: "http://127.0.0.1:9" } }
models: { m: { deployments: [openai/acme], policies: { retry: false, budgets: [b] } } }
budgets: { b: { usd: 0.5, every: year } }
prices: { openai/acme: { input: 1000000, output: 1000000 } }`)
      const { headers, status, text } = yield* post(`${url}/v1/chat/completions`, {
        model: "m",
        messages: [{ role: "user", content: "Hello" }]
      })
      assert.strictEqual(status, 402)
      assert.isUndefined(headers["retry-after"])
      assert.include(text, "ever permits. Lower the most output tokens")
      assert.notInclude(text, "resets")
    })
  )
})

describe("in the words of each dialect", () => {
  for (const [name, { more = "", policies = "", says, status }] of Object.entries(cases))
    it.live(`${name}`, () =>
      Effect.gen(function* () {
        const ok = {
          id: "c",
          object: "chat.completion",
          created: 1,
          model: "acme",
          choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }]
        }
        const address = yield* upstream((_, outgoing) =>
          status === undefined
            ? outgoing.writeHead(200, json).end(JSON.stringify(ok))
            : outgoing.writeHead(status, json).end('{"error":{"message":"no"}}')
        )
        const url = yield* serve(`providers: { openai: { key: sk-upstream, baseUrl: "${address}" } }
models: { m: { deployments: [openai/acme], policies: { retry: false, ${policies} } } }
${more}`)
        yield* post(`${url}/v1/chat/completions`, { model: "m", messages: [{ role: "user", content: "Hello" }] })
        for (const [dialect, { body, path }] of Object.entries(spokenDialects)) {
          // Within one dialect the provider's own words are passed on.
          if (status !== undefined && dialect.startsWith("OpenAI")) continue
          const { text } = yield* post(url + path("m", false), body("m", false))
          assert.match(text, says, dialect)
          assert.notMatch(text, ofTheSdk, dialect)
        }
      })
    )
})
