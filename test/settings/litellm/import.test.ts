import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Yaml from "yaml"
import { kinds } from "../../../src/settings/build/Kinds.ts"
import { formatPath } from "../../../src/settings/file/Mistake.ts"
import { type Import, importText } from "../../../src/settings/litellm/Import.ts"
import { load } from "../load.ts"

/** Imports a text, and checks that what it became is valid. */
const imported = Effect.fnUntraced(function* (text: string) {
  const result = yield* Effect.fromResult(importText("config.yaml", text, yield* kinds))
  yield* load({ "settings.yaml": result.yaml }, {}, { ignoreEnvironment: true })
  return { ...result, settings: Yaml.parse(result.yaml) as Tree }
})

interface Written {
  readonly [key: string]: unknown
}

interface Tree extends Written {
  readonly models: { readonly [name: string]: Written | undefined }
  readonly providers?: Written
}

const named = (notes: Import["notes"]) => notes.map(({ path }) => formatPath(path))

/** The deployment that one entry of `model_list` becomes. */
const deploymentOf = (params: string, info = "{}") =>
  Effect.map(
    imported(`model_list:\n  - model_name: m\n    litellm_params: ${params}\n    model_info: ${info}\n`),
    (result) => {
      const model: unknown = result.settings.models.m
      const first: unknown = typeof model === "string" ? model : Object(result.settings.models.m?.deployments)[0]
      const deployment: Written = typeof first === "string" ? { model: first } : Object(first)
      return { ...result, deployment }
    }
  )

