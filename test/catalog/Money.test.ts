import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Schema } from "effect"
import { formatDecimal, fromNumber, times, toNumber } from "../../src/catalog/Money.ts"

const Decimal = Schema.Struct({
  digits: Schema.Literals(["0", "1", "7", "10", "2500", "123456789", "9007199254740991", "90071992547409930000001"]),
  scale: Schema.Int.check(Schema.isBetween({ minimum: -8, maximum: 40 })),
  isNegative: Schema.Boolean
})

const decimalOf = ({ digits, isNegative, scale }: typeof Decimal.Type) =>
  BigDecimal.make(BigInt(digits) * (isNegative ? -1n : 1n), scale)

describe("decimals", () => {
  it.prop("are written with all digits, without exponent or needless zeros", [Decimal], ([given]) => {
    const decimal = decimalOf(given)
    const text = formatDecimal(decimal)
    assert.match(text, /^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/)
    assert.isTrue(BigDecimal.equals(BigDecimal.fromStringUnsafe(text), decimal))
  })

  it.prop("become the number that their digits are read as", [Decimal], ([given]) => {
    const decimal = decimalOf(given)
    assert.strictEqual(toNumber(decimal) + 0, Number(formatDecimal(decimal)) + 0)
  })

  it.prop("are the digits of a number", [Schema.Finite], ([number]) => {
    assert.strictEqual(toNumber(fromNumber(number)) + 0, number + 0)
  })

  it.prop("are multiplied by a count exactly, whole or not", [Decimal, Schema.Finite], ([given, count]) => {
    const decimal = decimalOf(given)
    assert.isTrue(BigDecimal.equals(times(decimal, count), BigDecimal.multiply(decimal, fromNumber(count))))
  })
})
