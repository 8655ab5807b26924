import * as Arbitrary from "effect/Arbitrary"
import { literal, nonNegativeInt } from "../domain/arbitraries.ts"

/** What splitters and merges tell apart, and what JavaScript and Unicode tell apart differently. */
const fragments = [
  ..."aAbBzZéÉßǅʰжЖ漢字あアกא😀𝔄𝟙𐐀𐐨019½Ⅷ٣.,!?-_/\\'\"<>|=^\t\n\r \u0085\u00a0\u2028\u3000\u200b\ufeff\u0301\u0903\0",
  "'s",
  "'S",
  "'ll",
  "'RE",
  "'ve",
  "\r\n",
  "  ",
  "    ",
  "\n\n",
  " the",
  " quick",
  "camelCase",
  "HTTPServer",
  "👩‍👩‍👧",
  "🇩🇪",
  "❤️",
  "\ud800",
  "\udc00",
  "<|endoftext|>"
]

/** Up to 40 fragments, often the same one after another. */
export const anyText: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.array(Arbitrary.all([literal(...fragments.keys()), literal(1, 1, 1, 2, 7)]), { maxLength: 40 }),
  (parts) => parts.map(([index, times]) => fragments[index]!.repeat(times)).join("")
)

/** No character comes twice, so every part has one place. */
export const distinctText: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.array(nonNegativeInt(0xfff), { maxLength: 60 }),
  (numbers) => String.fromCodePoint(...new Set(numbers.map((n) => [0x20, 0x4e00, 0x1f300][n % 3]! + (n >> 2))))
)

/** What becomes of a text on its way through UTF-8; `String.prototype.toWellFormed` is not in the types yet. */
export const wellFormed = (text: string): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text))
