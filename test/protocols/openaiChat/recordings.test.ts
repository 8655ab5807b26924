/**
 * Every recorded exchange of this protocol. What an answer must say is worked out here from the recorded body in the
 * plainest way, apart from the decoder.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { OpenAiChat, type OpenAiChatQuirks } from "../../../src/protocols/OpenAiChat.ts"
import { framesOf, names, read, readUnary, comparable } from "./wire.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"

interface Entry {
  readonly file: string
  readonly provider: string
  readonly protocol: string
  readonly status: number
  readonly kind: string
}

interface Exchange {
  readonly request: { readonly body: unknown }
  readonly response: { readonly body: unknown }
}

interface WireCall {
  readonly id?: string
  readonly function: { readonly name?: string; readonly arguments: string }
}

interface Said {
  readonly content?: string | null
  readonly refusal?: string | null
  readonly reasoning?: string | null
  readonly reasoning_content?: string | null
  readonly reasoning_details?: ReadonlyArray<{ readonly text?: string; readonly summary?: string }>
  readonly tool_calls?: ReadonlyArray<WireCall> | null
  readonly function_call?: { readonly name: string; readonly arguments: string }
}

interface WireUsage {
  readonly prompt_tokens: number
  readonly total_tokens?: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null
  readonly cost?: number | object
  readonly cost_in_usd_ticks?: number
}

interface WireChoice {
  readonly index: number
  readonly message?: Said
  readonly delta?: Said
  readonly finish_reason?: string | null
}

interface Body {
  readonly choices: ReadonlyArray<WireChoice>
  readonly usage?: WireUsage | null
  readonly x_groq?: { readonly usage?: WireUsage }
  readonly error?: { readonly message: string }
}

interface ErrorBody {
  readonly [key: string]: unknown
  readonly error?: ErrorBody | string
  readonly message?: string
}

interface WireMessage {
  readonly [key: string]: unknown
  readonly role: string
  readonly content?: string | ReadonlyArray<object> | null
  readonly tool_calls?: ReadonlyArray<WireCall> | null
}

interface WireTool {
  readonly type: string
  readonly function?: { readonly parameters?: object }
}

interface RequestBody {
  readonly [key: string]: unknown
  readonly messages: ReadonlyArray<WireMessage>
  readonly tools?: ReadonlyArray<WireTool> | null
  readonly functions?: ReadonlyArray<{ readonly parameters?: object }>
}

const root = new URL("../../../../shared/recordings/", import.meta.url)
const absent = !existsSync(root)
const json = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), "utf8"))
const exchange = (path: string): Exchange => json(path) as Exchange
const entries: ReadonlyArray<Entry> = absent
  ? []
  : (json("index.json") as ReadonlyArray<Entry>).filter(({ protocol }) => protocol === "openai-chat")

const quirksOf = (provider: string): Partial<OpenAiChatQuirks> =>
  provider === "google" || provider === "xai" ? { reasoningOutsideOutput: true } : {}

const parsed = (body: unknown): unknown => {
  if (typeof body !== "string") return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** The JSON of the data lines, `[DONE]` left out. */
const dataOf = (sse: string): ReadonlyArray<Body> =>
  sse
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:") && line.slice(5).trim() !== "[DONE]")
    .map((line) => JSON.parse(line.slice(5)) as Body)

/** What the answer says: from all messages or deltas of choice 0, in order. */
const factsOf = (bodies: ReadonlyArray<Body>, field: "message" | "delta") => {
  let text = ""
  let plain = ""
  let detailed = ""
  let refusal = ""
  const calls: Array<{ id: string | undefined; name: string; args: string }> = []
  let finish: string | undefined
  let usage: WireUsage | undefined
  for (const body of bodies) {
    usage = body.usage ?? body.x_groq?.usage ?? usage
    for (const choice of body.choices) {
      if (choice.index !== 0) continue
      finish = choice.finish_reason ?? finish
      const message = choice[field] ?? {}
      text += message.content ?? ""
      refusal += message.refusal ?? ""
      plain += message.reasoning_content ?? message.reasoning ?? ""
      for (const detail of message.reasoning_details ?? []) detailed += detail.text ?? detail.summary ?? ""
      const legacy: ReadonlyArray<WireCall> = message.function_call?.name ? [{ function: message.function_call }] : []
      for (const call of message.tool_calls ?? legacy) {
        if (call.function.name) calls.push({ id: call.id, name: call.function.name, args: call.function.arguments })
        else calls.at(-1)!.args += call.function.arguments
      }
    }
  }
  return { text, reasoning: detailed === "" ? plain : detailed, refusal, calls, finish, usage }
}

type Facts = ReturnType<typeof factsOf>

