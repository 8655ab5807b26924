import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Detector from "../../../src/policies/Detector.ts"

const textsOf = (detector: Detector.Detector, text: string, before = "") =>
  Detector.find([detector], text, before).map(({ text }) => text)

/** A number with the check digit that Luhn's algorithm gives it, as its description has it: from the right, every other one doubled. */
const withCheckDigit = (digits: ReadonlyArray<number>): string => {
  const sum = digits.toReversed().reduce((sum, digit, index) => {
    const doubled = index % 2 === 0 ? 2 * digit : digit
    return sum + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return `${digits.join("")}${(10 - (sum % 10)) % 10}`
}

const Digits = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })))

describe("the findings in a text", () => {
  it("are at their offsets, in order, also with several detectors", () => {
    const [a, b] = [Detector.make("A", /a+/), Detector.make("B", /b+/g)]
    const text = "xaaybbzaa"
    const spans = Detector.find([b, a], text)
    assert.deepStrictEqual(spans, [
      { detector: "A", start: 1, end: 3, text: "aa" },
      { detector: "B", start: 4, end: 6, text: "bb" },
      { detector: "A", start: 7, end: 9, text: "aa" }
    ])
    assert.deepStrictEqual(Detector.find([], text), [])
  })

  it("are whole for the first of two that overlap, and the rest of the second", () => {
    const [early, late, inner] = [Detector.make("E", /abcd/), Detector.make("L", /cdef/), Detector.make("I", /bc/)]
    for (const order of [
      [early, late, inner],
      [inner, late, early]
    ]) {
      assert.deepStrictEqual(Detector.find(order, "-abcdef-"), [
        { detector: "E", start: 1, end: 5, text: "abcd" },
        { detector: "L", start: 5, end: 7, text: "ef" }
      ])
    }
    // Of two that begin together, the longer one.
    const short = Detector.make("S", /ab/)
    assert.deepStrictEqual(
      Detector.find([short, early], "abcd").map(({ detector }) => detector),
      ["E"]
    )
  })

  const key = `sk-${"proj"}-abcdefghijklmnopqrstuvwxyz0123456789ABCD`
  it("include what begins right after another finding, though alone it would not be one there", () => {
    const [digits, word] = [Detector.make("DIGITS", /(?<!\w)\d{2}/), Detector.make("WORD", /(?<!\w)[a-z]{2}/)]
    assert.deepStrictEqual(
      Detector.find([digits, word], "12ab34cd5ef").map(({ detector, start, text }) => [detector, start, text]),
      [
        ["DIGITS", 0, "12"],
        ["WORD", 2, "ab"],
        ["DIGITS", 4, "34"],
        ["WORD", 6, "cd"]
      ]
    )
    assert.deepStrictEqual(
      Detector.find(Detector.standard, `4111 1111 1111 1111${key}`).map(({ text }) => text),
      ["4111 1111 1111 1111", key]
    )
  })

  const pieces = [
    "4111 1111 1111 1111",
    key,
    "ann@example.com",
    "+49 30 901820",
    "DE89 3704 0044 0532 0130 00",
    "a",
    "7",
    " ",
    "😀"
  ]
  it.prop(
    "leave nothing to find where placeholders stand for them",
    { text: Schema.Array(Schema.Literals(pieces)).check(Schema.isMaxLength(8)) },
    ({ text }) => {
      const whole = text.join("")
      const spans = Detector.find(Detector.standard, whole)
      const left = spans.reduceRight((text, { end, start }) => `${text.slice(0, start)}[]${text.slice(end)}`, whole)
      assert.deepStrictEqual(Detector.find(Detector.standard, left), [], `${whole} -> ${left}`)
    },
    { arbitrary: { runs: 300 } }
  )

  it("are only those that the detector accepts, and may begin within a rejected match", () => {
    const even = Detector.make("EVEN", /\d\d/, (match) => Number(match) % 2 === 0)
    assert.deepStrictEqual(Detector.find([even], "-12-34-"), [
      { detector: "EVEN", start: 1, end: 3, text: "12" },
      { detector: "EVEN", start: 4, end: 6, text: "34" }
    ])
    assert.deepStrictEqual(Detector.find([even], "-316-"), [{ detector: "EVEN", start: 2, end: 4, text: "16" }])
    assert.deepStrictEqual(Detector.find([even], "-13-"), [])
  })

  it("may look behind at the text before, which is not searched again", () => {
    const word = Detector.make("WORD", /(?<!\w)a/)
    assert.deepStrictEqual(textsOf(word, "a"), ["a"])
    assert.deepStrictEqual(textsOf(word, "a", "b"), [])
    assert.deepStrictEqual(Detector.find([word], "-a", "a "), [{ detector: "WORD", start: 1, end: 2, text: "a" }])
  })
})

