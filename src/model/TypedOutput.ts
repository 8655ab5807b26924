import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import type { Chat } from "../domain/Capability.ts"
import { type ChatRequest, type ChatRequestInput, make as makeRequest } from "../domain/ChatRequest.ts"
import { type Attempt, type ChatResponse, ValidationError } from "../domain/ChatResponse.ts"
import type { ToolCallPart } from "../domain/ContentPart.ts"
import * as JsonSchema from "../domain/JsonSchema.ts"
import * as Tool from "../domain/Tool.ts"
import { StructuredOutputError, ToolInputError } from "../domain/OutputErrors.ts"
import { correct } from "./Correction.ts"
import { isModel, type Model } from "./Model.ts"

/**
 * A request, and the schema of the value. `name` and `description` tell the model what the value is; they default to the
 * schema's identifier and description. `strict` (on by default) asks the provider to enforce the schema while the model
 * writes, where it can.
 *
 * @since 0.1.0
 * @category models
 */
export interface ObjectRequest<A, RD = never> {
  readonly schema: Schema.ConstraintCodec<A, unknown, RD, unknown>
  readonly request: ChatRequestInput
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly strict?: boolean | undefined
  readonly repair?: Repair | undefined
}

/**
 * How often to retry, with the reason, where the output cannot be decoded; not at all by default. A
 * response that was declined, withheld or cut off is not repaired. The rejected responses are in `attempts` of the last one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Repair {
  readonly times: number
}

/**
 * A decoded value, and the response that it came in.
 *
 * @since 0.1.0
 * @category models
 */
export interface ObjectResponse<A> {
  readonly value: A
  readonly response: ChatResponse
}

/**
 * Generates a value of a schema. Any schema with a JSON codec will do: what providers cannot express (optional properties,
 * tuples, records, roots that are not objects) is rewritten to what they can, and turned back. Each model of a fallback is
 * asked in its own way (see `StructuredOutput`).
 *
 * Fails with `StructuredOutputError`, which holds the raw text and the response, when the model declined, was cut off by
 * its token limit, or wrote something else: the last only after `repair`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const generateObject: {
  <A, RD>(
    options: ObjectRequest<A, RD>
  ): <E, R>(self: Model<Chat, E, R>) => Effect.Effect<ObjectResponse<A>, E | StructuredOutputError, R | RD>
  <E, R, A, RD>(
    self: Model<Chat, E, R>,
    options: ObjectRequest<A, RD>
  ): Effect.Effect<ObjectResponse<A>, E | StructuredOutputError, R | RD>
} = dual(
  (args) => isModel(args[0]),
  Effect.fnUntraced(function* <E, R, A, RD>(
    self: Model<Chat, E, R>,
    options: ObjectRequest<A, RD>
  ): Effect.fn.Return<ObjectResponse<A>, E | StructuredOutputError, R | RD> {
    const form = yield* formOf(options.schema)
    const request: ChatRequest = {
      ...makeRequest(options.request),
      responseFormat: {
        type: "json-schema",
        name: options.name ?? form.name,
        description: options.description ?? form.description,
        schema: form.jsonSchema,
        strict: options.strict ?? true
      }
    }
    return yield* repaired(self, request, options.repair, (response) => decodeObject(form, response))
  })
)

const decodeObject = Effect.fnUntraced(function* <A, RD>(
  form: Form<A, RD>,
  response: ChatResponse
): Effect.fn.Return<ObjectResponse<A>, StructuredOutputError, RD> {
  const fail = (issue: string, cause?: unknown) => {
    const { model, provider, requestId, text } = response
    return new StructuredOutputError({ provider, model, requestId, rawText: text, issue, response, cause })
  }
  const { refusal, text } = response
  if (refusal !== "") return yield* fail(`the model declined: ${refusal}`)
  const json = Result.orElse(parse(text), () => parse(unfenced(text)))
  if (Result.isFailure(json)) return yield* fail(missing(response), json.failure)
  const isCut = response.finishReason === "length"
  // Of a tool that a model was made to call, some servers say `{}` where the limit came before any input.
  if (isCut && text.trim() === "{}") return yield* fail(cutOff)
  const value = yield* Effect.mapError(form.decode(json.success), (error) =>
    fail(isCut ? `${cutOff}: ${reasonOf(error)}` : reasonOf(error), error)
  )
  return { value, response }
})

/** Retries, with the reason, until a response can be decoded or the retries are used up. */
const repaired = Effect.fnUntraced(function* <E, R, A, E1 extends StructuredOutputError | ToolInputError, RD>(
  self: Model<Chat, E, R>,
  request: ChatRequest,
  { times }: Repair = { times: 0 },
  decode: (response: ChatResponse) => Effect.Effect<A, E1, RD>
): Effect.fn.Return<A, E | E1, R | RD> {
  let current = request
  let rejected: ReadonlyArray<Attempt> = []
  for (let repairs = 0; ; repairs++) {
    const last = yield* self.generate(current)
    const attempts = [...rejected, ...attemptsOf(last, self.id)]
    const response = rejected.length === 0 ? last : last.with({ attempts })
    const result = yield* Effect.result(decode(response))
    if (Result.isSuccess(result)) return result.success
    const error = result.failure
    if (repairs >= times || !isRepairable(response)) return yield* Effect.fail(error)
    rejected = rejecting(attempts, new ValidationError({ reasons: [error.issue], partial: last }))
    current = correct(current, response, error.issue)
  }
})

