/** What becomes of a request whose route has a bug. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import type { Access } from "../../../src/gateway/access/Access.ts"
import { anonymous } from "../../../src/gateway/access/Caller.ts"
import { openAi } from "../../../src/gateway/dialects/openai/OpenAi.ts"
import { respond } from "../../../src/gateway/http/Respond.ts"
import { type Route, Routes } from "../../../src/gateway/http/Routes.ts"
import { received } from "../access/access.ts"

const access: Access["Service"] = { authenticate: () => Effect.succeed(anonymous), isOpen: () => true }

const routeOf = (path: string, access: Route["access"], run: Route["run"]): Route => ({
  method: "GET",
  path,
  dialect: openAi,
  access,
  run
})

describe("a route that breaks", () => {
  for (const [name, run] of [
    ["when it is asked", () => assert.fail("exponent overflow")],
    ["while it runs", () => Effect.die(new Error("exponent overflow"))]
  ] as const)
    for (const who of ["open", "key"] as const)
      it.effect(`${name} is a 500 in its dialect that reveals nothing of the bug: ${who}`, () =>
        Effect.gen(function* () {
          const routes = new Routes([routeOf("/broken", who, run)])
          const notes = { route: undefined, dialect: undefined, caller: undefined }
          const { body, status } = yield* respond(received("/broken", {}, "GET"), notes, routes, access, [openAi])
          assert.strictEqual(status, 500)
          const { error } = JSON.parse(String(body)) as { readonly error: { readonly type: string } }
          assert.strictEqual(error.type, "server_error")
          assert.notInclude(String(body), "exponent overflow")
        }).pipe(Effect.scoped, Effect.provide(Logger.layer([])))
      )
})
