import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** A policy in its long form, in a short one, or `false`, which switches off the policy of all models. */
export const policy = <Long, LongEncoded, Short, ShortEncoded>(
  long: Schema.Codec<Long, LongEncoded>,
  short: Schema.Codec<Short, ShortEncoded>,
  toLong: (value: Short) => Long,
  expected: string
): Schema.Codec<Long | false, LongEncoded | ShortEncoded | false> => {
  const isShort = Schema.is(short)
  return Schema.Union([Schema.Literal(false), short, long])
    .annotate({ expected })
    .pipe(
      Schema.decodeTo(
        Schema.Union([Schema.Literal(false), Schema.toType(long)]),
        SchemaTransformation.transform({
          decode: (value: Long | Short | false): Long | false => (isShort(value) ? toLong(value) : value),
          encode: (value: Long | false): Long | Short | false => value
        })
      )
    )
}
