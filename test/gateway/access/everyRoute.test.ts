/** Budgets, limits and grants of a key hold on every route that calls a provider, in the words of its dialect, before the provider is called. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { routes } from "../../../src/gateway/Routes.ts"
import { gateway } from "../gateway.ts"
import { filled, free, isFree, type Row, rowOf, rows } from "./rows.ts"

const kinds = ["chat", "embedding", "image", "speech", "transcription", "moderation"] as const

const settings = `
models:
${kinds
  .map(
    (kind) => `  ${kind}: { kind: ${kind}, deployments: [openai/sim-healthy] }
  unpriced-${kind}: { kind: ${kind}, deployments: [openai/sim-unpriced] }`
  )
  .join("\n")}
  spare: openai/sim-healthy
  rerank: { kind: rerank, deployments: [cohere/sim-healthy] }
  unpriced-rerank: { kind: rerank, deployments: [cohere/sim-unpriced] }
prices:
  openai/sim-healthy: { input: 1, output: 2 }
  cohere/sim-healthy: { input: 1, output: 2 }
budgets:
  spent: { usd: 0 }
  ample: { usd: 1000000 }
keys:
  spent: { key: key-of-the-spent-4711, budgets: [spent] }
  ample: { key: key-of-the-ample-4711, budgets: [ample] }
  limited: { key: key-of-the-limited-4711, limits: { requests: 1, per: 1h } }
  other-models: { key: key-of-other-models-4711, models: [spare] }
  other-paths: { key: key-of-other-paths-4711, routes: [/nothing] }
`

const keyed = routes.filter(({ access }) => access === "key")

const paid = keyed.flatMap((route) => {
  const row = rowOf(route)
  return row === undefined ? [] : [{ row, path: route.path, dialect: route.dialect.name }]
})

/** One path of each row. */
const onePath = rows.map((row) => ({ row, path: paid.find((one) => one.row === row)?.path ?? "" }))

const withoutFile = onePath.filter(({ row }) => row.needsFile !== true)

const post = (url: string, path: string, key: string, body: object | FormData) =>
  Effect.promise(async (signal) => {
    const isForm = body instanceof FormData
    const response = await fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, ...(isForm ? {} : { "content-type": "application/json" }) },
      body: isForm ? body : JSON.stringify(body),
      signal
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

/** What no client repeats: a budget that is used up, in the words of every dialect. */
const usedUp: { readonly [D in Row["dialect"]]: (body: ReturnType<typeof JSON.parse>) => boolean } = {
  openai: ({ error }) => error.code === "insufficient_quota" && error.type === "insufficient_quota",
  anthropic: ({ error }) => error.type === "billing_error",
  google: ({ error }) => error.status === "RESOURCE_EXHAUSTED" && error.code === 402,
  ollama: () => true,
  neutral: ({ error }) => error.code === "insufficient_quota"
}

/** Whether a text is a refusal in the words of a dialect. */
const isWorded: { readonly [D in Row["dialect"]]: (body: ReturnType<typeof JSON.parse>) => boolean } = {
  openai: ({ error }) => typeof error?.message === "string" && typeof error.type === "string" && "code" in error,
  anthropic: ({ error, type }) =>
    type === "error" && typeof error?.type === "string" && typeof error.message === "string",
  google: ({ error }) =>
    typeof error?.code === "number" && typeof error.status === "string" && typeof error.message === "string",
  ollama: ({ error }) => typeof error === "string",
  neutral: ({ error }) => typeof error?.message === "string"
}

interface Expected {
  readonly key: string
  readonly status: number
  readonly prefix?: string
}

/** Every path of some is refused to a key, and no provider is called. */
const refused = (
  paths: ReadonlyArray<{ readonly row: Row; readonly path: string }>,
  { key, prefix = "", status }: Expected
) =>
  Effect.gen(function* () {
    const { simulator, url } = yield* gateway(settings)
    yield* Effect.forEach(
      paths,
      ({ path, row }) =>
        Effect.gen(function* () {
          const model = prefix + row.model
          const answer = yield* post(url, filled(path, model), key, row.body(model))
          assert.strictEqual(answer.status, status, `${path}: ${answer.text}`)
          const body: unknown = JSON.parse(answer.text)
          const said = Array.isArray(body) ? body[0] : body
          assert.isTrue(isWorded[row.dialect](said), `${path}: ${answer.text}`)
          if (status !== 402) return
          assert.isTrue(usedUp[row.dialect](said), `${path}: ${answer.text}`)
          assert.strictEqual(answer.headers.get("x-should-retry"), "false", path)
        }),
      { concurrency: 8, discard: true }
    )
    assert.deepStrictEqual(
      (yield* simulator.requests).map(({ path }) => path),
      []
    )
  })

describe("every route that needs a key", () => {
  it("has a row here, or costs nothing", () => {
    const missing = keyed.filter((route) => rowOf(route) === undefined && !isFree(route))
    assert.deepStrictEqual(
      missing.map(({ method, path }) => `${method} ${path}`),
      []
    )
  })

  it("is the route that its row speaks of", () => {
    for (const row of rows)
      assert.include(
        paid.map(({ row }) => row),
        row,
        String(row.path)
      )
    for (const { method, path } of free)
      assert.isTrue(
        keyed.some((route) => route.method === method && path.test(route.path)),
        String(path)
      )
    for (const { dialect, path, row } of paid)
      if (!path.endsWith("/rerank")) assert.strictEqual(dialect, row.dialect, path)
  })

  it.live("and may cost something serves a key with a budget that is not used up", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway(settings)
      yield* Effect.forEach(
        withoutFile,
        ({ path, row }) =>
          Effect.gen(function* () {
            const answer = yield* post(url, filled(path, row.model), "key-of-the-ample-4711", row.body(row.model))
            assert.strictEqual(answer.status, 200, `${path}: ${answer.text}`)
            assert.match(answer.headers.get("x-effect-llm-budget-remaining") ?? "", /^\d+(?:\.\d+)?$/, path)
          }),
        { concurrency: 4, discard: true }
      )
      assert.isAtLeast((yield* simulator.requests).length, rows.length - 4)
    })
  )

  it.live("refuses a key whose budget is used up, on every path", () =>
    refused(paid, { key: "key-of-the-spent-4711", status: 402 })
  )

  it.live("refuses a key with a budget what has no known price", () =>
    refused(
      withoutFile.filter(({ path }) => !/count_?tokens|input_tokens|files/i.test(path)),
      { key: "key-of-the-ample-4711", status: 402, prefix: "unpriced-" }
    )
  )

  it.live("refuses a key a model that it may not call", () =>
    refused(withoutFile, { key: "key-of-other-models-4711", status: 403 })
  )

  it.live("refuses a key a path that it may not use, on every path", () =>
    refused(paid, { key: "key-of-other-paths-4711", status: 403 })
  )

  for (const { path, row } of onePath)
    it.live(`counts for the limits of its key: ${row.path.source}`, () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(settings)
        const call = post(url, filled(path, row.model), "key-of-the-limited-4711", row.body(row.model))
        yield* call
        const { headers, status, text } = yield* call
        assert.strictEqual(status, 429, text)
        assert.isTrue(isWorded[row.dialect](JSON.parse(text)), text)
        assert.strictEqual(headers.get("x-ratelimit-remaining-requests"), "0")
        assert.isAbove(Number(headers.get("retry-after")), 3000)
      })
    )
})
