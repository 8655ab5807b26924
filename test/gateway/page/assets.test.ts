import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { encodingFor } from "../../../src/gateway/page/Assets.ts"
import { buildPage } from "../../../.ci/page.ts"
import { mkdtempSync, rmSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gateway } from "../gateway.ts"

/** A response as it is on the wire: `fetch` would unpack it. */
const raw = (url: string, headers: { readonly [name: string]: string } = {}, method = "GET") =>
  Effect.callback<{
    readonly status: number | undefined
    readonly headers: NodeJS.Dict<string | ReadonlyArray<string>>
    readonly body: Buffer
  }>((resume) => {
    const outgoing = request(url, { headers, method }, (incoming) => {
      const chunks: Array<Buffer> = []
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
      incoming.on("end", () =>
        resume(Effect.succeed({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks) }))
      )
    })
    outgoing.end()
  })

const filesIn = (html: string) => [...html.matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map(([, path]) => path ?? "")

describe("the page", () => {
  it.live("is one document and the files that it names, cached for ever and compressed as the client accepts", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway("models: { fast: openai/sim-healthy }")
      const document = yield* raw(`${url}/`)
      assert.strictEqual(document.status, 200)
      assert.strictEqual(document.headers["content-type"], "text/html; charset=utf-8")
      assert.strictEqual(document.headers["cache-control"], "no-cache")
      const files = filesIn(document.body.toString())
      assert.strictEqual(files.length, 4)
      for (const file of files) {
        const plain = yield* raw(`${url}/${file}`)
        assert.strictEqual(plain.headers["cache-control"], "public, max-age=31536000, immutable")
        assert.strictEqual(plain.headers["content-length"], String(plain.body.length))
        const gzip = yield* raw(`${url}/${file}`, { "accept-encoding": "deflate, gzip;q=0.8, br;q=0" })
        assert.strictEqual(gzip.headers["content-encoding"], "gzip")
        assert.isTrue(gunzipSync(gzip.body).equals(plain.body))
        const brotli = yield* raw(`${url}/${file}`, { "accept-encoding": "gzip, deflate, br" })
        assert.strictEqual(brotli.headers["content-encoding"], "br")
        assert.isTrue(brotliDecompressSync(brotli.body).equals(plain.body))
      }
      const head = yield* raw(`${url}/`, {}, "HEAD")
      assert.deepStrictEqual([head.status, head.body.length], [200, 0])
    })
  )

  it.live("may load and run only its own files, cannot be framed, and sends no referrer", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway("models: { fast: openai/sim-healthy }")
      const document = yield* raw(`${url}/`)
      const script = filesIn(document.body.toString()).find((file) => file.endsWith(".js"))
      for (const { headers } of [document, yield* raw(`${url}/${script}`)]) {
        const policy = String(headers["content-security-policy"]).split("; ")
        assert.includeMembers(policy, [
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "connect-src 'self'",
          "frame-ancestors 'none'"
        ])
        assert.notInclude(policy.join(), "unsafe")
        assert.strictEqual(headers["x-content-type-options"], "nosniff")
        assert.strictEqual(headers["referrer-policy"], "no-referrer")
      }
      assert.notMatch(document.body.toString(), /<script(?![^>]*src=)|<style| style=| on\w+=/)
    })
  )

  it.live("serves no other files, wherever a path points", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway("models: { fast: openai/sim-healthy }")
      for (const encoding of ["br", "gzip"]) yield* raw(url, { "accept-encoding": encoding })
      for (const path of [
        "nothing.js",
        "..%2findex.html",
        "%2e%2e%2fMain.tsx",
        "index.html.gz",
        "tsconfig.json",
        ".js"
      ])
        assert.strictEqual((yield* raw(`${url}/page/${path}`)).status, 404)
    })
  )

  it.effect("loads less than 45 kB at once, as gzip, and 68 kB with the charts", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "effect-llm-page-"))
      const { gzipBytes, startBytes } = yield* Effect.promise(() => buildPage(folder))
      rmSync(folder, { recursive: true })
      assert.isBelow(startBytes, 45_000)
      assert.isBelow(gzipBytes, 68_000)
    })
  )

  it("is not compressed in a way that the client rejects", () => {
    const cases: ReadonlyArray<readonly [string | undefined, ReturnType<typeof encodingFor>]> = [
      [undefined, undefined],
      ["", undefined],
      ["identity", undefined],
      ["gzip", "gzip"],
      ["GZIP, BR", "br"],
      ["br;q=0, gzip;q=0.1", "gzip"],
      ["br; q=0.0,gzip;q=0", undefined],
      ["brotli", undefined]
    ]
    for (const [header, encoding] of cases) assert.strictEqual(encodingFor(header), encoding, header)
  })
})
