import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { Json } from "../../domain/Json.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import { checked } from "./Checked.ts"
import type { Issues } from "./Issues.ts"
import { withOptions } from "./ProviderOptionsPatch.ts"
import { array, unknownFields, compact, isObject, type WireObject } from "./Wire.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const Body = Schema.Struct({
  function: Schema.Struct({
    name: Schema.NonEmptyString,
    description: nullable(Schema.String),
    parameters: nullable(Schema.Record(Schema.String, Json)),
    strict: nullable(Schema.Boolean)
  })
})

const known = new Set(["type", "function"])
const knownInFunction = new Set(["name", "description", "parameters", "strict"])

/** A tool as OpenAI writes it and many protocols after it: `{ type: "function", function: { name, ... } }`. */
export const encodeTool = (tool: ToolDefinition, protocol: string, provider: string): WireObject =>
  withOptions(
    {
      type: "function",
      function: compact({
        name: tool.name,
        description: tool.description,
        parameters: tool.inputSchema,
        strict: tool.strict
      })
    },
    tool.providerOptions,
    protocol,
    provider
  )

/** Reads the tools of a request; those of other kinds stay as they are. */
export const decodeTools = (
  wire: unknown,
  protocol: string
): Result.Result<
  { readonly tools: ReadonlyArray<ToolDefinition> | undefined; readonly others: ReadonlyArray<Json> | undefined },
  InvalidRequestError
> =>
  Result.gen(function* () {
    const tools: Array<ToolDefinition> = []
    const others: Array<Json> = []
    for (const [index, tool] of array(wire).entries()) {
      if (isObject(tool) && (tool.type ?? "function") === "function") {
        tools.push(yield* decodeTool(tool, `tools[${index}]`, protocol))
      } else others.push(tool as Json)
    }
    return { tools: tools.length === 0 ? undefined : tools, others: others.length === 0 ? undefined : others }
  })

const decodeTool = (
  tool: WireObject,
  at: string,
  protocol: string
): Result.Result<ToolDefinition, InvalidRequestError> =>
  Result.map(checked(Body, tool, at), ({ function: body }) => {
    const inside = unknownFields(tool.function as WireObject, knownInFunction)
    const rest = unknownFields(tool, known)
    const options = { ...rest, ...(inside === undefined ? {} : { function: inside }) }
    return compact({
      name: body.name,
      description: body.description ?? undefined,
      inputSchema: body.parameters ?? { type: "object", properties: {} },
      strict: body.strict ?? undefined,
      providerOptions: Object.keys(options).length === 0 ? undefined : { [protocol]: options }
    })
  })

/** Warns, once, where parts or tools mark a prefix to cache and the protocol has no such mark. */
export const warnOfCacheMarks = ({ messages, tools }: ChatRequest, issues: Issues): void => {
  const isMarked = (one: object) => "cacheControl" in one && one.cacheControl !== undefined
  if (messages.some(({ content }) => content.some(isMarked)) || (tools ?? []).some(isMarked)) {
    issues.warn("unsupported-content", "cacheControl", "the server decides by itself what it caches")
  }
}
