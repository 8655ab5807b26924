import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import { extname } from "node:path"
import { invalid, type Refused } from "../calls/Failure.ts"

/** Where the build of the page is, both in the package and in a checkout. */
const folder = new URL("../../page/built/", import.meta.url)

/** A file of the page in one encoding. */
export interface Asset {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly encoding: "br" | "gzip" | undefined
}

const contentTypes: { readonly [extension: string]: string } = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8"
}

const suffixes = { br: ".br", gzip: ".gz" } as const

/** The best encoding that the client accepts; `br;q=0` refuses one. */
export const encodingFor = (acceptEncoding: string | undefined): Asset["encoding"] => {
  const accepted = new Set(
    (acceptEncoding ?? "").split(",").flatMap((part) => {
      const [name = "", parameter = ""] = part.toLowerCase().split(";")
      const [q = "", value] = parameter.split("=")
      return q.trim() === "q" && Number(value) === 0 ? [] : [name.trim()]
    })
  )
  return accepted.has("br") ? "br" : accepted.has("gzip") ? "gzip" : undefined
}

/** Files that were read stay in memory: they are few, small, and never change while the gateway runs. */
const loaded = new Map<string, Asset>()

/** A file of the page, by a name without folders. */
export const asset = Effect.fnUntraced(function* (
  name: string,
  encoding: Asset["encoding"]
): Effect.fn.Return<Asset, Refused> {
  const contentType = contentTypes[extname(name)]
  if (contentType === undefined || !/^[\w-]+\.\w+$/.test(name)) return yield* missing(name)
  const file = `${name}${encoding === undefined ? "" : suffixes[encoding]}`
  const known = loaded.get(file)
  if (known !== undefined) return known
  const bytes = yield* Effect.tryPromise({ try: () => readFile(new URL(file, folder)), catch: () => missing(name) })
  const asset = { bytes, contentType, encoding }
  loaded.set(file, asset)
  return asset
})

const missing = (name: string): Refused =>
  invalid(
    name === "index.html"
      ? "the page has not been built. In a checkout, `npm run build:page` builds it"
      : `the page has no ${name}`,
    { status: 404 }
  )