describe("model_list", () => {
  const providers: ReadonlyArray<readonly [params: string, model: string, entry: unknown]> = [
    ["{ model: openai/gpt-5, api_key: os.environ/OPENAI_API_KEY }", "openai/gpt-5", undefined],
    ["{ model: openai/gpt-5, api_key: os.environ/TEAM_KEY }", "openai/gpt-5", { key: "${TEAM_KEY}" }],
    ["{ model: gpt-5 }", "openai/gpt-5", undefined],
    ["{ model: claude-opus-4-5 }", "anthropic/claude-opus-4-5", undefined],
    ["{ model: gemini/gemini-3-pro }", "google/gemini-3-pro", undefined],
    ["{ model: openai/responses/gpt-5 }", "openai-responses/gpt-5", undefined],
    ["{ model: groq/openai/gpt-oss-120b }", "groq/openai/gpt-oss-120b", undefined],
    ["{ model: together_ai/meta/llama }", "together/meta/llama", undefined],
    ["{ model: hosted_vllm/qwen, api_base: http://gpu:8000/v1 }", "vllm/qwen", { baseUrl: "http://gpu:8000/v1" }],
    ["{ model: ollama_chat/gemma3, api_base: http://gpu:11434 }", "ollama/gemma3", { baseUrl: "http://gpu:11434" }],
    [
      "{ model: openai/qwen, api_base: https://llm.example.com/v1/, api_key: os.environ/K }",
      "example/qwen",
      { provider: "openai-compatible", key: "${K}", baseUrl: "https://llm.example.com/v1" }
    ],
    [
      "{ model: anthropic/claude, api_base: https://proxy.example.com/v1 }",
      "anthropic/claude",
      { baseUrl: "https://proxy.example.com" }
    ],
    [
      "{ model: azure/mine, api_base: https://r.openai.azure.com/, api_key: os.environ/AZURE_API_KEY, api_version: 2024-10-21 }",
      "azure/mine",
      { key: "${AZURE_API_KEY}", options: { apiVersion: "2024-10-21", endpoint: "https://r.openai.azure.com" } }
    ],
    [
      "{ model: vertex_ai/claude-sonnet-4, vertex_project: p, vertex_location: europe-west1, vertex_credentials: /sa.json }",
      "google-vertex-anthropic/claude-sonnet-4",
      { options: { project: "p", location: "europe-west1", credentialsFile: "/sa.json" } }
    ],
    [
      "{ model: bedrock/converse/us.anthropic.claude, aws_region_name: us-east-1, aws_access_key_id: os.environ/ID, aws_secret_access_key: os.environ/SECRET, aws_session_token: os.environ/TOKEN }",
      "bedrock/us.anthropic.claude",
      { options: { accessKeyId: "${ID}", secretAccessKey: "${SECRET}", sessionToken: "${TOKEN}", region: "us-east-1" } }
    ],
    ["{ model: openai/gpt-5, organization: org-1 }", "openai/gpt-5", { options: { organization: "org-1" } }],
    [
      "{ model: openai/gpt-5, extra_headers: { x-team: a, x-api-token: os.environ/T } }",
      "openai/gpt-5",
      { headers: { "x-team": "a", "x-api-token": "${T}" } }
    ],
    ["{ model: my-model, custom_llm_provider: groq }", "groq/my-model", undefined]
  ]
  it.effect.each(providers)("%s is called at %s", ([params, model, entry]) =>
    Effect.map(deploymentOf(params), ({ deployment, left, settings, unknown }) => {
      assert.strictEqual(deployment.model, model)
      assert.deepStrictEqual(settings.providers?.[model.split("/")[0] ?? ""], entry)
      assert.deepStrictEqual([...left, ...unknown], [])
    })
  )

  it.effect("limits, weights, times and parameters are a deployment's", () =>
    Effect.map(
      deploymentOf(
        "{ model: openai/a, rpm: 10, tpm: 20, max_parallel_requests: 3, weight: 2, order: 1, tags: [eu], timeout: 30, stream_timeout: 2.5, max_retries: 1, max_tokens: 100, temperature: 0.5, top_p: 0.9, reasoning_effort: high, drop_params: true }"
      ),
      ({ deployment, left, unknown }) => {
        assert.deepStrictEqual(deployment, {
          model: "openai/a",
          weight: 2,
          order: 1,
          tags: ["eu"],
          limits: { requests: 10, tokens: 20, concurrency: 3 },
          defaults: {
            maxOutputTokens: 100,
            temperature: 0.5,
            topP: 0.9,
            reasoning: { effort: "high" },
            onUnsupported: "drop"
          },
          policies: { timeout: { total: "30s", firstToken: "2500ms" }, retry: 1 }
        })
        assert.deepStrictEqual([...left, ...unknown], [])
      }
    )
  )

  it.effect("thinking becomes a reasoning budget", () =>
    Effect.map(
      deploymentOf("{ model: anthropic/a, thinking: { type: enabled, budget_tokens: 2048 } }"),
      ({ deployment }) => assert.deepStrictEqual(deployment.defaults, { reasoning: { budget: 2048 } })
    )
  )

  it.effect("model_info is price, window, capabilities and notes; prices are exact", () =>
    Effect.map(
      deploymentOf(
        "{ model: openai/a, input_cost_per_second: 0.0001 }",
        "{ id: one, mode: chat, input_cost_per_token: 1.25e-6, output_cost_per_token: 0.00001, cache_read_input_token_cost: 1.25e-7, output_cost_per_image: 0.04, max_input_tokens: 128000, max_output_tokens: 4096, supports_vision: true, supports_function_calling: false, hosted_in: eu, base_model: azure/a }"
      ),
      ({ deployment }) =>
        assert.deepStrictEqual(deployment, {
          model: "openai/a",
          name: "one",
          contextWindow: 128000,
          maxOutputTokens: 4096,
          capabilities: { tools: false, images: true },
          metadata: { hosted_in: "eu", base_model: "azure/a" },
          price: { input: 1.25, output: 10, cacheRead: 0.125, inputSeconds: 0.36, outputImages: 0.04 }
        })
    )
  )

  it.effect("modes become kinds, which are inferred from names without a mode", () =>
    Effect.gen(function* () {
      const modes = {
        embedding: "embedding",
        image_generation: "image",
        audio_speech: "speech",
        audio_transcription: "transcription",
        moderation: "moderation"
      }
      for (const [mode, kind] of Object.entries(modes)) {
        const { settings } = yield* deploymentOf("{ model: openai/x }", `{ mode: ${mode} }`)
        assert.strictEqual(settings.models.m?.kind, kind)
      }
      assert.strictEqual(
        (yield* deploymentOf("{ model: cohere/rerank-v3.5 }", "{ mode: rerank }")).settings.models.m?.kind,
        "rerank"
      )
      assert.strictEqual(
        (yield* deploymentOf("{ model: text-embedding-3-small }")).settings.models.m?.kind,
        "embedding"
      )
    })
  )

  it.effect("entries of one name become one model, and names may have a *", () =>
    Effect.map(
      imported(
        "model_list:\n  - { model_name: a, litellm_params: { model: openai/x } }\n  - { model_name: a, litellm_params: { model: groq/y } }\n  - { model_name: 'openai/*', litellm_params: { model: 'openai/*' } }\n  - { model_name: '*', litellm_params: { model: '*' } }"
      ),
      ({ settings }) => {
        assert.deepStrictEqual<unknown>(settings.models, { a: ["openai/x", "groq/y"], "openai/*": "openai/*" })
        assert.strictEqual(settings.unlisted, "provider")
      }
    )
  )

  it.effect("equal accounts are merged, and others get names of their own", () =>
    Effect.map(
      imported(
        "model_list:\n  - { model_name: a, litellm_params: { model: openai/x, api_key: os.environ/A } }\n  - { model_name: b, litellm_params: { model: openai/y, api_key: os.environ/A } }\n  - { model_name: c, litellm_params: { model: openai/z, api_key: os.environ/B } }"
      ),
      ({ settings }) => {
        assert.deepStrictEqual<unknown>(settings.models, { a: "openai/x", b: "openai/y", c: "openai-2/z" })
        assert.deepStrictEqual(settings.providers, {
          openai: { key: "${A}" },
          "openai-2": { provider: "openai", key: "${B}" }
        })
      }
    )
  )

  it.effect("literal keys move to variables and placeholders are left out, each with a note", () =>
    Effect.map(
      imported(
        "model_list:\n  - { model_name: a, litellm_params: { model: openai/x, api_key: sk-proj-literal } }\n  - { model_name: b, litellm_params: { model: openai/y, api_key: sk-proj-literal } }\n  - { model_name: c, litellm_params: { model: openai/z, api_key: sk-proj-other } }\n  - { model_name: d, litellm_params: { model: ollama/q, api_key: none } }"
      ),
      ({ env, moved, notes, yaml }) => {
        assert.deepStrictEqual(env, ["OPENAI_API_KEY=sk-proj-literal", "OPENAI_API_KEY_2=sk-proj-other"])
        assert.notInclude(yaml, "literal")
        assert.include(moved, "model_list[2].litellm_params.api_key -> OPENAI_API_KEY_2")
        assert.include(named(notes), "model_list[3].litellm_params.api_key")
      }
    )
  )

  it.effect("literal keys take no variable that other models have their key from", () =>
    Effect.gen(function* () {
      const literal = "  - { model_name: a, litellm_params: { model: openai/x, api_key: sk-proj-literal } }\n"
      for (const other of [
        "{ model: openai/y, api_key: os.environ/OPENAI_API_KEY }",
        "{ model: groq/y, api_key: os.environ/OPENAI_API_KEY }",
        "{ model: openai/y }",
        "{ model: gpt-5 }",
        '{ model: "*" }'
      ]) {
        const { env, settings } = yield* imported(
          `model_list:\n${literal}  - { model_name: b, litellm_params: ${other} }\n`
        )
        assert.deepStrictEqual(env, ["OPENAI_API_KEY_2=sk-proj-literal"], other)
        assert.deepStrictEqual(settings.providers?.openai, { key: "${OPENAI_API_KEY_2}" }, other)
      }
      const { env } = yield* imported(
        `model_list:\n${literal}  - { model_name: b, litellm_params: { model: groq/y } }\n`
      )
      assert.deepStrictEqual(env, ["OPENAI_API_KEY=sk-proj-literal"])
    })
  )

  it.effect("an unknown provider is left out, with a note", () =>
    Effect.map(
      imported(
        "model_list:\n  - { model_name: a, litellm_params: { model: nobody/x, api_base: http://x } }\n  - { model_name: b, litellm_params: { model: openai/y } }"
      ),
      ({ notes, settings }) => {
        assert.deepStrictEqual(Object.keys(settings.models), ["b"])
        assert.deepStrictEqual(named(notes), ["model_list[0]"])
      }
    )
  )
})

