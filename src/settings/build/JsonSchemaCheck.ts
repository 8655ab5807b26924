import * as JsonSchema from "effect/JsonSchema"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaRepresentation from "effect/SchemaRepresentation"

type Check = (text: string) => string | undefined

/** Checks that a text is JSON which a JSON Schema (draft 2020-12) describes; fails for a schema that cannot be checked. */
export const make = (schema: { readonly [key: string]: Schema.Json }): Result.Result<Check, string> =>
  Result.try({
    try: () => {
      const document = JsonSchema.fromSchemaDraft2020_12(schema)
      // Whoever writes settings is trusted with regular expressions.
      const described = SchemaRepresentation.fromJsonSchemaDocument(document, { patterns: "apply" })
      const decode = Schema.decodeUnknownResult(Schema.fromJsonString(described as Schema.Codec<unknown>))
      return (text) => {
        const decoded = decode(text, { errors: "all", onExcessProperty: "error" })
        return Result.isSuccess(decoded)
          ? undefined
          : `the response does not conform to the schema: ${decoded.failure.message}`
      }
    },
    catch: (error) => inOneLine(error instanceof Error ? error.message : String(error))
  })

const inOneLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