const assertFacts = (response: ReturnType<typeof readUnary>, facts: Facts): void => {
  assert.strictEqual(response.text, facts.text)
  assert.strictEqual(response.reasoningText, facts.reasoning)
  assert.strictEqual(response.refusal, facts.refusal)
  assert.deepStrictEqual(
    response.toolCalls.map(({ input, name, rawInput }) => [name, rawInput ?? JSON.stringify(input)]),
    facts.calls.map(({ args, name }) => [name, args === "" ? "{}" : args])
  )
  for (const [index, { id }] of facts.calls.entries()) {
    if (id !== undefined && id !== "") assert.strictEqual(response.toolCalls[index]?.id, id)
    assert.notStrictEqual(response.toolCalls[index]?.id, "")
  }
  assert.strictEqual(response.rawFinishReason, facts.finish)
  assert.strictEqual(response.finishReason === "tool-calls", facts.calls.length > 0)
  const { inputTokens: input, outputTokens: output } = response.usage
  const { usage } = facts
  if (usage === undefined) {
    assert.isUndefined(input.total)
    return
  }
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0
  const outside = cached > usage.prompt_tokens
  assert.strictEqual(input.total, outside ? usage.prompt_tokens + cached : usage.prompt_tokens)
  if (!outside && typeof usage.total_tokens === "number") {
    assert.strictEqual(output.total, usage.total_tokens - usage.prompt_tokens)
  }
  const parts = (input.uncached ?? 0) + (input.cacheRead ?? 0) + (input.cacheWrite ?? 0)
  assert.strictEqual(parts, input.total)
  if (typeof usage.cost === "number") assert.strictEqual(Number(response.usage.reportedCost), usage.cost)
  if (usage.cost_in_usd_ticks !== undefined && usage.cost_in_usd_ticks > 0)
    assert.closeTo(Number(response.usage.reportedCost), usage.cost_in_usd_ticks / 1e10, 1e-15)
}

/** Re-encoded by our server half, as one body and as a stream, the response stays the same. */
const assertSurvivesOurServer = (response: ReturnType<typeof readUnary>): void => {
  const options = { id: "none", model: "none", created: 0, includeUsage: true }
  const expected = comparable(response.with({ warnings: [] }))
  assert.deepStrictEqual(
    comparable(readUnary(JSON.parse(JSON.stringify(OpenAiChat.encodeResponse(response, options))))),
    {
      id: "none",
      ...expected
    }
  )
  const encoder = OpenAiChat.makeEncoder(options)
  const frames = [...toEvents(response).flatMap((event) => encoder.encode(event)), ...encoder.end()]
  assert.deepStrictEqual(comparable(read(frames).response), { id: "none", ...expected })
}

describe.skipIf(absent)("recorded responses", () => {
  const answers = entries.filter(({ status }) => status === 200)

  it("exist", () => {
    assert.isAbove(answers.length, 60)
  })

  it.each(answers.filter(({ kind }) => kind === "json").map((entry) => [entry.file, entry] as const))(
    "%s",
    (file, { provider }) => {
      const body = parsed(exchange(file).response.body) as Body
      assert.isAbove(body.choices.length, 0)
      const response = readUnary(body, quirksOf(provider))
      assertFacts(response, factsOf([body], "message"))
      assertSurvivesOurServer(response)
    }
  )

  it.each(answers.filter(({ kind }) => kind === "sse").map((entry) => [entry.file, entry] as const))(
    "%s",
    (file, { provider }) => {
      const sse = exchange(file).response.body as string
      const data = dataOf(sse)
      const failed = data.findIndex((one) => one.error !== undefined)
      const { events, failure, response, whole } = read(framesOf(sse), quirksOf(provider))
      assert.deepStrictEqual(
        events.filter(({ type }) => type === "malformed-frame"),
        []
      )
      if (failed >= 0) {
        assert.strictEqual(failure?.message, data[failed]?.error?.message)
        assert.strictEqual(
          response.text + response.reasoningText,
          factsOf(data.slice(0, failed), "delta").text + factsOf(data.slice(0, failed), "delta").reasoning
        )
        return
      }
      assert.isUndefined(failure)
      assert.isTrue(whole)
      assertFacts(response, factsOf(data, "delta"))
      assertSurvivesOurServer(response)
      // Cut before its end, the same stream is never whole.
      const first = data.findIndex((one) => one.choices.some(({ finish_reason }) => finish_reason))
      assert.isFalse(read(framesOf(sse).slice(0, first), quirksOf(provider)).whole)
    }
  )

  it("of gpustack have reasoning in <think> tags, which the quirk reads", () => {
    const { file } = answers.find(({ file }) => file.includes("gpustack") && file.includes("without_par"))!
    const { response } = read(framesOf(exchange(file).response.body as string), { thinkTags: true })
    assert.strictEqual(response.text, "")
    assert.match(response.reasoningText, /^Okay, the user is asking again/)
    assert.strictEqual(response.toolCalls.length, 1)
  })
})