/** More of the same tokens, or another way to ask, is what the others need. */
const isRepairable = ({ finishReason, refusal }: ChatResponse): boolean =>
  refusal === "" && finishReason !== "length" && finishReason !== "content-filter"

/** The attempts of a response; one if they were not counted. */
const attemptsOf = ({ attempts, cost, timings }: ChatResponse, model: string): ReadonlyArray<Attempt> =>
  attempts.length > 0 ? attempts : [{ model, duration: timings?.total ?? Duration.zero, cost }]

/** The attempts, with the last one marked as failed. */
const rejecting = (attempts: ReadonlyArray<Attempt>, error: ValidationError): ReadonlyArray<Attempt> =>
  attempts.map((attempt, index) =>
    index === attempts.length - 1 ? Object.assign({ cost: error.partial?.cost }, attempt, { error }) : attempt
  )

const parse = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/**
 * The content of the one Markdown code fence in the text: the last resort for models that cannot be held to a format.
 * Without a pattern, since a model may write thousands of line feeds.
 */
const unfenced = (text: string): string => {
  const start = text.indexOf("```")
  const end = text.lastIndexOf("```")
  if (start < 0) return text
  const inner = text.slice(start + 3, end)
  const line = inner.indexOf("\n")
  return line >= 0 && /^[\w-]*$/.test(inner.slice(0, line).trim()) ? inner.slice(line + 1) : text
}

