import * as BigDecimal from "effect/BigDecimal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Terminal from "effect/Terminal"
import { displayWidth } from "effect/cli/CliOutput"
import { formatDecimal } from "effect-llm/catalog/Money"
import { style } from "./Style.ts"
import { width, wrap } from "./Text.ts"

/** Writes decimals as text, as the APIs do. */
function decimalsAsText(this: object, key: string, value: unknown): unknown {
  const given: unknown = Reflect.get(this, key)
  return BigDecimal.isBigDecimal(given) ? formatDecimal(given) : value
}

/** Prints a value as JSON. */
export const printJson = (value: unknown): Effect.Effect<void> => Console.log(JSON.stringify(value, decimalsAsText, 2))

/** Reports a deletion. */
export const printDeleted = (id: string, json: boolean): Effect.Effect<void> =>
  json ? printJson({ id, deleted: true }) : Console.log(`${id} is deleted`)

/** Prints names and values, one pair per line; long values wrap, and empty ones are skipped. */
export const printDetails = Effect.fnUntraced(function* (
  pairs: ReadonlyArray<readonly [name: string, value: string | undefined]>
): Effect.fn.Return<void, never, Terminal.Terminal> {
  const { dim } = yield* style
  const shown = pairs.filter(([, value]) => value !== undefined && value !== "")
  const size = Math.max(0, ...shown.map(([name]) => displayWidth(name)))
  const room = Math.max(1, (yield* width) - size - 2)
  for (const [name, value = ""] of shown) {
    const [first, ...rest] = wrap(value, room)
    yield* Console.log(`${dim(name + " ".repeat(size - displayWidth(name)))}  ${first}`)
    for (const line of rest) yield* Console.log(`${" ".repeat(size)}  ${line}`)
  }
})
