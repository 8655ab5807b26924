/**
 * Tools for the model to call, with parameters that are a `Schema`.
 *
 * ```ts
 * const weather = Tool.make("weather", { description: "The weather of a city", parameters: Schema.Struct({ city: Schema.String }) })
 * const calls = Tool.decodeCalls(response.toolCalls, [weather]) // fails with ToolInputError
 * ```
 *
 * Answer every call with a tool result before the next turn, or providers refuse the conversation.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ToolCallPart } from "./ContentPart.ts"
import { ToolInputError } from "./OutputErrors.ts"
import { open } from "./InputCheck.ts"
import { Json } from "./Json.ts"
import { of as jsonSchemaOf } from "./JsonSchema.ts"
import { withoutNulls } from "./SchemaNulls.ts"

const toolDefinitionSchema = open(
  Schema.Struct({
    name: Schema.String,
    description: Schema.optional(Schema.String),
    inputSchema: Schema.Record(Schema.String, Json),
    /** Whether the provider enforces the schema while the model writes. */
    strict: Schema.optional(Schema.Boolean),
    cacheControl: Schema.optional(Schema.Struct({ ttl: Schema.optional(Schema.Literals(["5m", "1h"])) })),
    providerOptions: Schema.optional(Schema.Record(Schema.String, Schema.Record(Schema.String, Json)))
  })
)

/**
 * A tool in canonical form. `inputSchema` is a JSON Schema (draft 2020-12) of an object.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ToolDefinition: Schema.Codec<ToolDefinition> = toolDefinitionSchema

/**
 * @since 0.1.0
 * @category models
 */
export interface ToolDefinition extends Schema.Schema.Type<typeof toolDefinitionSchema> {}

/**
 * A tool whose parameters are a `Schema`, so that calls of it come back decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tool<
  out Name extends string,
  out Parameters extends Schema.ConstraintDecoder<unknown>
> extends ToolDefinition {
  readonly name: Name
  readonly parameters: Parameters
}

/**
 * A tool of any parameters.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Tool<string, Schema.ConstraintDecoder<unknown>>

/**
 * A call of one of `Tools`, with its input decoded.
 *
 * @since 0.1.0
 * @category models
 */
export type Call<Tools extends Any> =
  Tools extends Tool<infer Name, infer Parameters>
    ? {
        readonly id: string
        readonly name: Name
        readonly input: Schema.Schema.Type<Parameters>
        readonly part: ToolCallPart
      }
    : never

/**
 * Makes a tool. The JSON Schema that the model sees is derived from `parameters` on first use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Name extends string, Parameters extends Schema.ConstraintDecoder<unknown>>(
  name: Name,
  options: {
    readonly description?: string | undefined
    readonly parameters: Parameters
    readonly strict?: boolean | undefined
    readonly cacheControl?: ToolDefinition["cacheControl"]
    readonly providerOptions?: ToolDefinition["providerOptions"]
  }
): Tool<Name, Parameters> => {
  let inputSchema: ToolDefinition["inputSchema"] | undefined
  return {
    ...options,
    name,
    get inputSchema() {
      return (inputSchema ??= jsonSchemaOf(options.parameters))
    }
  }
}

/**
 * Decodes the calls of a response with the tools that were offered. Fails with `ToolInputError` when the model called a
 * tool that was not offered, or its input does not conform to the schema; the error holds the raw text. Calls that the
 * provider ran are left out.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeCalls = Effect.fnUntraced(function* <const Tools extends ReadonlyArray<Any>>(
  calls: ReadonlyArray<ToolCallPart>,
  tools: Tools
): Effect.fn.Return<ReadonlyArray<Call<Tools[number]>>, ToolInputError> {
  const decoded: Array<Call<Tools[number]>> = []
  for (const part of calls) {
    if (part.providerExecuted === true) continue
    const tool = tools.find((tool) => tool.name === part.name)
    if (tool === undefined) {
      return yield* ToolInputError.of(
        part,
        `no tool of this name was offered; offered: ${tools.map((tool) => tool.name).join(", ") || "none"}`
      )
    }
    if (part.input === undefined) return yield* ToolInputError.of(part, "the arguments are not JSON")
    const input = tool.strict === true ? withoutNulls(tool.inputSchema, part.input) : part.input
    const result = Schema.decodeUnknownResult(Schema.toCodecJson(tool.parameters))(input)
    if (result._tag === "Failure") return yield* ToolInputError.of(part, result.failure.message, result.failure)
    decoded.push({ id: part.id, name: tool.name, input: result.success, part } as Call<Tools[number]>)
  }
  return decoded
})
