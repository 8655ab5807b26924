/**
 * Arbitraries of canonical requests and coherent responses, for the laws of the protocols. A request satisfies
 * `Conversation.check`; a response's usage adds up. Callers pass the parts and parameters that a
 * protocol supports.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import type { ChatParameter, ChatRequest } from "../../src/domain/ChatRequest.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type {
  AudioPart,
  Citation,
  FilePart,
  ImagePart,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../src/domain/ContentPart.ts"
import type { Json } from "../../src/domain/Json.ts"
import type { AssistantPart, Message, SystemMessage, UserMessage } from "../../src/domain/Message.ts"
import type { ToolDefinition } from "../../src/domain/Tool.ts"
import { type Counts, make as makeUsage, type Usage } from "../../src/domain/Usage.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"

export type Arb<A> = Arbitrary.Arbitrary<A>

export type UserPart = UserMessage["content"][number]

export const literal = <const A extends string | number | boolean>(...values: ReadonlyArray<A>): Arb<A> =>
  Arbitrary.schema(Schema.Literals(values)) as Arb<A>

export const oneOf = <A>(...choices: ReadonlyArray<Arb<A>>): Arb<A> =>
  Arbitrary.flatMap(literal(...choices.keys()), (index) => choices[index]!)

export const optional = <A>(arbitrary: Arb<A>): Arb<A | undefined> =>
  oneOf<A | undefined>(Arbitrary.Constant(undefined), arbitrary)

export const nonNegativeInt = (max: number): Arb<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: max })))

/** A decimal with at most three places: survives any spelling. */
const decimal = (min: number, max: number): Arb<number> =>
  Arbitrary.map(
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: min * 1000, maximum: max * 1000 }))),
    (n) => n / 1000 + 0
  )

const fragments = [
  "a",
  "Z",
  " ",
  "\n",
  "\r\n",
  "\t",
  "é",
  "漢",
  "😀",
  "👩‍👩‍👧",
  '"',
  "\\",
  "<",
  ">",
  "</s>",
  "data: ",
  "{",
  "}",
  "\u0000",
  "\u2028",
  "0"
]

/** Not blank; line breaks, quotes, astral characters and marks of the wire formats are frequent. */
export const text: Arb<string> = Arbitrary.map(
  Arbitrary.array(literal(...fragments), { minLength: 1, maxLength: 12 }),
  (parts) => (parts.join("").trim() === "" ? [...parts, "."] : parts).join("")
)

/** Letters, digits, `_` and `-`: what every provider takes as the name of a tool. */
export const name: Arb<string> = Arbitrary.map(
  Arbitrary.array(literal(..."abcXYZ_-019"), { minLength: 1, maxLength: 10 }),
  (letters) => `t${letters.join("")}`
)

const scalar: Arb<Json> = oneOf<Json>(
  Arbitrary.Constant(null),
  literal(true, false),
  nonNegativeInt(1_000_000),
  decimal(-100, 100),
  text,
  Arbitrary.Constant("")
)

const recordOf = <A>(value: Arb<A>, minLength = 0): Arb<{ [key: string]: A }> =>
  Arbitrary.map(
    Arbitrary.array(Arbitrary.all([name, value]), { minLength, maxLength: 3 }),
    (entries) => Object.fromEntries(entries) as { [key: string]: A }
  )

/** An object, as the input of a tool call is. */
export const jsonObject: Arb<{ readonly [key: string]: Json }> = recordOf<Json>(
  oneOf<Json>(scalar, scalar, Arbitrary.array(scalar, { maxLength: 3 }), recordOf(scalar))
)

export const bytes: Arb<Uint8Array> = Arbitrary.map(
  Arbitrary.array(nonNegativeInt(255), { minLength: 1, maxLength: 20 }),
  (values) => Uint8Array.from(values)
)

const base64: Arb<string> = Arbitrary.map(bytes, (data) => Buffer.from(data).toString("base64"))

export const cacheControl = optional<{ readonly ttl?: "5m" | "1h" }>(
  oneOf<{ readonly ttl?: "5m" | "1h" }>(Arbitrary.Constant({}), Arbitrary.Constant({ ttl: "1h" as const }))
)

export const textPart: Arb<TextPart> = Arbitrary.map(text, (text) => ({ type: "text", text }))

export const imageUrlPart: Arb<ImagePart> = Arbitrary.map(name, (name) => ({
  type: "image",
  data: `https://example.com/${name}.png`
}))

/** An image whose data is a `data:` URI, which names its own media type. */
export const imageDataUriPart: Arb<ImagePart> = Arbitrary.map(base64, (data) => ({
  type: "image",
  data: `data:image/png;base64,${data}`
}))