describe.skipIf(absent)("recorded errors", () => {
  const errors = entries.filter(({ status }) => status !== 200)

  it.each(errors.map((entry) => [entry.file, entry] as const))("%s", (file) => {
    const body = parsed(exchange(file).response.body)
    const failure = OpenAiChat.decodeError(body)
    if (typeof body === "string") {
      assert.strictEqual(failure.message, body.trim())
      return
    }
    const top = body as ErrorBody
    const error: ErrorBody =
      typeof top.error === "object" ? top.error : { ...top, message: top.message ?? String(top.error) }
    assert.strictEqual(failure._tag, "ProviderFailure")
    assert.isTrue(failure.message?.startsWith(error.message ?? "?"))
    assert.strictEqual(failure.code, error.code === null || error.code === undefined ? undefined : String(error.code))
    assert.strictEqual(failure.type, error.type)
    assert.strictEqual(failure.param, error.param ?? undefined)
    assert.strictEqual(failure.body, body)
  })
})

/**
 * What two requests that mean the same may differ in: the order of keys, null for absent, a string for one text part, an
 * empty answer for none, one stop text for a list of one, "" for no arguments, a list of details that repeats the plain
 * thinking, thinking sent twice under two names, the defaults of `stream` and of a tool without parameters, and the protocol's first version of tools.
 */
const meaning = (body: RequestBody): unknown => {
  const { function_call, functions, stream, tool_choice, tools, ...rest } = body
  return withoutNull({
    ...rest,
    stop: typeof body.stop === "string" ? [body.stop] : body.stop,
    stream: stream ?? false,
    tools: (tools ?? functions?.map((one): WireTool => ({ type: "function", function: one })))?.map(toolMeaning),
    tool_choice: tool_choice ?? function_call,
    messages: body.messages.map((message) => {
      const { content, reasoning, reasoning_content, tool_calls, ...others } = message
      const [part, ...more] = Array.isArray(content) ? content : []
      const bare = part?.type === "text" && more.length === 0 && Object.keys(part).length === 2
      return {
        ...others,
        content: bare ? part.text : message.role === "assistant" && content === "" ? undefined : content,
        ...(message.reasoning_details === undefined
          ? { reasoning_content, reasoning: reasoning === reasoning_content ? undefined : reasoning }
          : {}),
        tool_calls: tool_calls?.map(callMeaning)
      }
    })
  })
}

const toolMeaning = ({ function: body, ...tool }: WireTool): object => ({
  ...tool,
  ...(body === undefined
    ? {}
    : { function: { ...body, parameters: body.parameters ?? { type: "object", properties: {} } } })
})

const callMeaning = ({ function: body, ...call }: WireCall): object => ({
  ...call,
  index: undefined,
  function: { ...body, arguments: body.arguments || "{}" }
})

const withoutNull = (u: unknown): unknown =>
  Array.isArray(u)
    ? u.map(withoutNull)
    : typeof u === "object" && u !== null
      ? Object.fromEntries(
          Object.entries(u).flatMap(([key, value]) =>
            value === null || value === undefined ? [] : [[key, withoutNull(value)]]
          )
        )
      : u

describe.skipIf(absent)("recorded requests", () => {
  const requests = entries.flatMap(({ file }) => {
    const body = parsed(exchange(file).request.body)
    return typeof body === "object" && body !== null ? [[file, body as RequestBody] as const] : []
  })

  it("exist, except for four responses recorded without theirs", () => {
    assert.strictEqual(entries.length - requests.length, 4)
  })

  it.each(requests)("%s", (_, body) => {
    const decoded = OpenAiChat.decodeRequest(body)
    if (decoded._tag === "Failure") throw decoded.failure
    const { includeUsage, model, request, stream } = decoded.success
    const sent = JSON.stringify(body)
    const encoded = OpenAiChat.encodeRequest(request, {
      provider: names.provider,
      model,
      stream,
      quirks: {
        maxTokensField: body.max_tokens === undefined ? "max_completion_tokens" : "max_tokens",
        topK: true,
        reasoningParameter: body.reasoning === undefined ? "reasoning_effort" : "reasoning",
        reasoningField: sent.includes('"reasoning_details"')
          ? "reasoning_details"
          : sent.includes('"reasoning_content"')
            ? "reasoning_content"
            : "reasoning",
        cacheControl: sent.includes('"prompt_cache_breakpoint"') ? "prompt_cache_breakpoint" : "cache_control",
        streamUsage: includeUsage,
        longCallIds: true,
        fileUrls: true
      }
    })
    if (encoded._tag === "Failure") throw encoded.failure
    assert.deepStrictEqual(encoded.success.warnings, [])
    assert.deepStrictEqual(meaning(JSON.parse(JSON.stringify(encoded.success.body))), meaning(body))
  })
})
