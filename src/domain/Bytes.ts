import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"

/**
 * Bytes, written in JSON as `{ "base64": "..." }`, so that they cannot be taken for a URL or a text beside which they
 * may stand.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Bytes: Schema.Codec<Uint8Array> = Schema.declare<Uint8Array>(
  (u): u is Uint8Array => u instanceof Uint8Array,
  {
    expected: "a Uint8Array",
    toCodecJson: () =>
      Schema.link<Uint8Array>()(
        Schema.Struct({ base64: Schema.Uint8ArrayFromBase64 }),
        Transformation.transform({ decode: ({ base64 }) => base64, encode: (base64) => ({ base64 }) })
      ),
    toCodecArbitrary: () => Schema.link<Uint8Array>()(Schema.Uint8Array, Transformation.passthrough())
  }
)