export const imageBytesPart: Arb<ImagePart> = Arbitrary.map(
  Arbitrary.all([bytes, literal("image/png", "image/jpeg", "image/gif", "image/webp")]),
  ([data, mediaType]) => ({ type: "image", data, mediaType })
)

export const audioBytesPart: Arb<AudioPart> = Arbitrary.map(
  Arbitrary.all([bytes, literal("audio/wav", "audio/mpeg")]),
  ([data, mediaType]) => ({ type: "audio", data, mediaType })
)

export const pdfBytesPart: Arb<FilePart> = Arbitrary.map(Arbitrary.all([bytes, optional(name)]), ([data, file]) => ({
  type: "file",
  data,
  mediaType: "application/pdf",
  fileName: file === undefined ? undefined : `${file}.pdf`
}))

export const fileIdPart: Arb<FilePart> = Arbitrary.map(name, (id) => ({ type: "file", data: { fileId: `file-${id}` } }))

/** Visible thinking with a signature. */
export const signedReasoningPart: Arb<ReasoningPart> = Arbitrary.map(
  Arbitrary.all([text, base64]),
  ([text, signature]) => ({ type: "reasoning", text, signature })
)

/** Thinking that only the provider can read. */
export const encryptedReasoningPart: Arb<ReasoningPart> = Arbitrary.map(base64, (encrypted) => ({
  type: "reasoning",
  text: "",
  encrypted
}))

/** Visible thinking that nothing proves. */
export const plainReasoningPart: Arb<ReasoningPart> = Arbitrary.map(text, (text) => ({ type: "reasoning", text }))

export const refusalPart: Arb<RefusalPart> = Arbitrary.map(text, (text) => ({ type: "refusal", text }))

/** A page on the web, with its place in the text. */
export const urlCitation: Arb<Citation> = Arbitrary.map(
  Arbitrary.all([name, text, nonNegativeInt(50), nonNegativeInt(50)]),
  ([name, title, start, length]) => ({ url: `https://example.com/${name}`, title, start, end: start + length })
)

interface Call {
  readonly name: string
  readonly input: Json
  readonly rawInput?: string
  readonly output: ToolResultPart["output"]
  readonly isError?: boolean | undefined
}

/** Input as the model wrote it: mostly canonical JSON, sometimes spaced, sometimes not JSON at all. */
const callInput: Arb<{ readonly input?: Json; readonly rawInput?: string }> = oneOf<{
  readonly input?: Json
  readonly rawInput?: string
}>(
  Arbitrary.map(jsonObject, (input) => ({ input })),
  Arbitrary.map(jsonObject, (input) => ({ input })),
  Arbitrary.map(jsonObject, (input) => spaced(input)),
  Arbitrary.Constant({ rawInput: '{"a":' })
)

const spaced = (input: Json): { readonly input: Json; readonly rawInput?: string } => {
  const rawInput = JSON.stringify(input, undefined, 1)
  return rawInput === JSON.stringify(input) ? { input } : { input, rawInput }
}

/** A call whose id stands out from all others by `prefix`. */
export const toolCallPart = (prefix: string): Arb<ToolCallPart> =>
  Arbitrary.map(Arbitrary.all([name, callInput]), ([toolName, input]) => ({
    type: "tool-call",
    id: `${prefix}_${toolName}`,
    name: toolName,
    ...input
  }))

export const toolDefinition: Arb<ToolDefinition> = Arbitrary.map(
  Arbitrary.all([name, optional(text), literal("string", "number", "boolean"), optional(literal(true, false)), name]),
  ([name, description, type, strict, property]) => ({
    name,
    description,
    inputSchema: {
      type: "object",
      properties: { [property]: { type } },
      required: [property],
      additionalProperties: false
    },
    strict
  })
)

/**
 * What the parts of a conversation may be; by default text alone, tool calls always. `raw` lets calls keep raw input
 * (spaced JSON, or no JSON).
 */
export interface ConversationParts {
  readonly system?: Arb<TextPart> | undefined
  readonly user?: Arb<UserMessage["content"][number]> | undefined
  readonly assistant?: Arb<AssistantPart> | undefined
  readonly toolOutput?: Arb<ToolResultPart["output"]> | undefined
  /** Whether a result may say that the tool failed. */
  readonly toolErrors?: boolean | undefined
  readonly rawInput?: boolean | undefined
}

/**
 * System messages first, then user turns, each answered (the last may be open), each answer with rounds of tool calls
 * that are all answered. Call ids are unique. It ends with the user's turn or with tool results.
 */
