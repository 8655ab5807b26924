import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Edit, edited, type View, Windows } from "../../../src/policies/content/Windows.ts"
import { cutAt, Cuts, textOf } from "./answers.ts"

type Seen = readonly [text: string, before: string, isLast: boolean]

/** Windows that see these edits, what they have seen, and what is released when a piece is added. */
const windowsOf = (size: number, editsOf: (text: string, view: View) => ReadonlyArray<Edit> = () => []) => {
  const seen: Array<Seen> = []
  const windows = new Windows(size, (text, view) =>
    Effect.sync(() => {
      seen.push([text, view.before, view.isLast])
      return editsOf(text, view)
    })
  )
  const releasedBy = (isLast: boolean): string => {
    const next = windows.next(isLast)
    return next === undefined ? "" : Effect.runSync(next) + releasedBy(isLast)
  }
  const add = (piece: string): string => {
    windows.push(piece)
    return releasedBy(false)
  }
  return { windows, seen, add, end: () => releasedBy(true) }
}

/** Edits of the places in the text as a whole that the pattern finds in a window. */
const replacing =
  (pattern: RegExp, replacement: string) =>
  (text: string): ReadonlyArray<Edit> =>
    [...text.matchAll(pattern)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      text: replacement
    }))

describe("the windows of a text", () => {
  it("are twice the size, begin in the middle of the previous one, and are checked once each", () => {
    const { add, end, seen, windows } = windowsOf(4)
    assert.deepStrictEqual(["abcdefg", "h", "ijklmn"].map(add), ["", "abcd", "efgh"])
    assert.strictEqual(add(""), "")
    assert.strictEqual(end(), "ijklmn")
    assert.isUndefined(windows.next(true))
    assert.deepStrictEqual(seen, [
      ["abcdefgh", "", false],
      ["efghijkl", "abcd", false],
      ["ijklmn", "abcdefgh", true]
    ])
    assert.isFalse(windows.isChanged)
  })

  it("are none of an empty text", () => {
    const { end, seen } = windowsOf(4)
    assert.strictEqual(end(), "")
    assert.deepStrictEqual(seen, [])
  })

  it("come with the 64 characters before them", () => {
    const text = Array.from({ length: 200 }, (_, index) => String.fromCharCode(0x4e00 + index)).join("")
    const { add, end, seen } = windowsOf(40)
    assert.strictEqual(add(text) + end(), text)
    assert.deepStrictEqual(
      seen.map(([, before]) => before),
      ["", text.slice(0, 40), text.slice(16, 80), text.slice(56, 120), text.slice(96, 160)]
    )
  })

  it("cut no surrogate pair, neither where they end nor where the next begins", () => {
    for (const pair of ["😀", "\u{10000}", "\u{10ffff}"]) {
      const cut = windowsOf(2)
      assert.strictEqual(cut.add(`a${pair}bc`), `a${pair}`)
      const whole = windowsOf(2)
      assert.strictEqual(whole.add(`abc${pair.slice(0, 1)}`), "")
      assert.strictEqual(whole.add(pair.slice(1)), "ab")
      assert.strictEqual(whole.seen[0]?.[0], `abc${pair}`)
      assert.strictEqual(windowsOf(2).add(`${pair}${pair}`), pair)
    }
    for (const letter of ["\u6f22", "\ue000", "\uffff"]) assert.strictEqual(windowsOf(1).add(`${letter}a`), letter)
  })

  it.prop(
    "release the same text however it is cut, with every edit that is no longer than their size",
    { text: textOf("ab", "a", "b", "c", "😀"), cuts: Cuts },
    ({ cuts, text }) => {
      const { add, end, windows } = windowsOf(3, replacing(/ab/g, "X"))
      assert.strictEqual(cutAt(text, cuts).map(add).join("") + end(), text.replaceAll("ab", "X"))
      assert.strictEqual(windows.isChanged, text.includes("ab"))
    },
    { arbitrary: { runs: 100 } }
  )
})

describe("an edit", () => {
  const edit = (start: number, end: number, text: string): Edit => ({ start, end, text })
  /** What is released by eight characters with these edits, of windows of the size four; and by the end. */
  const released = (edits: ReadonlyArray<Edit>) => {
    const { add, end, seen, windows } = windowsOf(4, (_, { isLast }) => (isLast ? [] : edits))
    const first = add("abcdefgh")
    return { first, isChanged: windows.isChanged, last: end(), before: seen.at(-1)?.[1] }
  }

  it("of the first half is decided, and of the second waits for the next window", () => {
    assert.deepInclude(released([edit(3, 4, "X")]), { first: "abcX", last: "efgh" })
    assert.deepInclude(released([edit(4, 5, "X")]), { first: "abcd", last: "efgh" })
    assert.deepInclude(released([edit(0, 1, "X"), edit(6, 7, "Y")]), { first: "Xbcd", last: "efgh" })
  })

  it("that reaches into the second half waits for the next window, as do those that adjoin it", () => {
    assert.deepInclude(released([edit(2, 6, "X")]), { first: "abX", last: "gh" })
    assert.deepInclude(released([edit(2, 4, "X"), edit(4, 6, "Y")]), { first: "abXY", last: "gh" })
    assert.deepInclude(released([edit(0, 4, "X"), edit(4, 5, "Y"), edit(6, 7, "Z")]), { first: "XY", last: "fgh" })
  })

  it("applies in order, and not if it overlaps an earlier one", () => {
    assert.deepInclude(released([edit(2, 3, "Y"), edit(0, 2, "X")]), { first: "XYd" })
    assert.deepInclude(released([edit(0, 3, "X"), edit(2, 4, "Y")]), { first: "Xd" })
    assert.strictEqual(edited("abcdef", [edit(3, 4, "X"), edit(0, 2, "Y"), edit(1, 3, "Z")]), "YcXef")
    assert.strictEqual(edited("abcdef", [edit(0, 2, "Y"), edit(2, 3, "Z")]), "YZdef")
    assert.strictEqual(edited("abcdef", []), "abcdef")
  })

  it("that ends where the next window begins leaves no look-behind text", () => {
    assert.strictEqual(released([edit(2, 4, "X")]).before, "")
    assert.strictEqual(released([edit(2, 3, "X")]).before, "abcd")
  })

  it("counts as a change only if the text differs", () => {
    assert.isFalse(released([edit(2, 3, "c")]).isChanged)
    assert.isTrue(released([edit(2, 3, "C")]).isChanged)
  })

  it("at the end of a window waits until it is complete", () => {
    const { add, end, seen } = windowsOf(4, replacing(/[ef]+/g, "X"))
    assert.strictEqual(add("abcefeff"), "")
    assert.strictEqual(add("efe"), "")
    assert.strictEqual(add("f"), "")
    assert.strictEqual(add("gh"), "")
    assert.strictEqual(add("ij"), "abcX")
    assert.strictEqual(end(), "ghij")
    assert.deepStrictEqual(
      seen.map(([text]) => text.length),
      [8, 12, 16, 4]
    )
    const last = windowsOf(4, replacing(/[ef]+/g, "X"))
    assert.strictEqual(last.add("abcefeff") + last.end(), "abcX")
  })
})
