import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ResponseParseError } from "../../domain/ChatResponse.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"

/** A page of a list, and where the next one begins. */
interface Page<out A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | undefined
}

/**
 * The items of a list, each once, whose pages are requested as they are read. A server that repeats a page is an error, since
 * its list would never end and the rest could not be read: one that names the same next page again, or gives two pages in a row
 * with nothing new. One such page may be due to items that were added meanwhile.
 */
export const read = <A extends { readonly id: string }, R>(
  place: { readonly provider: string; readonly model: string },
  request: (after: string | undefined) => Effect.Effect<Page<A>, ProviderError, R>
): Stream.Stream<A, ProviderError, R> =>
  Stream.suspend(() => {
    const places = new Set<string>()
    const ids = new Set<string>()
    let pagesWithoutNews = 0
    return Stream.paginate(undefined as string | undefined, (after) =>
      Effect.flatMap(request(after), ({ items, next }) => {
        const news = items.filter(({ id }) => !ids.has(id))
        for (const { id } of news) ids.add(id)
        pagesWithoutNews = news.length > 0 || items.length === 0 ? 0 : pagesWithoutNews + 1
        if (next !== undefined && (places.has(next) || pagesWithoutNews > 1)) {
          const detail = "the server gives the same page of the list again"
          return Effect.fail(new ResponseParseError({ ...place, detail }))
        }
        if (next !== undefined) places.add(next)
        return Effect.succeed([news, Option.fromUndefinedOr(next)] as const)
      })
    )
  })