describe("numbers of payment cards", () => {
  it.prop("are found with the right check digit, and with no other", [Digits], ([some]) => {
    const digits = [4, ...some, ...Array.from({ length: 14 }, (_, index) => index % 7)].slice(0, 15)
    const card = withCheckDigit(digits)
    assert.deepStrictEqual(textsOf(Detector.creditCard, `card ${card}.`), [card])
    const wrong = `${card.slice(0, -1)}${(Number(card.at(-1)) + 1) % 10}`
    assert.notInclude(textsOf(Detector.creditCard, wrong), wrong)
  })

  it("have 13 to 19 digits, in groups or not", () => {
    for (const length of [13, 16, 19]) {
      const card = withCheckDigit([5, ...Array.from({ length: length - 2 }, (_, index) => (index * 3) % 10)])
      assert.strictEqual(card.length, length)
      assert.deepStrictEqual(textsOf(Detector.creditCard, card), [card])
    }
    const short = withCheckDigit([4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    assert.strictEqual(short.length, 12)
    assert.deepStrictEqual(textsOf(Detector.creditCard, short), [])
    for (const grouped of ["4111 1111 1111 1111", "4111-1111-1111-1111"]) {
      assert.deepStrictEqual(textsOf(Detector.creditCard, `my ${grouped}, thanks`), [grouped])
    }
    assert.deepStrictEqual(textsOf(Detector.creditCard, "1111 1111 1111 1117"), [])
  })

  it("end where the number does, and not with what follows them", () => {
    assert.deepStrictEqual(textsOf(Detector.creditCard, "4111 1111 1111 1111 12"), ["4111 1111 1111 1111"])
    assert.deepStrictEqual(textsOf(Detector.creditCard, "4111111111111111 4012888888881881"), [
      "4111111111111111",
      "4012888888881881"
    ])
    // A digit too many is no card, nor is what is left of it.
    assert.deepStrictEqual(textsOf(Detector.creditCard, "41111111111111112"), [])
  })
})

describe("bank account numbers", () => {
  // https://en.wikipedia.org/wiki/International_Bank_Account_Number#Structure
  const known = [
    "GB82 WEST 1234 5698 7654 32",
    "DE89370400440532013000",
    "NO9386011117947",
    "MT84MALT011000012345MTLCAST001S"
  ]

  it("are found in groups or not, in either case, and end where their country ends them", () => {
    for (const iban of known) {
      for (const text of [iban, iban.toLowerCase(), iban.replaceAll(" ", "")]) {
        assert.deepStrictEqual(textsOf(Detector.iban, `to ${text}, please`), [text])
        assert.deepStrictEqual(textsOf(Detector.iban, `to ${text} now`), [text])
      }
    }
  })

  it("have the checksum and the length of their country", () => {
    for (const iban of known) {
      const digit = iban[2] === "9" ? "8" : "9"
      assert.deepStrictEqual(textsOf(Detector.iban, iban.slice(0, 2) + digit + iban.slice(3)), [], iban)
      assert.deepStrictEqual(textsOf(Detector.iban, iban.slice(0, -1)), [], iban)
      assert.deepStrictEqual(textsOf(Detector.iban, `${iban}7`), [], iban)
      assert.deepStrictEqual(textsOf(Detector.iban, `XX${iban.slice(2)}`), [], iban)
      assert.deepStrictEqual(textsOf(Detector.iban, `x${iban}`), [], iban)
    }
  })
})
