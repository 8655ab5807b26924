import { displayWidth } from "effect/cli/CliOutput"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { style } from "./Style.ts"

/**
 * Prints names and values, one pair a line; those without a value are left out. Long values are not cut.
 *
 * @since 0.1.0
 * @category printing
 */
export const print = Effect.fnUntraced(function* (
  pairs: ReadonlyArray<readonly [name: string, value: string | undefined]>
): Effect.fn.Return<void> {
  const { dim } = yield* style
  const shown = pairs.filter(([, value]) => value !== undefined && value !== "")
  const size = Math.max(0, ...shown.map(([name]) => displayWidth(name)))
  for (const [name, value] of shown) {
    yield* Console.log(`${dim(name + " ".repeat(size - displayWidth(name)))}  ${value}`)
  }
})