export const messages = (parts: ConversationParts = {}): Arb<ReadonlyArray<Message>> => {
  const user = parts.user ?? textPart
  const call: Arb<Call> = Arbitrary.map(
    Arbitrary.all([
      name,
      parts.rawInput === true ? callInput : Arbitrary.map(jsonObject, (input) => ({ input })),
      parts.toolOutput ?? (text as Arb<ToolResultPart["output"]>),
      parts.toolErrors === true ? optional(Arbitrary.Constant(true)) : Arbitrary.Constant(undefined)
    ]),
    ([name, input, output, isError]) => ({ name, ...(input as { readonly input: Json }), output, isError })
  )
  const round = Arbitrary.all([
    Arbitrary.array(parts.assistant ?? (textPart as Arb<AssistantPart>), { maxLength: 2 }),
    Arbitrary.array(call, { minLength: 1, maxLength: 3 })
  ])
  const turn = Arbitrary.all([
    Arbitrary.array(user, { minLength: 1, maxLength: 3 }),
    Arbitrary.array(round, { maxLength: 2 }),
    Arbitrary.array(parts.assistant ?? (textPart as Arb<AssistantPart>), { minLength: 1, maxLength: 2 })
  ])
  return Arbitrary.map(
    Arbitrary.all([
      Arbitrary.array(Arbitrary.array(parts.system ?? textPart, { minLength: 1, maxLength: 2 }), { maxLength: 1 }),
      Arbitrary.array(turn, { minLength: 1, maxLength: 3 }),
      literal("user", "tool")
    ]),
    ([system, turns, last]) => {
      const result: Array<Message> = system.map((content): SystemMessage => ({ role: "system", content }))
      let calls = 0
      for (const [index, [content, rounds, answer]] of turns.entries()) {
        result.push({ role: "user", content })
        const isLast = index === turns.length - 1
        if (isLast && last === "user") break
        for (const [said, made] of rounds) {
          const ids = made.map(() => `call_${calls++}`)
          result.push({
            role: "assistant",
            content: [
              ...said,
              ...made.map(({ isError: _, output: __, ...call }, i) => ({
                type: "tool-call" as const,
                id: ids[i]!,
                ...call
              }))
            ]
          })
          result.push({
            role: "tool",
            content: made.map(({ isError, output }, i) => ({ type: "tool-result", id: ids[i]!, output, isError }))
          })
        }
        if (!isLast) result.push({ role: "assistant", content: answer })
      }
      return result
    }
  )
}

/** Every parameter of `ChatRequest` but those of tools, which `request` draws together. */
export const parameters = {
  maxOutputTokens: Arbitrary.map(nonNegativeInt(4096), (n) => n + 1),
  temperature: decimal(0, 1),
  topP: decimal(0, 1),
  topK: Arbitrary.map(nonNegativeInt(100), (n) => n + 1),
  stop: Arbitrary.array(text, { minLength: 1, maxLength: 4 }) as Arb<ReadonlyArray<string>>,
  seed: nonNegativeInt(1_000_000),
  frequencyPenalty: decimal(-2, 2),
  presencePenalty: decimal(-2, 2),
  logprobs: nonNegativeInt(20),
  parallelToolCalls: literal(true, false),
  responseFormat: oneOf<NonNullable<ChatRequest["responseFormat"]>>(
    Arbitrary.Constant({ type: "text" }),
    Arbitrary.Constant({ type: "json" }),
    Arbitrary.map(Arbitrary.all([name, optional(text)]), ([name, description]) => ({
      type: "json-schema",
      name,
      description,
      schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false },
      strict: true
    }))
  ),
  reasoning: Arbitrary.map(literal("none", "minimal", "low", "medium", "high", "xhigh", "max"), (effort) => ({
    effort
  })) as Arb<NonNullable<ChatRequest["reasoning"]>>,
  user: name,
  metadata: recordOf(text, 1) as Arb<{ readonly [key: string]: string }>,
  serviceTier: literal("auto", "default", "flex", "priority") as Arb<string>
} satisfies { readonly [P in Exclude<ChatParameter, "tools" | "toolChoice">]: Arb<NonNullable<ChatRequest[P]>> }

export type Parameter = keyof typeof parameters

/** The parameters that a protocol carries, except those whose values it changes. */
export const carriedBy = (
  { unsupported }: Pick<ChatProtocol, "unsupported">,
  ...changed: ReadonlyArray<Parameter>
): ReadonlyArray<Parameter> =>
  (Object.keys(parameters) as ReadonlyArray<Parameter>).filter(
    (parameter) => !unsupported.includes(parameter) && !changed.includes(parameter)
  )