describe("router_settings and litellm_settings", () => {
  const two =
    "model_list:\n  - { model_name: a, litellm_params: { model: openai/x } }\n  - { model_name: b, litellm_params: { model: groq/y } }\n"

  it.effect("strategies have their names here", () =>
    Effect.gen(function* () {
      const names = {
        "simple-shuffle": "weighted",
        "least-busy": "least-busy",
        "latency-based-routing": "lowest-latency",
        "usage-based-routing": "most-headroom",
        "usage-based-routing-v2": "most-headroom",
        "cost-based-routing": "lowest-cost"
      }
      for (const [theirs, ours] of Object.entries(names)) {
        const { settings } = yield* imported(`${two}router_settings: { routing_strategy: ${theirs} }`)
        assert.strictEqual(settings.strategy, ours)
      }
      const { notes } = yield* imported(`${two}router_settings: { routing_strategy: own-strategy }`)
      assert.deepStrictEqual(named(notes), ["router_settings.routing_strategy"])
    })
  )

  it.effect("retries, times and cool-downs are policies; those of the router win", () =>
    Effect.map(
      imported(
        `${two}router_settings: { num_retries: 2, timeout: 30, retry_after: 5, allowed_fails: 3, cooldown_time: 60 }\nlitellm_settings: { num_retries: 9, request_timeout: 600 }`
      ),
      ({ settings }) =>
        assert.deepStrictEqual(settings.policies, {
          timeout: { total: "30s" },
          retry: { times: 2, base: "5s" },
          cooling: { faults: 4, first: "60s", longest: "60s" }
        })
    )
  )

  it.effect("a silent model gets the calls too, if it is there", () =>
    Effect.map(
      imported(
        `model_list:
  - { model_name: a, litellm_params: { model: openai/x, silent_model: b } }
  - { model_name: b, litellm_params: { model: openai/y, silent_model: gone } }`
      ),
      ({ notes, settings }) => {
        assert.deepStrictEqual(settings.models.a?.shadow, { to: "b", share: 1 })
        assert.isUndefined(settings.models.b?.shadow)
        assert.isTrue(notes.some(({ message }) => message.includes("gone is not in model_list")))
      }
    )
  )

  it.effect("retries by class of error become a retry policy, of all models or of one", () =>
    Effect.map(
      imported(
        `${two}router_settings: { num_retries: 2, retry_policy: { RateLimitErrorRetries: 4, AuthenticationErrorRetries: 0 }, model_group_retry_policy: { a: { TimeoutErrorRetries: 1, ContentPolicyViolationErrorRetries: 2 } } }`
      ),
      ({ settings }) => {
        assert.deepStrictEqual(settings.policies, { retry: { times: 2, byError: { rateLimit: 4, authentication: 0 } } })
        assert.deepStrictEqual(settings.models.a?.policies, {
          retry: { times: 2, byError: { timeout: 1, contentPolicy: 2 } }
        })
      }
    )
  )

  it.effect("fallbacks are imported by reason, from either section, and unknown ones are noted", () =>
    Effect.map(
      imported(
        `${two}router_settings: { fallbacks: [{ a: [b, gone] }], context_window_fallbacks: [{ a: [b] }], default_fallbacks: [b], model_group_alias: { c: a, d: { model: b, hidden: true } } }\nlitellm_settings: { content_policy_fallbacks: [{ b: [a] }], fallbacks: [{ b: [a] }] }`
      ),
      ({ notes, settings }) => {
        assert.deepStrictEqual(settings.models.a?.fallbacks, { any: ["b"], contextWindow: ["b"] })
        assert.deepStrictEqual(settings.models.b?.fallbacks, { any: ["a"], contentPolicy: ["a"] })
        assert.deepStrictEqual(settings.fallbacks, { any: ["b"] })
        assert.deepStrictEqual(settings.aliases, { c: "a", d: "b" })
        assert.isTrue(notes.some(({ message }) => message.includes("gone is not in model_list")))
      }
    )
  )

  it.effect("drop_params is imported for all models", () =>
    Effect.map(imported(`${two}litellm_settings: { drop_params: true }`), ({ settings }) =>
      assert.deepStrictEqual(settings.defaults, { onUnsupported: "drop" })
    )
  )

  it.effect("the cache becomes a cache of equal requests that all callers share", () =>
    Effect.gen(function* () {
      const { notes, settings } = yield* imported(
        `${two}litellm_settings: { cache: true, cache_params: { type: redis, ttl: 600, host: h, port: 6379, namespace: n } }`
      )
      assert.deepStrictEqual(settings.policies, { cache: { ttl: "600s", tenant: "all" } })
      assert.deepStrictEqual(settings.stores, { redis: "redis://h:6379", prefix: "n" })
      assert.deepStrictEqual(named(notes), [])
      const semantic = yield* imported(
        `${two}litellm_settings: { cache: true, cache_params: { type: qdrant-semantic } }`
      )
      assert.isUndefined(semantic.settings.policies)
      assert.deepStrictEqual(named(semantic.notes), ["litellm_settings.cache_params.type"])
    })
  )

  it.effect("its Redis is the store of everything, without its password in the file", () =>
    Effect.gen(function* () {
      const { env, moved, settings } = yield* imported(
        `${two}router_settings: { redis_host: h, redis_port: 6380, redis_password: "a@b" }`
      )
      assert.deepStrictEqual(settings.stores, { redis: "${REDIS_URL}" })
      assert.deepStrictEqual(moved, ["router_settings.redis_host -> REDIS_URL"])
      assert.include(env, "REDIS_URL='redis://:a%40b@h:6380'")
      const referred = yield* imported(
        `${two}litellm_settings: { cache: true, cache_params: { type: redis, ttl: 60, host: os.environ/HOST, password: os.environ/WORD, ssl: true } }`
      )
      assert.deepStrictEqual(referred.settings.stores, { redis: "rediss://:${WORD}@${HOST}:6379" })
      assert.deepStrictEqual(named(referred.notes), ["litellm_settings.cache_params.password"])
      const unnamed = yield* imported(`${two}litellm_settings: { cache: true, cache_params: { type: redis, ttl: 60 } }`)
      assert.deepStrictEqual(unnamed.settings.stores, { redis: "${REDIS_URL}" })
    })
  )

  it.effect("sticky checks keep a conversation with its deployment", () =>
    Effect.map(
      imported(`${two}router_settings: { optional_pre_call_checks: [prompt_caching, router_budget_limiting] }`),
      ({ notes, settings }) => {
        assert.strictEqual(settings.sticky, "prompt")
        assert.deepStrictEqual(named(notes), ["router_settings.optional_pre_call_checks[1]"])
      }
    )
  )
})

