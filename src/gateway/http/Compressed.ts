import * as Effect from "effect/Effect"
import { promisify } from "node:util"
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib"
import { invalid, type Refused } from "../calls/Failure.ts"

/** The content codings of RFC 9110 and RFC 8878 that clients use. */
const codings = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress)
}

const isCoding = (name: string): name is keyof typeof codings => Object.hasOwn(codings, name)

/** How many codings may be put on each other. */
const mostCodings = 2

/** Undoes what `content-encoding` names, and stops where more than `mostBytes` come out. */
export const decompress = Effect.fnUntraced(function* (
  bytes: Uint8Array,
  contentEncoding: string,
  mostBytes: number
): Effect.fn.Return<Uint8Array, Refused> {
  const names = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity")
  if (names.length > mostCodings) return yield* invalid(`the body is compressed ${names.length} times`)
  let decoded = bytes
  for (const name of names.reverse()) {
    if (!isCoding(name)) {
      const accepted = Object.keys(codings).join(", ")
      return yield* invalid(`content-encoding ${name} is not one of ${accepted}`, { status: 415 })
    }
    decoded = yield* Effect.tryPromise({
      try: () => codings[name](decoded, { maxOutputLength: mostBytes }),
      catch: (cause) =>
        isTooLarge(cause)
          ? invalid(`the body is larger than ${mostBytes} bytes once it is decompressed`, { status: 413 })
          : invalid(`the body is not ${name}, which content-encoding says`)
    })
  }
  return decoded
})

const isTooLarge = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE"
