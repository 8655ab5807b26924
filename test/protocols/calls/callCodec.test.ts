import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { CallRequest } from "../../../src/domain/CallRequest.ts"
import { type CallDraft, type CallParameters, encoder, sent, words } from "../../../src/protocols/wire/CallCodec.ts"
import { CallReader } from "../../../src/protocols/wire/CallReader.ts"
import { Form } from "../../../src/protocols/Protocol.ts"
import { int, string, unsupported } from "../../../src/protocols/wire/request/RequestCodec.ts"

interface Request extends CallRequest {
  readonly text: string
  readonly size?: number | undefined
  readonly cut?: "start" | "end" | undefined
  readonly loud?: boolean | undefined
}

const parameters = {
  text: sent,
  size: int("max_size"),
  cut: words("truncate", { end: true }),
  loud: unsupported,
  user: string("user_id")
} as const

const table: CallParameters<Request> = { ...parameters, serviceTier: unsupported }

const encode = (request: Request, write: (text: string, fields: object) => CallDraft) =>
  encoder<Request>("toy", table, (call) => write(call.request.text, call.fields))(request, {
    provider: "acme",
    model: "m"
  })

const json = (text: string, fields: object): CallDraft => ({ path: "/x", json: { text, ...fields } })

const parameterOf = (result: ReturnType<typeof encode>) =>
  Result.isFailure(result) && result.failure._tag === "UnsupportedParameterError" ? result.failure.parameter : undefined

describe("a call codec", () => {
  it("does not compile where a parameter is forgotten", () => {
    // @ts-expect-error serviceTier is missing
    const incomplete: CallParameters<Request> = parameters
    assert.notProperty(incomplete, "serviceTier")
  })

  it("writes the fields of the table and merges the caller's options", () => {
    const providerOptions = { toy: { seed: 1, max_size: null }, acme: { seed: 2 } }
    const call = encode({ text: "a", size: 3, cut: "end", user: "u", providerOptions }, json)
    assert.deepStrictEqual(Result.getOrThrow(call).body, {
      text: "a",
      truncate: true,
      user_id: "u",
      seed: 2
    })
  })

  it("rejects unsupported parameters and values, unless they may be dropped", () => {
    assert.strictEqual(parameterOf(encode({ text: "a", cut: "start" }, json)), "cut")
    assert.strictEqual(parameterOf(encode({ text: "a", loud: true }, json)), "loud")
    assert.isTrue(Result.isSuccess(encode({ text: "a", loud: false }, json)))
    const { body, warnings } = Result.getOrThrow(
      encode({ text: "a", cut: "start", loud: true, onUnsupported: "drop" }, json)
    )
    assert.deepStrictEqual(body, { text: "a" })
    assert.deepStrictEqual(
      warnings.map(({ parameter }) => parameter),
      ["cut", "loud"]
    )
  })

  it("puts the caller's options into the form, or without a body into the query", () => {
    const request: Request = { text: "a b", providerOptions: { toy: { tag: ["x", "y"] } } }
    const form = Result.getOrThrow(encode(request, (text) => ({ path: "/x", query: { q: 1 }, form: { text } })))
    assert.strictEqual(form.path, "/x?q=1")
    assert.deepStrictEqual(form.body instanceof Form ? form.body.parts : undefined, [
      { name: "text", value: "a b" },
      { name: "tag", value: "x" },
      { name: "tag", value: "y" }
    ])
    const query = Result.getOrThrow(encode(request, (text) => ({ path: "/x", query: { text } })))
    assert.strictEqual(query.path, "/x?text=a+b&tag=x&tag=y")
    assert.isUndefined(query.body)
  })

  it("reads the fields of the table, and keeps unreadable values", () => {
    const read = (body: unknown) => {
      const reader = new CallReader("toy", body)
      const request = { text: reader.text("text"), ...reader.parameters(table) }
      return reader.end<Request>({ model: "m", request })
    }
    const known = Result.getOrThrow(read({ text: "a", max_size: 3, truncate: true, user_id: null })).request
    assert.deepStrictEqual(known, { text: "a", size: 3, cut: "end" })
    const { providerOptions } = Result.getOrThrow(read({ text: "a", truncate: "middle", seed: 1 })).request
    assert.deepStrictEqual(providerOptions, { toy: { truncate: "middle", seed: 1 } })
    const wrong = read({ text: "a", max_size: "big" })
    assert.strictEqual(Result.isFailure(wrong) ? wrong.failure.at : undefined, "max_size")
    assert.isTrue(Result.isFailure(read([])))
  })
})
