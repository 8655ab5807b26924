import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { FileInfo } from "../../domain/FileInfo.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { CallProtocol, EncodedCall } from "../CallProtocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { isObject, text, type WireObject } from "../wire/WireObject.ts"
import { answer, type FileAnswer } from "./FileProtocol.ts"

/** Makes the codec of a call that says everything in its path. */
export const byPath = <Request extends CallRequest, A>(
  id: string,
  encode: (request: Request) => Omit<EncodedCall, "warnings" | "body">,
  decode: (body: unknown, request: Request) => A | undefined
): CallProtocol<Request, FileAnswer<A>> => ({
  id,
  encodeRequest: (request) => Result.succeed({ ...encode(request), warnings: [] }),
  decodeResponse: (body, { model, provider, request }) => answered(decode(body, request), { model, provider, body }),
  decodeError
})

/** Makes the codec of a call that is answered with the content of a file. */
export const bytes = <Request extends CallRequest>(
  id: string,
  encode: (request: Request) => Omit<EncodedCall, "warnings" | "body">
): CallProtocol<Request, FileAnswer<Uint8Array>> => ({
  ...byPath(id, encode, (body) => (body instanceof Uint8Array ? body : undefined)),
  reads: "bytes"
})

/** The answer, or the error of one that is not what was asked for. */
export const answered = <A>(
  value: A | undefined,
  place: { readonly model: string; readonly provider: string; readonly body: unknown }
): Result.Result<FileAnswer<A>, ResponseParseError> =>
  value === undefined
    ? Result.fail(new ResponseParseError({ ...place, detail: "the answer tells of no file" }))
    : Result.succeed(answer(value))

/** Where the id of a file goes in a path. */
export const segment = (id: string): string => encodeURIComponent(id)

/** A path with the parameters that are there. */
export const withQuery = (path: string, query: WireObject): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value))
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

/** A time as RFC 3339: providers write it so, or in seconds since 1970. */
export const time = (u: unknown): string | undefined =>
  typeof u === "number" && u > 0
    ? Option.getOrUndefined(Option.map(DateTime.make(u * 1000), DateTime.formatIso))
    : text(u)

/** The files of a list, read one by one. */
export const files = (list: unknown, read: (wire: WireObject) => FileInfo | undefined): ReadonlyArray<FileInfo> =>
  Array.isArray(list) ? list.flatMap((item) => (isObject(item) ? (read(item) ?? []) : [])) : []