describe("what would be lost without a word", () => {
  const list = (more: string) => `model_list: [{ model_name: a, litellm_params: { model: anthropic/x${more} } }]\n`

  it.effect("does not include thinking whose amount the model decides", () =>
    Effect.gen(function* () {
      const { deployment } = yield* deploymentOf("{ model: anthropic/x, thinking: { type: adaptive } }")
      assert.deepStrictEqual(deployment.defaults, {
        providerOptions: { anthropic: { thinking: { type: "adaptive" } } }
      })
    })
  )

  it.effect("does not include fallbacks of unknown models, one of two timeouts, or an alias of several models", () =>
    Effect.gen(function* () {
      const { notes } = yield* imported(
        `${list("")}router_settings: { timeout: 60, fallbacks: [{ gone: [a] }], model_group_alias: { both: [a, a] } }\nlitellm_settings: { request_timeout: 600 }`
      )
      assert.sameMembers(named(notes), [
        "fallbacks.gone",
        "litellm_settings.request_timeout",
        "router_settings.model_group_alias.both"
      ])
    })
  )

  it.effect("does not include the price per image, which is for generated images", () =>
    Effect.gen(function* () {
      const { deployment } = yield* deploymentOf(
        "{ model: openai/gpt-image-1.5 }",
        "{ mode: image_generation, input_cost_per_image: 0.04 }"
      )
      assert.deepStrictEqual(deployment.price, { outputImages: 0.04 })
    })
  )
})

