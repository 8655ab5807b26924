/** A process in which neither client is installed: prints what settings that name a store say to that. */
import { registerHooks } from "node:module"

await import("../cli/fromSource.ts")

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier !== "redis" && !specifier.startsWith("@effect/sql-pg")) return next(specifier, context)
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" })
  }
})

// The index of the package loads all of it.
const NodeServices = await import("@effect/platform-node/NodeServices")
const { ConfigProvider, Effect, Redacted } = await import("effect")
const { FetchHttpClient } = await import("effect/http")
const { build } = await import("../../src/settings/build/Build.ts")

for (const stores of [
  { redis: Redacted.make("redis://localhost") },
  { sql: Redacted.make("postgres://localhost/llm") }
]) {
  const { mistakes } = await build({ models: {}, stores }, ConfigProvider.fromUnknown({})).pipe(
    Effect.flip,
    Effect.scoped,
    Effect.provide([NodeServices.layer, FetchHttpClient.layer]),
    Effect.runPromise
  )
  for (const { message, path } of mistakes) console.log(`${path.join(".")}: ${message}`)
}
