import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { ResponseParseError } from "../../domain/ChatResponse.ts"
import { unknown } from "../../domain/Usage.ts"
import type { EncodeOptions, CallProtocol, EncodedCall } from "../Protocol.ts"
import { array, nonNegativeInt, text, type WireObject } from "./WireObject.ts"

/** The response of a call that costs nothing: one about files, batches or what else a server stores. */
export interface ValueResponse<out A> extends CallResponse {
  readonly value: A
}

export const response = <A>(value: A): ValueResponse<A> => ({ value, usage: unknown, warnings: [], attempts: [] })

/** The value, or an error where the response does not hold it. */
export const responseOf = <A>(
  value: A | undefined,
  body: unknown,
  { model, provider }: EncodeOptions
): Result.Result<ValueResponse<A>, ResponseParseError> =>
  value === undefined
    ? Result.fail(
        new ResponseParseError({ provider, model, body, detail: "the response does not have the expected form" })
      )
    : Result.succeed(response(value))

/** A call that needs no body, with the value in its response. */
export const make = <Request extends CallRequest, A>(
  { decodeError, id }: Pick<CallProtocol<Request, ValueResponse<A>>, "id" | "decodeError">,
  encode: (request: Request) => Omit<EncodedCall, "warnings">,
  decode: (body: unknown, request: Request) => A | undefined
): CallProtocol<Request, ValueResponse<A>> => ({
  id,
  encodeRequest: (request) => Result.succeed({ ...encode(request), warnings: [] }),
  decodeResponse: (body, options) => responseOf(decode(body, options.request), body, options),
  decodeError
})

/** The path with the query parameters that are defined. */
export const withQuery = (path: string, query: WireObject): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value))
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

/**
 * The number of the next page, where pages are numbered from 0 (Mistral). A server may return fewer items than the limit, so
 * its `total`, if there is one, decides.
 */
export const nextNumber = (
  page: WireObject,
  { after = "0", limit }: { readonly after?: string | undefined; readonly limit: number }
): string | undefined => {
  const next = Number(after) + 1
  const { length } = array(page.data)
  const total = nonNegativeInt(page.total)
  const hasMore = total === undefined ? length >= limit : next * length < total
  return length > 0 && hasMore ? String(next) : undefined
}

/** A time as RFC 3339; providers write it so, or in seconds since 1970. */
export const time = (u: unknown): string | undefined =>
  typeof u === "number" && u > 0
    ? Option.getOrUndefined(Option.map(DateTime.make(u * 1000), DateTime.formatIso))
    : text(u)