/**
 * A request with the given parts, a random selection of the given parameters, and, with `tools`, tools and a choice
 * among them. Without tools nothing is said of how they are called.
 */
export const request = (
  options: ConversationParts & { readonly parameters?: ReadonlyArray<Parameter>; readonly tools?: boolean } = {}
): Arb<ChatRequest> => {
  const chosen: Record<string, Arb<unknown>> = {}
  for (const key of options.parameters ?? []) chosen[key] = optional(parameters[key] as Arb<unknown>)
  const tools = Arbitrary.array(toolDefinition, { maxLength: options.tools === true ? 3 : 0 })
  return Arbitrary.map(
    Arbitrary.all([
      messages(options),
      Arbitrary.all(chosen),
      tools,
      optional(literal("auto", "none", "required", "tool"))
    ]),
    ([messages, parameters, tools, choice]) => {
      const unique = tools.filter((tool, index) => tools.findIndex(({ name }) => name === tool.name) === index)
      const toolChoice = choice === "tool" ? { tool: unique[0]?.name ?? "" } : choice
      return {
        messages,
        ...(Object.fromEntries(
          Object.entries(parameters).filter(
            ([key, value]) => value !== undefined && (key !== "parallelToolCalls" || unique.length > 0)
          )
        ) as object),
        ...(unique.length === 0 ? {} : { tools: unique, ...(toolChoice === undefined ? {} : { toolChoice }) })
      }
    }
  )
}

/** Counts that cohere: the parts lie within the totals, whichever of them are known. */
export const counts: Arb<Counts> = Arbitrary.map(
  Arbitrary.all([
    nonNegativeInt(100_000),
    optional(nonNegativeInt(100_000)),
    optional(nonNegativeInt(1_000)),
    nonNegativeInt(100_000),
    optional(nonNegativeInt(100_000))
  ]),
  ([uncached, cacheRead, cacheWrite, text, reasoning]): Counts => ({
    input: uncached + (cacheRead ?? 0) + (cacheWrite ?? 0),
    cacheRead,
    cacheWrite,
    output: text + (reasoning ?? 0),
    reasoning
  })
)

export const usage: Arb<Usage> = Arbitrary.map(counts, (counts) => makeUsage(counts))

/**
 * An answer: the given parts (text alone by default), then up to three tool calls with unique ids. The finish reason
 * is `tool-calls` exactly when there are calls.
 */
export const response = (
  options: {
    readonly content?: Arb<ReadonlyArray<AssistantPart>>
    readonly sources?: Arb<ReadonlyArray<Citation>>
    readonly rawInput?: boolean
  } = {}
): Arb<ChatResponse> =>
  Arbitrary.map(
    Arbitrary.all([
      options.content ??
        (Arbitrary.array(textPart, { minLength: 1, maxLength: 1 }) as Arb<ReadonlyArray<AssistantPart>>),
      Arbitrary.array(
        Arbitrary.all([
          name,
          options.rawInput === true ? callInput : Arbitrary.map(jsonObject, (input) => ({ input }))
        ]),
        { maxLength: 3 }
      ),
      literal("stop", "length", "content-filter"),
      usage,
      name,
      options.sources === undefined ? Arbitrary.Constant(undefined) : optional(options.sources)
    ]),
    ([content, calls, finishReason, usage, id, sources]) =>
      new ChatResponse({
        id: `answer-${id}`,
        model: `model-${id}`,
        content: [
          ...content,
          ...calls.map(([name, input], index): ToolCallPart => ({
            type: "tool-call",
            id: `call_${index}`,
            name,
            ...input
          }))
        ],
        finishReason: calls.length > 0 ? "tool-calls" : finishReason,
        usage,
        sources: sources === undefined || sources.length === 0 ? undefined : sources,
        warnings: [],
        attempts: []
      })
  )

/** A text cut into pieces that are not empty; cuts may fall within a surrogate pair. */
export const cut = (text: string, at: ReadonlyArray<number>): ReadonlyArray<string> => {
  const places = [...new Set(at.map((n) => n % (text.length + 1)))].filter((n) => n > 0 && n < text.length)
  const sorted = [0, ...places.sort((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
}

/** Events with every delta cut at these places. */
export const cutDeltas = (events: ReadonlyArray<ChatEvent>, at: ReadonlyArray<number>): ReadonlyArray<ChatEvent> =>
  events.flatMap((event): ReadonlyArray<ChatEvent> =>
    "delta" in event ? cut(event.delta, at).map((delta) => Object.assign({}, event, { delta })) : [event]
  )

/** Places for `cut`. */
export const cuts: Arb<ReadonlyArray<number>> = Arbitrary.array(nonNegativeInt(10_000), { maxLength: 12 })
