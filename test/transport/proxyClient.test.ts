import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import * as UndiciClient from "../../src/transport/UndiciClient.ts"
import { serve } from "../providers/server.ts"
import { proxyTo } from "./proxy.ts"

const get = (url: string, env: { readonly [name: string]: string }) =>
  HttpClient.get(url).pipe(
    Effect.flatMap(({ text }) => text),
    Effect.provide(Layer.provide(UndiciClient.layerProxy, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

describe("UndiciClient.layerProxy", () => {
  it.live("sends through the proxy, with its user name and password", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => void response.end("hello"))
      const proxy = yield* proxyTo(Number(new URL(server.url).port))
      const { host } = new URL(proxy.url)
      assert.strictEqual(yield* get("http://other.invalid/a", { http_proxy: `me:word@${host}` }), "hello")
      assert.deepStrictEqual(proxy.asked, ["http://other.invalid/a"])
      assert.deepStrictEqual(proxy.credentials, [`Basic ${btoa("me:word")}`])
    })
  )

  it.live("sends directly if no proxy is set, or the host is in NO_PROXY", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => void response.end("hello"))
      const proxy = yield* proxyTo(Number(new URL(server.url).port))
      assert.strictEqual(yield* get(server.url, { HTTP_PROXY: "" }), "hello")
      assert.strictEqual(yield* get(server.url, { HTTP_PROXY: proxy.url, NO_PROXY: "localhost, 127.0.0.1" }), "hello")
      assert.strictEqual(yield* get(server.url, { HTTP_PROXY: proxy.url, NO_PROXY: "*" }), "hello")
      assert.deepStrictEqual(proxy.asked, [])
    })
  )

  it.live("is a ConfigError that does not show an address that cannot be used", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(get("http://x.invalid", { HTTPS_PROXY: "socks5://me:word@proxy" }))
      assert.strictEqual(error._tag, "ConfigError")
      assert.include(error.message, "HTTPS_PROXY must be the URL of an HTTP proxy")
      assert.notInclude(error.message, "word@")
    })
  )
})
