import * as JsonSchema from "effect/JsonSchema"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaRepresentation from "effect/SchemaRepresentation"
import * as LinearPattern from "./LinearPattern.ts"

type Check = (text: string) => string | undefined

/** Checks that a text is JSON which a JSON Schema (draft 2020-12) describes; fails for a schema that cannot be checked. */
export const make = (schema: { readonly [key: string]: Schema.Json }): Result.Result<Check, string> =>
  Result.try({
    try: () => {
      const document = JsonSchema.fromSchemaDraft2020_12(schema)
      const described = withLinearPatterns(SchemaRepresentation.fromJsonSchemaDocument(document, { patterns: "apply" }))
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

/** The same schema with patterns that take time in proportion to a text: those of JavaScript may never end. */
const withLinearPatterns = ({ ast }: Schema.Top): Schema.Top =>
  SchemaRepresentation.fromRepresentation(SchemaRepresentation.toRepresentation(ast), { revivers })

const { id, payloadSchema } = SchemaRepresentation.isPatternReviver

/** The revivers for what a JSON Schema can express. The many others would only enlarge the bundle. */
const revivers: ReadonlyArray<SchemaRepresentation.AnyReviver> = [
  SchemaRepresentation.makeReviverFilter(id, payloadSchema, ({ payload: { source } }) => {
    const pattern = LinearPattern.checked(source)
    return Schema.makeFilter((text: string) => text.search(pattern) >= 0, {
      expected: `a string that matches the regular expression ${source}`
    })
  }),
  SchemaRepresentation.JsonReviver,
  SchemaRepresentation.isFiniteReviver,
  SchemaRepresentation.isIntReviver,
  SchemaRepresentation.isMultipleOfReviver,
  SchemaRepresentation.isGreaterThanReviver,
  SchemaRepresentation.isGreaterThanOrEqualToReviver,
  SchemaRepresentation.isLessThanReviver,
  SchemaRepresentation.isLessThanOrEqualToReviver,
  SchemaRepresentation.isMinLengthReviver,
  SchemaRepresentation.isMaxLengthReviver,
  SchemaRepresentation.isMinCodePointsReviver,
  SchemaRepresentation.isMaxCodePointsReviver,
  SchemaRepresentation.isUniqueReviver,
  SchemaRepresentation.isMinPropertiesReviver,
  SchemaRepresentation.isMaxPropertiesReviver,
  SchemaRepresentation.isPropertyNamesReviver
]

const inOneLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
