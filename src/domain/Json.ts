import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"

/**
 * Any JSON value. It is checked in constant time: the output of a JSON parser is not walked again.
 *
 * @since 0.1.0
 * @category models
 */
export type Json = Schema.Json

/**
 * The schema of `Json`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Json: Schema.Codec<Json> = Schema.declare<Json>((u): u is Json => isJson(u), {
  expected: "a JSON value",
  toCodecJson: () => Schema.link<Json>()(Schema.Json, Transformation.passthrough()),
  toCodecArbitrary: () => Schema.link<Json>()(Schema.Json, Transformation.passthrough())
})

const isJson = (u: unknown): u is Json =>
  u !== undefined && typeof u !== "function" && typeof u !== "symbol" && typeof u !== "bigint"

/**
 * An optional field of any JSON value. `Schema.optional(Json)` would write a field that is `undefined` as `null`, and
 * read it back as that.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OptionalJson: Schema.optionalKey<Schema.Codec<Json | undefined>> = Schema.optionalKey(
  Schema.declare<Json | undefined>((u): u is Json | undefined => isJson(u) || u === undefined, {
    expected: "a JSON value or undefined",
    toCodecJson: () =>
      Schema.link<Json | undefined>()(
        Schema.optionalKey(Schema.Json),
        Transformation.transformOptional<Json | undefined, Json>({
          decode: (json) => json,
          encode: Option.filter((json): json is Json => json !== undefined)
        })
      ),
    toCodecArbitrary: () =>
      Schema.link<Json | undefined>()(Schema.UndefinedOr(Schema.Json), Transformation.passthrough())
  })
)
