import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Logger } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as Export from "../../src/cli/serve/Export.ts"
import { reasonOf } from "../../src/gateway/operations/Reason.ts"

describe("the export of telemetry", () => {
  it("names the failure in one line without control sequences", () => {
    assert.strictEqual(reasonOf(new Error("no\u001b[2J\r\n\u0007way")), "no [2J way")
  })

  it.effect("logs once that a collector rejects telemetry, with the reason, and once that it recovered", () => {
    const lines: Array<string> = []
    const away = new Error("connect ECONNREFUSED", { cause: new Error("nobody listens") })
    let answer: number | Error = away
    const client = HttpClient.make((request) =>
      answer instanceof Error
        ? Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, cause: answer })
            })
          )
        : Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}", { status: answer })))
    )
    return Effect.gen(function* () {
      yield* Layer.build(Export.layer)
      yield* TestClock.adjust("5 minutes")
      const began = lines.filter((line) => line.includes("/v1/metrics"))
      assert.strictEqual(began.length, 1)
      assert.match(began[0] ?? "", /^http:\/\/collector:4318\/v1\/metrics takes no telemetry.*nobody listens$/)
      answer = 401
      yield* TestClock.adjust("5 minutes")
      answer = 200
      yield* TestClock.adjust("5 minutes")
      answer = 401
      yield* TestClock.adjust("5 minutes")
      const later = lines.filter((line) => line.includes("/v1/metrics")).slice(1)
      assert.strictEqual(later.length, 2)
      assert.include(later[0], "takes telemetry again")
      assert.match(later[1] ?? "", /takes no telemetry.*: status 401$/)
      assert.notInclude(lines.join("\n"), "hunter2")
    }).pipe(
      Effect.scoped,
      Effect.provideService(HttpClient.HttpClient, client),
      Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])),
      Effect.provide(
        ConfigProvider.layer(
          ConfigProvider.fromUnknown({
            OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://collector:4318/v1/metrics?key=hunter2"
          })
        )
      )
    )
  })
})
