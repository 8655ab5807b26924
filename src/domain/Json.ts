import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"

/**
 * Any JSON value, checked in constant time: what comes out of a JSON parser is not walked again.
 *
 * @since 0.1.0
 * @category models
 */
export type Json = Schema.Json

/**
 * @since 0.1.0
 * @category schemas
 */
export const Json: Schema.Codec<Json> = Schema.declare<Json>(
  (u): u is Json => u !== undefined && typeof u !== "function" && typeof u !== "symbol" && typeof u !== "bigint",
  {
    expected: "a JSON value",
    toCodecJson: () => Schema.link<Json>()(Schema.Json, Transformation.passthrough()),
    toCodecArbitrary: () => Schema.link<Json>()(Schema.Json, Transformation.passthrough())
  }
)
