import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { pullOf, type Stage } from "../../../src/policies/watch/Stage.ts"

/** A stage that writes down what it sees, and may do something of its own. */
const stage = (
  name: string,
  within: Effect.Effect<number, string>,
  seen: Array<string>,
  own: Partial<Stage<number, string, never>> = {}
): Stage<number, string, never> => ({
  within,
  leave: () => undefined,
  begin: (reader) => {
    seen.push(`${name} begins`)
    return own.begin?.(reader)
  },
  passed: (pulled, reader) => {
    seen.push(`${name} passes ${pulled}`)
    return own.passed?.(pulled, reader)
  },
  failed: (cause, reader) => {
    seen.push(`${name} fails with ${String(Cause.squash(cause))}`)
    return own.failed?.(cause, reader) ?? Effect.failCause(cause)
  }
})

/** The result of a pull through three stages, of which the one in the middle does something of its own, and what they saw. */
const pulled = (
  source: Effect.Effect<number, string>,
  own: Partial<Stage<number, string, never>> = {}
): { readonly exit: Exit.Exit<number, string>; readonly seen: ReadonlyArray<string> } => {
  const seen: Array<string> = []
  const inner = pullOf(stage("inner", source, seen))
  const middle = pullOf(stage("middle", inner, seen, own))
  const exit = Effect.runSyncExit(pullOf(stage("outer", middle, seen)))
  return { exit, seen }
}

const begun = ["outer begins", "middle begins", "inner begins"]

describe("stages around stages", () => {
  it("are entered from the outermost, and left from the innermost", () => {
    assert.deepStrictEqual(pulled(Effect.succeed(1)), {
      exit: Exit.succeed(1),
      seen: [...begun, "inner passes 1", "middle passes 1", "outer passes 1"]
    })
    assert.deepStrictEqual(pulled(Effect.fail("no")), {
      exit: Exit.fail("no"),
      seen: [...begun, "inner fails with no", "middle fails with no", "outer fails with no"]
    })
  })

  it.each([
    ["at once", Effect.succeed(2)],
    ["later", Effect.map(Effect.yieldNow, () => 2)]
  ])("show those around what one of them gives in place of what it saw, %s", (_, other) => {
    const after = ["middle passes 1", "outer passes 2"]
    assert.deepStrictEqual(pulled(Effect.succeed(1), { passed: () => other }).seen.slice(-2), after)
    assert.deepStrictEqual(pulled(Effect.fail("no"), { failed: () => other }).seen.slice(-2), [
      "middle fails with no",
      "outer passes 2"
    ])
    const instead = pulled(Effect.succeed(1), { begin: () => other })
    assert.deepStrictEqual(instead.seen, ["outer begins", "middle begins", "outer passes 2"])
  })

  it("fail the pull for those around one that refuses or breaks", () => {
    const refused = pulled(Effect.succeed(1), { passed: () => Effect.fail("refused") })
    assert.deepStrictEqual(refused.seen.slice(-1), ["outer fails with refused"])
    const broken = (): never => {
      throw new Error("broken")
    }
    for (const own of [{ passed: broken }, { failed: broken }]) {
      const { exit, seen } = pulled("passed" in own ? Effect.succeed(1) : Effect.fail("no"), own)
      assert.deepStrictEqual(seen.slice(-1), ["outer fails with Error: broken"])
      assert.isTrue(Exit.hasDies(exit))
    }
  })

  it("follow what is within from one pull to the next", () => {
    const seen: Array<string> = []
    const outer = pullOf({
      ...stage("outer", Effect.never, seen),
      get within() {
        return seen.length < 3 ? pullOf(stage("first", Effect.succeed(1), seen)) : Effect.succeed(2)
      }
    })
    assert.strictEqual(Effect.runSync(outer), 1)
    assert.strictEqual(Effect.runSync(outer), 2)
    assert.deepStrictEqual(seen.slice(-2), ["outer begins", "outer passes 2"])
  })
})
