import { assert, describe, it } from "@effect/vitest"
import { Cause, Exit } from "effect"
import { ServerError } from "../../../src/domain/ChatResponse.ts"
import { errorTypeOf, quiet } from "../../../src/policies/telemetry/ErrorType.ts"

const secret = "what the user wrote"
const failed = Exit.fail(Object.assign(new ServerError({ detail: secret, status: 500, code: "busy" })))
const mixed = Exit.failCause(Cause.combine(Cause.interrupt(), Cause.die(new Error(secret))))

describe("how a call ended", () => {
  it("is the tag of its error, an interruption or a defect", () => {
    assert.deepStrictEqual(
      [Exit.succeed(1), failed, Exit.fail("text"), Exit.interrupt(), Exit.die(new TypeError(secret)), mixed].map(
        errorTypeOf
      ),
      [undefined, "ServerError", "Error", "interrupted", "_OTHER", "_OTHER"]
    )
  })

  it("is shown without text of the provider or the request", () => {
    assert.deepStrictEqual(quiet(Exit.succeed(secret)), Exit.void)
    const interrupted = Exit.interrupt()
    assert.strictEqual(quiet(interrupted), interrupted)
    for (const exit of [failed, Exit.fail(secret), Exit.die(new Error(secret)), mixed]) {
      const shown = quiet(exit)
      assert.isTrue(Exit.isFailure(shown) && !Cause.pretty(shown.cause).includes(secret))
    }
    const error = (exit: Exit.Exit<unknown, unknown>) => {
      const shown = quiet(exit)
      const { message, name } = (Exit.isFailure(shown) ? Cause.squash(shown.cause) : {}) as Error
      return { message, name }
    }
    assert.deepStrictEqual(error(failed), { message: "500 busy", name: "ServerError" })
    assert.deepStrictEqual(error(Exit.fail({ _tag: "Own", code: "c" })), { message: "c", name: "Own" })
    assert.deepStrictEqual(error(Exit.die(new TypeError(secret))), { message: "", name: "TypeError" })
    // What is a failure stays one, and a defect a defect.
    assert.deepStrictEqual(
      [failed, Exit.die(1), mixed].map((exit) => [Exit.hasFails(quiet(exit)), Exit.hasDies(quiet(exit))]),
      [
        [true, false],
        [false, true],
        [false, true]
      ]
    )
  })
})