describe("general_settings", () => {
  const one = "model_list: [{ model_name: a, litellm_params: { model: openai/x } }]\n"

  it.effect("the master key becomes the administrator's, except for LiteLLM's published example", () =>
    Effect.gen(function* () {
      const own = yield* imported(`${one}general_settings: { master_key: sk-mine-0123456789 }`)
      assert.deepStrictEqual(own.settings.server, { adminKey: "${LITELLM_MASTER_KEY}" })
      assert.deepStrictEqual(own.env, ["LITELLM_MASTER_KEY=sk-mine-0123456789"])
      const known = yield* imported(`${one}general_settings: { master_key: sk-1234 }`)
      assert.deepStrictEqual(known.env, [])
      assert.deepStrictEqual(named(known.notes), ["general_settings.master_key"])
    })
  )

  it.effect("the body limit and the header for customers are imported", () =>
    Effect.gen(function* () {
      const { notes, settings } = yield* imported(
        `${one}general_settings: { max_request_size_mb: 20, user_header_mappings: [{ header_name: X-Staff, litellm_user_role: internal_user }, { header_name: X-Customer, litellm_user_role: customer }] }\n`
      )
      assert.deepStrictEqual(settings.server, { limits: { body: "20MB" } })
      assert.deepStrictEqual(settings.ledger, { headers: { user: "x-customer" } })
      assert.deepStrictEqual(
        notes.map(({ message }) => message),
        ["X-Staff is for the role internal_user: users of keys are made with effect-llm users, so it is left out"]
      )
    })
  )

  it.effect("the database, the retention of calls and their attribution are imported", () =>
    Effect.gen(function* () {
      const { notes, settings } = yield* imported(
        `${one}general_settings: { database_url: os.environ/DATABASE_URL, user_header_name: X-OpenWebUI-User-Email, store_prompts_in_spend_logs: true, maximum_spend_logs_retention_period: 90d }\nlitellm_settings: { json_logs: true, callbacks: [prometheus, otel, mine.instance], extra_spend_tag_headers: [x-team, x-app] }`
      )
      assert.deepStrictEqual(settings.stores, { sql: "${DATABASE_URL}" })
      assert.deepStrictEqual(settings.ledger, {
        headers: { user: "x-openwebui-user-email", tags: "x-team" },
        retention: "90d",
        texts: { keys: ["*"] }
      })
      assert.deepStrictEqual(settings.server, { logs: { format: "json" } })
      const said = notes.map(({ message }) => message).join("\n")
      for (const word of ["/metrics", "OTEL_EXPORTER_OTLP_ENDPOINT", "mine.instance", "x-app"])
        assert.include(said, word)
    })
  )

  it.effect("an address with a password in it moves to the environment file", () =>
    Effect.gen(function* () {
      const { env, settings } = yield* imported(`${one}general_settings: { database_url: "postgres://me:pw@host/llm" }`)
      assert.deepStrictEqual(settings.stores, { sql: "${DATABASE_URL}" })
      assert.deepStrictEqual(env, ["DATABASE_URL=postgres://me:pw@host/llm"])
    })
  )

  it.effect("environment_variables are lines of the environment file", () =>
    Effect.map(imported(`${one}environment_variables: { A: "x y", B: 'it''s', C: os.environ/D }`), ({ env, notes }) => {
      assert.deepStrictEqual(env, ["A='x y'", "B=`it's`"])
      assert.deepStrictEqual(named(notes), ["environment_variables.C"])
    })
  )

  it.effect("a budget of everything has its window", () =>
    Effect.map(
      imported(`${one}litellm_settings: { max_budget: 100, budget_duration: 1mo, timezone: Europe/Berlin }`),
      ({ settings }) =>
        assert.deepStrictEqual(settings.budgets, { all: { usd: 100, every: "month", zone: "Europe/Berlin" } })
    )
  )
})

