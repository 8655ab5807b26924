import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Logger } from "effect"
import { execFileSync } from "node:child_process"
import { copyFileSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { join } from "node:path"
import { connect } from "node:tls"
import { TestClock } from "effect/testing"
import { temporary } from "../../cli/cli.ts"
import { gateway } from "../gateway.ts"

/** Makes a certificate of its own for this name. */
const certify = (folder: string, name: string) =>
  execFileSync(
    "openssl",
    [
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500".split(" "),
      ["-subj", `/CN=${name}`, "-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.pem`)]
    ].flat(),
    { stdio: "ignore" }
  )

/** The name in the certificate that a new connection is shown. */
const shownBy = (url: string) =>
  Effect.callback<string>((resume) => {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resume(Effect.succeed(String(socket.getPeerCertificate().subject.CN)))
      socket.destroy()
    })
  })

const statusOf = (url: string) =>
  Effect.callback<number>((resume) => {
    request(url, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode ?? 0))
    }).end()
  })

describe("HTTPS", () => {
  it.effect(
    "is spoken with the certificate of the settings, and with one that renews it, but not with a broken one",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        for (const name of ["first", "second"]) certify(folder, name)
        const [cert, key] = [join(folder, "cert.pem"), join(folder, "cert.key")]
        const install = (name: string) => {
          copyFileSync(join(folder, `${name}.pem`), cert)
          copyFileSync(join(folder, `${name}.key`), key)
        }
        install("first")
        const refused = Deferred.makeUnsafe<void>()
        const logger = Logger.make(({ message }) => {
          if (String(message).includes("certificate that is in use stays")) Deferred.doneUnsafe(refused, Effect.void)
        })
        const { url } = yield* gateway(
          `models: { fast: openai/sim-healthy }\nserver: { tls: { cert: "${cert}", key: "${key}" } }`
        ).pipe(Effect.provide(Logger.layer([logger])))
        assert.match(url, /^https:/)
        assert.strictEqual(yield* statusOf(`${url}/v1/models`), 200)
        assert.strictEqual(yield* shownBy(url), "first")
        writeFileSync(cert, "no certificate")
        yield* TestClock.adjust("5 seconds")
        yield* Deferred.await(refused)
        assert.strictEqual(yield* shownBy(url), "first")
        install("second")
        let shown = "first"
        while (shown === "first") {
          yield* TestClock.adjust("5 seconds")
          shown = yield* shownBy(url)
        }
        assert.strictEqual(shown, "second")
        assert.strictEqual(yield* statusOf(`${url}/health/ready`), 200)
      }).pipe(Effect.provide(Logger.layer([])))
  )

  it.live("does not start with the key of another certificate", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      for (const name of ["first", "second"]) certify(folder, name)
      const tls = `{ cert: "${join(folder, "first.pem")}", key: "${join(folder, "second.key")}" }`
      const error = yield* Effect.flip(gateway(`models: { fast: openai/sim-healthy }\nserver: { tls: ${tls} }`))
      assert.include(String(error), "server.tls.cert")
    })
  )
})
