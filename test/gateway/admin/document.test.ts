import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

interface Operation {
  readonly operationId: string
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string }>
  readonly responses: { readonly [status: string]: unknown }
}

interface Document {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components: { readonly schemas: { readonly [name: string]: unknown } }
}

const referencesIn = (value: unknown): ReadonlyArray<string> => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, part]) =>
    name === "$ref" && typeof part === "string" ? [part] : referencesIn(part)
  )
}

describe("/openapi.json", () => {
  it.live("documents the admin API, the neutral API and every dialect, with nothing missing or duplicated", () =>
    Effect.gen(function* () {
      const { url } = yield* gateway("models: { fast: openai/sim-healthy }")
      const response = yield* Effect.promise(() => fetch(`${url}/openapi.json`))
      assert.strictEqual(response.status, 200)
      const text = yield* Effect.promise(() => response.text())
      const document = JSON.parse(text) as Document
      for (const path of [
        "/admin/spend",
        "/admin/calls/{id}",
        "/admin/calls/live",
        "/admin/explain",
        "/llm/generate",
        "/llm/providers/{provider}/models",
        "/v1/chat/completions",
        "/v1/messages",
        "/api/chat",
        "/health/live"
      ])
        assert.property(document.paths, path)
      const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.values(methods).map((operation) => ({ path, operation }))
      )
      const ids = operations.map(({ operation }) => operation.operationId)
      assert.deepStrictEqual(ids, [...new Set(ids)])
      for (const { operation, path } of operations) {
        const { parameters = [], responses } = operation
        const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name)
        assert.deepStrictEqual(
          [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
          inPath,
          path
        )
        assert.isNotEmpty(Object.keys(responses), path)
      }
      for (const reference of referencesIn(document))
        assert.property(document.components.schemas, reference.replace("#/components/schemas/", ""))
    })
  )
})