describe("credential_list", () => {
  it.effect(
    "gives the models that name a credential its key, address and options, which their own settings override",
    () =>
      Effect.map(
        imported(
          `model_list:
  - { model_name: a, litellm_params: { model: azure/x, litellm_credential_name: shared } }
  - { model_name: b, litellm_params: { model: azure/y, litellm_credential_name: shared, api_base: https://own.openai.azure.com } }
  - { model_name: c, litellm_params: { model: openai/z, litellm_credential_name: elsewhere } }
credential_list:
  - credential_name: shared
    credential_values: { api_key: a-key-in-clear-text, api_base: https://shared.openai.azure.com, api_version: "2024-10-21" }
    credential_info: { description: for all }
  - { credential_name: unused, credential_values: { api_key: os.environ/UNUSED } }`
        ),
        ({ env, left, settings, unknown }) => {
          const options = { apiVersion: "2024-10-21" }
          assert.deepStrictEqual(settings.providers, {
            azure: { key: "${AZURE_API_KEY}", options: { ...options, endpoint: "https://shared.openai.azure.com" } },
            "azure-2": {
              provider: "azure",
              key: "${AZURE_API_KEY}",
              options: { ...options, endpoint: "https://own.openai.azure.com" }
            }
          })
          assert.deepStrictEqual(settings.models, { a: "azure/x", b: "azure-2/y", c: "openai/z" } as unknown)
          assert.deepStrictEqual(env, ["AZURE_API_KEY=a-key-in-clear-text"])
          assert.deepStrictEqual(named(left), [
            "model_list[2].litellm_params.litellm_credential_name",
            "credential_list[0]"
          ])
          assert.deepStrictEqual(unknown, [])
        }
      )
  )

  it.effect("accepts both of LiteLLM's names for a Google project", () =>
    Effect.gen(function* () {
      for (const prefix of ["vertex", "vertex_ai"]) {
        const { settings, unknown } = yield* deploymentOf(
          `{ model: vertex_ai/gemini-3-pro, ${prefix}_project: p, ${prefix}_location: us-east5 }`
        )
        assert.deepStrictEqual(settings.providers, {
          "google-vertex": { options: { project: "p", location: "us-east5" } }
        })
        assert.deepStrictEqual(unknown, [])
      }
    })
  )
})

