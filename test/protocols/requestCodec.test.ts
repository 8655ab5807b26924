import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../src/domain/CallErrors.ts"
import {
  boolean,
  type Definition,
  finite,
  group,
  labels,
  make,
  oneOrMoreStrings,
  required,
  string,
  unsupported
} from "../../src/protocols/wire/request/RequestCodec.ts"

interface Quirks {
  readonly effortField: "effort" | "depth"
}

const messages = group({
  fields: { prompt: required(Schema.String) },
  encode: ({ messages }) => ({ prompt: messages.map(({ content }) => JSON.stringify(content)).join("") }),
  decode: ({ prompt }) => ({ messages: [{ role: "user", content: [{ type: "text", text: prompt }] }] })
})

const reasoning = group({
  fields: { config: { effort: Schema.Literals(["low", "high", "extreme"]) } },
  encode: ({ reasoning }, { quirks }: { readonly quirks: Quirks }) => ({
    config: { [quirks.effortField]: reasoning?.effort }
  }),
  decode: ({ config: { effort } }) =>
    effort === "extreme"
      ? { unknownFields: { config: { effort } } }
      : { reasoning: effort === undefined ? undefined : { effort } }
})

const parameters = {
  messages,
  temperature: finite("config.temperature"),
  topP: finite("config.sampling.top_p"),
  stop: oneOrMoreStrings("stop"),
  reasoning,
  responseFormat: reasoning,
  user: string("user"),
  metadata: labels("labels"),
  parallelToolCalls: boolean("parallel"),
  maxOutputTokens: unsupported,
  topK: unsupported,
  seed: unsupported,
  frequencyPenalty: unsupported,
  presencePenalty: unsupported,
  logprobs: unsupported,
  tools: unsupported,
  toolChoice: unsupported
} as const

const definition: Definition<Quirks> = {
  protocol: "toy",
  server: "Toy",
  withDefaults: (quirks) => ({ effortField: "effort", ...quirks }),
  parameters: { ...parameters, serviceTier: unsupported }
}

const codec = make(definition)
const options = { provider: "acme", model: "m", stream: false }
const hi: ChatRequest = { messages: [{ role: "user", content: [] }] }
const body = (request: Partial<ChatRequest>, quirks?: Quirks) =>
  Result.getOrThrow(codec.encodeRequest({ ...hi, ...request }, { ...options, quirks })).body
const decoded = (wire: object) => Result.getOrThrow(codec.decodeRequest({ model: "m", prompt: "hi", ...wire })).request
const place = (wire: object, of = codec) =>
  Result.match(of.decodeRequest(wire), {
    onSuccess: () => "none",
    onFailure: ({ at }: InvalidRequestError) => at
  })

describe("a request codec", () => {
  it("does not compile where a parameter is forgotten", () => {
    // @ts-expect-error serviceTier is missing
    const incomplete: Definition<Quirks>["parameters"] = parameters
    assert.notProperty(incomplete, "serviceTier")
  })

  it("writes and reads fields at their paths, along with those of groups", () => {
    const request = { temperature: 0.5, topP: 0.9, reasoning: { effort: "low" } } as const
    const config = { temperature: 0.5, effort: "low", sampling: { top_p: 0.9 } }
    assert.deepStrictEqual(body(request), { model: "m", prompt: "[]", config, stream: false })
    const { messages: _, ...read } = decoded({ config })
    assert.deepStrictEqual(read, request)
  })

  it("passes the quirks to groups", () => {
    assert.deepStrictEqual(body({ reasoning: { effort: "low" } }, { effortField: "depth" }).config, { depth: "low" })
  })

  it("rejects unsupported parameters, or warns if they may be dropped", () => {
    assert.deepStrictEqual(codec.unsupported.includes("seed"), true)
    const sent = codec.encodeRequest({ ...hi, seed: 1 }, options)
    assert.match(Result.isFailure(sent) ? sent.failure.message : "", /Toy has no such parameter/)
    const dropped = Result.getOrThrow(codec.encodeRequest({ ...hi, seed: 1, onUnsupported: "drop" }, options))
    assert.deepStrictEqual(
      dropped.warnings.map(({ parameter }) => parameter),
      ["seed"]
    )
  })

  it("keeps fields that are not in the table, at any depth, and values that a group cannot read", () => {
    const wire = { a: 1, b: null, config: { effort: "extreme", c: 2, temperature: 1, sampling: { d: 3 } } }
    const { providerOptions } = decoded(wire)
    assert.deepStrictEqual(providerOptions, { toy: { a: 1, config: { c: 2, effort: "extreme", sampling: { d: 3 } } } })
    assert.deepStrictEqual(body({ temperature: 1, providerOptions }).config, wire.config)
  })

  it("treats null as absent and a string as a list of one", () => {
    const { messages: _, ...read } = decoded({ stop: "x", config: null, user: null })
    assert.deepStrictEqual(read, { stop: ["x"] })
  })

  it("names the path of an invalid or missing field", () => {
    assert.strictEqual(place({ model: "m" }), "prompt")
    assert.strictEqual(place({ prompt: "" }), "model")
    assert.strictEqual(place({ model: "m", prompt: "", config: { sampling: { top_p: "x" } } }), "config.sampling.top_p")
    assert.strictEqual(place({ model: "m", prompt: "", stream: "yes" }), "stream")
  })

  it("reads the model and whether to stream from the path", () => {
    const inPath = make({ ...definition, model: { field: "modelId", isInPath: true }, stream: "in-path" })
    const encoded = Result.getOrThrow(inPath.encodeRequest(hi, { ...options, stream: true }))
    assert.deepStrictEqual(encoded.body, { prompt: "[]" })
    const read = Result.getOrThrow(inPath.decodeRequest({ prompt: "" }, { model: "from-path", stream: true }))
    assert.strictEqual(read.model, "from-path")
    assert.isTrue(read.stream)
    assert.strictEqual(Result.getOrThrow(inPath.decodeRequest({ prompt: "" })).model, "")
  })

  it("appends options to the lists marked as `added`, and lets no option decide whether to stream", () => {
    const adding = make({ ...definition, added: ["stop"] })
    const providerOptions = { toy: { stop: ["b"], stream: true, config: { temperature: null } } }
    const encoded = adding.encodeRequest({ ...hi, stop: ["a"], temperature: 1, providerOptions }, options)
    const { config, stop, stream } = Result.getOrThrow(encoded).body
    assert.deepStrictEqual([config, stop, stream], [{}, ["a"], false])
  })
})