/** Effect's codec for models takes away what these two checks say that they expect. */
const expected: { readonly [check: string]: string } = {
  "effect/schema/isInt": "Expected an integer",
  "effect/schema/isFinite": "Expected a finite number"
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1({
  checkHook: (issue) =>
    SchemaIssue.defaultCheckHook(issue) ?? expected[issue.filter.annotations?.representation?.id ?? ""]
})

/** What is wrong with a value, and where, for the caller and for the model that is to repair it. */
const reasonOf = ({ issue }: Schema.SchemaError): string =>
  issuesOf(issue)
    .issues.map(({ message, path = [] }) => {
      const place = path.map((step) => {
        const key = typeof step === "object" ? step.key : step
        return `[${typeof key === "string" ? JSON.stringify(key) : String(key)}]`
      })
      return place.length === 0 ? message : `${message}\n  at ${place.join("")}`
    })
    .join("\n")

const cutOff = "the response was cut off by the token limit"

const missing = ({ finishReason, text, toolCalls }: ChatResponse): string => {
  if (finishReason === "length") return cutOff
  if (finishReason === "content-filter") return "the provider withheld the response"
  if (text.trim() !== "") return "the response is not JSON"
  return toolCalls.length > 0 ? "the model called tools instead of responding" : "the response is empty"
}

/** What a schema looks like to a model, and how its response is read. */
interface Form<A, RD> {
  readonly name: string
  readonly description: string | undefined
  readonly jsonSchema: JsonSchema.JsonSchemaObject
  readonly decode: (json: unknown) => Effect.Effect<A, Schema.SchemaError, RD>
}

const forms = new WeakMap<object, Form<unknown, unknown>>()

const formOf = <A, RD>(schema: ObjectRequest<A, RD>["schema"]): Effect.Effect<Form<A, RD>> => {
  const known = forms.get(schema)
  if (known !== undefined) return Effect.succeed(known as Form<A, RD>)
  // Loaded when first needed: it is a tenth of the time that importing this package takes.
  return Effect.map(
    Effect.promise(() => import("effect/ai/OpenAiStructuredOutput")),
    ({ toCodecOpenAI }) => {
      const whole = Result.try(() => toCodecOpenAI(schema).codec)
      const form = Result.isSuccess(whole)
        ? makeForm(schema, whole.success, (value: A) => value)
        : // The root of a form must be an object.
          makeForm(schema, toCodecOpenAI(Schema.Struct({ value: schema })).codec, ({ value }) => value as A)
      forms.set(schema, form as Form<unknown, unknown>)
      return form
    }
  )
}

const makeForm = <A, B, RD>(
  { ast }: Schema.Constraint,
  codec: Schema.ConstraintCodec<B, unknown, RD, unknown>,
  unwrap: (value: B) => A
): Form<A, RD> => {
  const decode = Schema.decodeUnknownEffect(codec)
  return {
    name: (SchemaAST.resolveIdentifier(ast) ?? "answer").replaceAll(/[^\w-]/g, "_").slice(0, 64),
    description: SchemaAST.resolveDescription(ast),
    jsonSchema: JsonSchema.of(codec, { describeChecks: true }),
    decode: (json) => Effect.map(decode(json), unwrap)
  }
}

/**
 * A response, and the tool calls in it, decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface ToolCalls<Tools extends Tool.Any> {
  readonly response: ChatResponse
  readonly calls: ReadonlyArray<Tool.Call<Tools>>
}

/**
 * Generates a response with the given tools, which replace `tools` of the request, and decodes the tool calls in it. Fails
 * with `ToolInputError`, which holds the response, when a call cannot be decoded, also after `repair`. The tools are not run.
 *
 * @since 0.1.0
 * @category combinators
 */
export const generateToolCalls: {
  <const Tools extends ReadonlyArray<Tool.Any>>(
    tools: Tools,
    request: ChatRequestInput,
    options?: ToolCallOptions
  ): <E, R>(self: Model<Chat, E, R>) => Effect.Effect<ToolCalls<Tools[number]>, E | ToolInputError, R>
  <E, R, const Tools extends ReadonlyArray<Tool.Any>>(
    self: Model<Chat, E, R>,
    tools: Tools,
    request: ChatRequestInput,
    options?: ToolCallOptions
  ): Effect.Effect<ToolCalls<Tools[number]>, E | ToolInputError, R>
} = dual(
  (args) => isModel(args[0]),
  <E, R, const Tools extends ReadonlyArray<Tool.Any>>(
    self: Model<Chat, E, R>,
    tools: Tools,
    request: ChatRequestInput,
    { repair }: ToolCallOptions = {}
  ): Effect.Effect<ToolCalls<Tools[number]>, E | ToolInputError, R> =>
    Effect.suspend(() =>
      repaired(self, { ...makeRequest(request), tools }, repair, (response) => decodeToolCalls(tools, response))
    )
)

/**
 * @since 0.1.0
 * @category models
 */
export interface ToolCallOptions {
  readonly repair?: Repair | undefined
}

const decodeToolCalls = Effect.fnUntraced(function* <const Tools extends ReadonlyArray<Tool.Any>>(
  tools: Tools,
  response: ChatResponse
): Effect.fn.Return<ToolCalls<Tools[number]>, ToolInputError> {
  const { model, provider } = response
  const cut = cutCall(response)
  const calls = yield* Effect.mapError(Tool.decodeCalls(response.toolCalls, tools), (error) => {
    const issue = error.callId === cut?.id ? callCutOff : error.issue
    return new ToolInputError({ ...error, issue, provider, model, response })
  })
  // Some servers say `{}` of a call of which no input has arrived.
  const takesInput = tools.some(
    ({ inputSchema, name }) => name === cut?.name && Object.keys(inputSchema.properties ?? {}).length > 0
  )
  if (cut !== undefined && takesInput && JSON.stringify(cut.input) === "{}") {
    return yield* new ToolInputError({ ...ToolInputError.of(cut, callCutOff), provider, model, response })
  }
  return { response, calls }
})

const callCutOff = "it was cut off at the token limit; raise maxOutputTokens"

/** The call with which a response reached its limit: it may be half a call. */
const cutCall = ({ content, finishReason }: ChatResponse): ToolCallPart | undefined => {
  const last = content.at(-1)
  return finishReason === "length" && last?.type === "tool-call" ? last : undefined
}
