import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ResponseParseError } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"

/** A page of a list, and where the next one begins. */
interface Page<out A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | undefined
}

/**
 * The items of a list, whose pages are requested as they are read. A server that repeats a page is an error, since its list
 * would never end and the rest could not be read.
 */
export const read = <A, R>(
  place: { readonly provider: string; readonly model: string },
  request: (after: string | undefined) => Effect.Effect<Page<A>, ProviderError, R>
): Stream.Stream<A, ProviderError, R> =>
  Stream.suspend(() => {
    const seen = new Set<string>()
    return Stream.paginate(undefined as string | undefined, (after) =>
      Effect.flatMap(request(after), ({ items, next }) => {
        if (next !== undefined && seen.has(next)) {
          const detail = "the server gives the same page of the list again"
          return Effect.fail(new ResponseParseError({ ...place, detail }))
        }
        if (next !== undefined) seen.add(next)
        return Effect.succeed([items, Option.fromUndefinedOr(next)] as const)
      })
    )
  })