describe("what is left", () => {
  const one = "model_list: [{ model_name: a, litellm_params: { model: openai/x } }]\n"

  it.effect("LiteLLM's settings without an equivalent here are noted, each with a reason", () =>
    Effect.map(
      imported(
        `${one}general_settings: { store_model_in_db: true, custom_auth: x.y, proxy_batch_write_at: 60 }\nlitellm_settings: { set_verbose: true, turn_off_message_logging: true, max_end_user_budget: 5 }\nrouter_settings: { client_ttl: 1, enable_pre_call_checks: true }\nmcp_servers: { a: { url: u } }`
      ),
      ({ left, unknown }) => {
        const names = named(left)
        for (const name of [
          "general_settings.proxy_batch_write_at",
          "general_settings.store_model_in_db",
          "general_settings.custom_auth",
          "litellm_settings.set_verbose",
          "litellm_settings.turn_off_message_logging",
          "litellm_settings.max_end_user_budget",
          "router_settings.client_ttl",
          "router_settings.enable_pre_call_checks",
          "mcp_servers.a"
        ])
          assert.include(names, name)
        for (const { message } of left) assert.isAbove(message.length, 0)
        assert.deepStrictEqual(unknown, [])
      }
    )
  )

  it.effect("settings that LiteLLM does not know either are noted as such", () =>
    Effect.map(
      imported(
        `model_list: [{ model_name: a, model_nme: b, litellm_params: { model: openai/x, max_tokns: 3 } }]\nrouter_settings: { enable_load_balancing: true, enable_cooldowns: true }\nlitellm_settings: { log_verbose: true }\ngeneral_settings: { enable_cors: true, cors_allow_origins: ["*"] }\nlitellm_dashboard: { on: true }`
      ),
      ({ left, unknown }) => {
        assert.deepStrictEqual(left, [])
        assert.sameMembers(named(unknown), [
          "model_list[0].model_nme",
          "model_list[0].litellm_params.max_tokns",
          "router_settings.enable_load_balancing",
          "router_settings.enable_cooldowns",
          "litellm_settings.log_verbose",
          "general_settings.enable_cors",
          "general_settings.cors_allow_origins",
          "litellm_dashboard.on"
        ])
      }
    )
  )

  it.effect("a file without any of LiteLLM's sections is none of its files", () =>
    Effect.map(kinds, (known) => {
      for (const text of ["", "hello", "[]", "models: { a: openai/x }\n"]) {
        const result = importText("c.yaml", text, known)
        assert.isTrue(Result.isFailure(result) && result.failure.message.startsWith("c.yaml: is no config.yaml"), text)
      }
      for (const text of ["environment_variables: { A: b }", "include: [models.yaml]", "router_settings: {}"])
        assert.isTrue(Result.isSuccess(importText("c.yaml", text, known)), text)
    })
  )

  it.effect("a file without models is no settings yet, and its syntax errors have lines", () =>
    Effect.gen(function* () {
      const known = yield* kinds
      const empty = yield* Effect.fromResult(importText("c.yaml", "model_list: []\n", known))
      assert.deepStrictEqual(Yaml.parse(empty.yaml), { models: {} })
      const broken = importText("c.yaml", "model_list:\n  - {a: b\n", known)
      assert.isTrue(Result.isFailure(broken) && broken.failure.mistakes[0]?.line !== undefined)
    })
  )
})
