import { assert, describe, it } from "@effect/vitest"
import { mostBytes, Uploads } from "../../../src/gateway/http/Uploads.ts"

describe("uploads", () => {
  it("take at most a quarter of a container's memory, and 512 MB where there is more", () => {
    assert.strictEqual(mostBytes(512 * 1024 * 1024), 128 * 1024 * 1024)
    // A machine without a limit says a number beyond all memory, and one that cannot tell 0.
    for (const unlimited of [2 ** 64, 0, undefined]) assert.isAtMost(mostBytes(unlimited), 512_000_000)
    assert.strictEqual(mostBytes(2 ** 64), 512_000_000)
    assert.strictEqual(mostBytes(0), 512_000_000)
  })

  it("free their memory when they end, in any order", () => {
    const uploads = new Uploads(100)
    const [first, second] = [uploads.begin(), uploads.begin()]
    assert.deepStrictEqual([first.holds(60), second.holds(41), second.holds(40)], [true, false, true])
    first.end()
    assert.deepStrictEqual([second.holds(100), uploads.begin().holds(1)], [true, false])
    second.end()
    assert.isTrue(uploads.begin().holds(100))
  })
})
