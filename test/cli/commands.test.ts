import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Simulator } from "../../src/testing/Simulator.ts"
import { file, modelsDev, serve } from "../catalog/pricing/feedServer.ts"
import { cli, temporary } from "./cli.ts"

/** Runs it with a home of its own. */
const fresh = (args: ReadonlyArray<string>, options: Omit<Parameters<typeof cli>[1], "home"> = {}) =>
  Effect.flatMap(temporary, (home) => cli(args, { home, ...options }))

const ok = (args: ReadonlyArray<string>, options: Omit<Parameters<typeof cli>[1], "home"> = {}) =>
  Effect.map(fresh(args, options), ({ code, err, out }) => {
    assert.strictEqual(code, 0, err)
    return out
  })

interface Model {
  readonly provider: string
  readonly id: string
  readonly contextWindow: number
  readonly capabilities: ReadonlyArray<string>
}

describe("models", () => {
  it.live("list applies the filters", () =>
    Effect.gen(function* () {
      const args = [
        "models",
        "list",
        "--can",
        "vision,tools",
        "--min-context",
        "200k",
        "--max-price",
        "1",
        "-p",
        "openai"
      ]
      const models = JSON.parse(yield* ok([...args, "--json"])) as ReadonlyArray<Model>
      assert.isAbove(models.length, 0)
      for (const { capabilities, contextWindow, provider } of models) {
        assert.strictEqual(provider, "openai")
        assert.includeMembers([...capabilities], ["vision", "tools"])
        assert.isAtLeast(contextWindow, 200_000)
      }
      const table = yield* ok(args)
      assert.match(table, /^model +context +in \$\/M +out \$\/M +can( +end)?\n/)
      assert.match(table, /^openai\/gpt-6-luna +1\.05M +\$0\.10 +\$0\.50 +tools vision/m)
      assert.match(yield* ok(["models", "list"]), /^openai\/gpt-oss-120b +131k +\$0\.125 +\$0\.60/m)
      assert.strictEqual(table.trimEnd().split("\n").length, models.length + 1)
    })
  )

  it.live("show in a narrow terminal breaks values between words, below themselves", () =>
    Effect.gen(function* () {
      const out = yield* ok(["models", "show", "openai/gpt-6-luna"], { env: { COLUMNS: "40" } })
      for (const line of out.split("\n")) if (/ \S+ \S/.test(line)) assert.isAtMost(line.length, 40, line)
      const wide = yield* ok(["models", "show", "openai/gpt-6-luna"])
      const words = (text: string) => text.split(/\s+/).filter((word) => word !== "")
      assert.deepStrictEqual(words(out), words(wide))
    })
  )

  it.live("list in a narrow terminal leaves out columns, and never cuts an id", () =>
    Effect.gen(function* () {
      const ids = JSON.parse(yield* ok(["models", "list", "-p", "openrouter", "--json"])) as ReadonlyArray<Model>
      assert.isAbove(ids.length, 2)
      for (const columns of [80, 60, 40, 24]) {
        const out = yield* ok(["models", "list", "-p", "openrouter"], { env: { COLUMNS: String(columns) } })
        for (const { id } of ids) assert.match(out, new RegExp(`^openrouter/${id}( |$)`, "m"))
        for (const line of out.trimEnd().split("\n")) {
          if (!line.startsWith("openrouter/")) assert.isAtMost(line.length, columns)
        }
        assert.include(out, "$3.00")
      }
    })
  )

  it.live("list is coloured with FORCE_COLOR, and not with NO_COLOR", () =>
    Effect.gen(function* () {
      const args = ["models", "list", "-n", "1"]
      assert.include(yield* ok(args, { env: { FORCE_COLOR: "1" } }), "\u001b[1m")
      assert.notInclude(yield* ok(args, { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }), "\u001b")
      assert.notInclude(yield* ok(args), "\u001b")
    })
  )

  it.live("search finds by words, list reports when nothing matches", () =>
    Effect.gen(function* () {
      const found = JSON.parse(yield* ok(["models", "search", "claude", "haiku", "--json"]))
      assert.include(
        (found as ReadonlyArray<Model>).map(({ id }) => id),
        "claude-haiku-5-5"
      )
      const none = yield* fresh(["models", "search", "no", "such", "model"])
      assert.deepStrictEqual(none, { code: 0, out: "", err: "No model matches.\n" })
    })
  )

  it.live("a provider or capability that no model has is an error that lists those there are", () =>
    Effect.gen(function* () {
      const { code, err } = yield* fresh(["models", "list", "--can", "flying"])
      assert.strictEqual(code, 2)
      assert.match(err, /no model has the capability flying\. Known values: .*tools/)
      assert.strictEqual((yield* fresh(["models", "list", "-p", "nobody"])).code, 2)
      assert.strictEqual((yield* fresh(["models", "list", "--min-context", "much"])).code, 2)
    })
  )

  it.live("list leaves out retired models, unless requested", () =>
    Effect.gen(function* () {
      const args = ["models", "list", "-p", "openai", "--limit", "1000"]
      assert.notMatch(yield* ok(args), /retired/)
      assert.match(yield* ok([...args, "--deprecated"]), /openai\/\S+ .*retired/)
    })
  )

  it.live("show prints limits, prices and their source", () =>
    Effect.gen(function* () {
      const out = yield* ok(["models", "show", "openai/gpt-6-luna"])
      assert.match(out, /^openai\/gpt-6-luna \(GPT-6 Luna\)\n/)
      assert.match(out, /context window +1,050,000 tokens/)
      assert.match(out, /input: \$0\.10 per 1M tokens/)
      assert.match(out, /source +@earendil-works\/pi-ai@1\.5\.2, 2026-11-10/)
      assert.match(yield* ok(["models", "show", "openai/going-1"]), /2027-04-01\n/)
    })
  )

  it.live("a bare model name means its maker's model, which the output names", () =>
    Effect.gen(function* () {
      const { code, err, out } = yield* fresh(["models", "show", "kimi-k3"])
      assert.strictEqual(code, 0, err)
      assert.match(out, /^moonshotai\/kimi-k3/)
      assert.strictEqual(err, "effect-llm: kimi-k3 is moonshotai/kimi-k3\n")
    })
  )

  it.live("show of an unknown name suggests near ones", () =>
    Effect.gen(function* () {
      const { code, err, out } = yield* fresh(["models", "show", "gpt-6-lna"])
      assert.deepStrictEqual({ code, out }, { code: 2, out: "" })
      assert.match(err, /^effect-llm: no model is named gpt-6-lna\. Did you mean openai\/gpt-6-luna/)
    })
  )
})

describe("cost", () => {
  it.live("estimate multiplies rates exactly, for one call and many", () =>
    Effect.gen(function* () {
      const args = ["cost", "estimate", "gpt-6-luna", "-i", "3k", "-o", "500", "--cached", "2000", "--calls", "10k"]
      const [one] = JSON.parse(yield* ok([...args, "--json"])) as [{ total: string; cost: { total: string } }]
      assert.deepStrictEqual({ one: one.cost.total, all: one.total }, { one: "0.00037", all: "3.7" })
      const out = yield* ok(args)
      assert.match(out, /cacheRead +2,000 +\$0\.01 \/ 1M +\$0\.00002\n/)
      assert.match(out, /10,000 calls +\$3\.70\n/)
    })
  )

  it.live("estimate counts the tokens of a prompt, from a file or stdin", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const prompt = join(folder, "prompt.md")
      writeFileSync(prompt, "Why is the sky blue?")
      const fromFile = yield* ok(["cost", "estimate", "gpt-6-luna", "--prompt", prompt])
      assert.strictEqual(yield* ok(["cost", "estimate", "-m", "gpt-6-luna", "--prompt", prompt]), fromFile)
      assert.match(fromFile, /\d+ tokens in, 1,000 out/)
      assert.strictEqual(yield* ok(["cost", "estimate", "gpt-6-luna"], { stdin: "Why is the sky blue?" }), fromFile)
      assert.match(yield* ok(["cost", "estimate", "claude-haiku-5-5", "--prompt", prompt]), /about \d+ .*±\d+ %/s)
    })
  )

  it.live("compare draws the cheapest first, with bars as long as the costs", () =>
    Effect.gen(function* () {
      const args = ["cost", "compare", "gpt-6.1-terra", "gpt-6-luna", "kimi-k3", "-i", "3000", "-o", "1000"]
      const out = yield* ok(args, { env: { COLUMNS: "80" } })
      const bars = out.split("\n").filter((line) => line.includes("/"))
      assert.deepStrictEqual(
        bars.map((line) => line.split(/\s+/).slice(0, 2)),
        [
          ["openai/gpt-6-luna", "$0.0008"],
          ["openai/gpt-6.1-terra", "$0.008"],
          ["moonshotai/kimi-k3", "$0.024"]
        ]
      )
      const lengths = bars.map((line) => line.match(/█/g)?.length ?? 0)
      assert.strictEqual((lengths[1] ?? 0) * 3 <= (lengths[2] ?? 0), true)
      assert.isAtMost(Math.max(...bars.map((line) => line.length)), 80)
      const narrow = yield* ok(args, { env: { COLUMNS: "30" } })
      assert.notInclude(narrow, "█")
    })
  )

  it.live("a service tier has its own prices; a model without them is marked, and last", () =>
    Effect.gen(function* () {
      const args = ["cost", "compare", "kimi-k3", "gpt-6.1-terra", "gpt-6-luna", "-i", "1M", "-o", "0"]
      const out = yield* ok([...args, "--tier", "batch"], { env: { COLUMNS: "80" } })
      assert.match(out, /, batch\n[^]*gpt-6-luna +\$0\.05 [^]*gpt-6\.1-terra +\$0\.50 [^]*kimi-k3 +no batch price\n$/)
      assert.match(yield* ok(args), /kimi-k3 +\$3\.00/)
      const [, , last] = JSON.parse(yield* ok([...args, "--tier", "batch", "--json"]))
      assert.deepInclude(last, { model: "moonshotai/kimi-k3", total: null })
      const estimate = yield* fresh(["cost", "estimate", "moonshotai/kimi-k3", "-i", "1", "--tier", "batch"])
      assert.deepStrictEqual(
        { code: estimate.code, err: estimate.err },
        { code: 1, err: "effect-llm: no batch price is known for moonshotai/kimi-k3\n" }
      )
      assert.include(estimate.out, "there is no batch price")
    })
  )

  it.live("estimate counts images, seconds and all other billed units", () =>
    Effect.gen(function* () {
      const totalOf = Effect.fnUntraced(function* (units: string) {
        const out = yield* ok(["cost", "estimate", "openai/whisper-1", "--units", units, "--json"])
        return Number(JSON.parse(out)[0].total)
      })
      const hour = yield* totalOf("inputSeconds=3600")
      assert.isAbove(hour, 0)
      assert.strictEqual(yield* totalOf("inputSeconds=7200"), 2 * hour)
      assert.strictEqual(yield* totalOf("inputSeconds=7.2k"), 2 * hour)
      const { code, err } = yield* fresh(["cost", "estimate", "openai/whisper-1", "--units", "inputSecond=1"])
      assert.strictEqual(code, 2)
      assert.include(err, "did you mean inputSeconds?")
    })
  )

  it.live("a tier that no price knows is an error that lists those there are", () =>
    Effect.gen(function* () {
      for (const command of [
        ["compare", "gpt-6-luna", "kimi-k3"],
        ["estimate", "gpt-6-luna"]
      ]) {
        const { code, err } = yield* fresh(["cost", ...command, "-i", "1", "--tier", "bananas"])
        assert.strictEqual(code, 2)
        assert.include(err, "there is no service tier bananas. Known tiers: batch, flex, standard\n")
      }
    })
  )

  it.live("embedding models have no output to pay for", () =>
    Effect.gen(function* () {
      const out = yield* ok(["cost", "estimate", "text-embedding-3-small", "-i", "1M"])
      assert.match(out, /1,000,000 tokens in, 0 out\n[^]*one call +\$0\.02\n/)
    })
  )

  it.live("compare takes models by flags", () =>
    Effect.gen(function* () {
      const out = yield* ok(["cost", "compare", "-p", "anthropic", "--can", "vision", "-n", "3", "-i", "1k", "--json"])
      const models = JSON.parse(out) as ReadonlyArray<{ model: string; total: string }>
      assert.strictEqual(models.length, 3)
      assert.isTrue(models.every(({ model }) => model.startsWith("anthropic/")))
      const totals = models.map(({ total }) => Number(total))
      assert.deepStrictEqual(
        totals,
        totals.toSorted((a, b) => a - b)
      )
    })
  )

  it.live("reports missing or contradictory flags", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      for (const [args, words] of [
        [["estimate", "gpt-6-luna"], "pass --input"],
        [["estimate", "gpt-6-luna", "-i", "5", "--cached", "6"], "cannot exceed"],
        [["estimate", "gpt-6-luna", "-i", "5", "--prompt", "x"], "not both"],
        [["estimate", "gpt-6-luna", "--prompt", "no-such-file"], "there is no file no-such-file"],
        [["estimate", "gpt-6-lunax", "-i", "5"], "Did you mean openai/gpt-6-luna"],
        [["compare", "-i", "5"], "name the models"]
      ] as const) {
        const { code, err } = yield* cli(["cost", ...args], { home })
        assert.strictEqual(code, 2)
        assert.include(err, words)
      }
    })
  )
})

describe("tokens", () => {
  it.live("count prints the number for stdin, and a table for files", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ok(["tokens", "count"], { stdin: "Why is the sky blue?" }), "6\n")
      const folder = yield* temporary
      const [a, b] = [join(folder, "a.txt"), join(folder, "b.txt")]
      writeFileSync(a, "Why is the sky blue?")
      writeFileSync(b, "Hello")
      assert.match(yield* ok(["tokens", "count", a, b]), /a\.txt +20 +6\n.*b\.txt +5 +1\ntotal +25 +7\n$/s)
    })
  )

  it.live("count marks an estimate", () =>
    Effect.gen(function* () {
      const { err, out } = yield* fresh(["tokens", "count", "-m", "claude-haiku-5-5"], {
        stdin: "Why is the sky blue?"
      })
      assert.match(out, /^\d+\n$/)
      assert.match(err, /^estimated for claude-haiku-5-5, ±\d+ %/)
    })
  )

  it.live("count shows progress on a terminal when there is much, and the same number", () =>
    Effect.gen(function* () {
      const stdin = "the quick brown fox\n".repeat(20_000)
      const args = ["tokens", "count", "-m", "gpt-oss-120b"]
      const watched = yield* fresh(args, { stdin, stderrIsTerminal: true })
      const unwatched = yield* fresh(args, { stdin })
      assert.include(watched.err, "100 %")
      assert.strictEqual(unwatched.err, "")
      assert.deepStrictEqual([watched.out, unwatched.out], ["100000\n", "100000\n"])
    })
  )
})

describe("prices", () => {
  it.live("refresh fetches prices once, which all commands then use, as status shows", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const feed = yield* serve
      feed.answer = file(
        modelsDev(600, {
          openai: { "gpt-6-luna": { input: 7, output: 9 }, "brand-new-1": { input: 1.125, output: 2 } }
        }),
        '"one"'
      )
      const run = (...args: ReadonlyArray<string>) =>
        cli(args, { home, live: true, env: { EFFECT_LLM_PRICE_URL: feed.url } })
      assert.match((yield* run("prices", "status")).out, /prices from +embedded/)
      assert.strictEqual(feed.asked.length, 0)
      const refreshed = yield* run("prices", "refresh")
      assert.strictEqual(refreshed.code, 0, refreshed.err)
      assert.match(refreshed.out, /prices from +models\.dev[^]*stale +no[^]*fetched +602/)
      const [one] = JSON.parse(
        (yield* run("cost", "estimate", "openai/gpt-6-luna", "-i", "1M", "-o", "0", "--json")).out
      )
      assert.strictEqual(one.total, "7")
      const listed = (yield* run("models", "list", "-p", "openai")).out
      assert.match(listed, /openai\/gpt-6-luna .*\$7\.00 +\$9\.00/)
      assert.match(listed, /openai\/brand-new-1 .*\$1\.125 +\$2\.00/)
      assert.match((yield* run("models", "search", "brand", "new")).out, /openai\/brand-new-1/)
      assert.strictEqual(JSON.parse((yield* run("prices", "status", "--json")).out).prices.feed, 602)
      assert.strictEqual(feed.asked.length, 1)
    })
  )

  it.live("a failed refresh exits with 1 and the reason; an unknown feed with 2", () =>
    Effect.gen(function* () {
      const feed = yield* serve
      feed.answer = (_, response) => void response.writeHead(404).end()
      const away = yield* fresh(["prices", "refresh"], { live: true, env: { EFFECT_LLM_PRICE_URL: feed.url } })
      assert.strictEqual(away.code, 1)
      assert.include(away.err, `prices were not refreshed from ${feed.url}`)
      const none = yield* fresh(["prices", "status"], { live: true, env: { EFFECT_LLM_PRICE_FEED: "mine" } })
      assert.strictEqual(none.code, 2)
      assert.include(none.err, "models.dev, genai-prices, litellm")
    })
  )
})

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const key = "sk-secret-0123456789abcdef"

layer(Simulator.layer({ apiKey: key }), { excludeTestServices: true })("chat and doctor", (it) => {
  const settings = Effect.map(Simulator, ({ openAiUrl }) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: openAiUrl }))
  const chat = (...args: ReadonlyArray<string>) => Effect.flatMap(settings, (env) => fresh(["chat", ...args], { env }))

  it.effect("sends system prompt, image, text file and settings", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const [image, text] = [join(folder, "dot.png"), join(folder, "note.txt")]
      writeFileSync(image, png)
      writeFileSync(text, "a note")
      const model = ["-m", "openai/sim-healthy", "-s", "Be brief.", "-f", image, "-f", text, "--temperature", "0.5"]
      const { code, err } = yield* chat(...model, "What", "is this?")
      assert.strictEqual(code, 0, err)
      const { requests } = yield* Simulator
      const request = (yield* requests).at(-1)?.request
      assert.strictEqual(request?.temperature, 0.5)
      assert.deepStrictEqual(
        request?.messages.map(({ content, role }) => ({ role, parts: content.map(({ type }) => type) })),
        [
          { role: "system", parts: ["text"] },
          { role: "user", parts: ["image", "text", "text"] }
        ]
      )
    })
  )

  it.effect("--json prints text, usage and exact cost, and nothing on stderr", () =>
    Effect.gen(function* () {
      const { err, out } = yield* chat("-m", "openai/gpt-6-luna", "--json", "hi")
      const answer = JSON.parse(out)
      assert.strictEqual(err, "")
      assert.match(answer.text, /^You asked: "hi"/)
      const { inputTokens, outputTokens } = answer.usage
      const total = (inputTokens.total * 10 + outputTokens.total * 50) / 1e8
      assert.strictEqual(Number(answer.cost.total), total)
      assert.strictEqual(answer.attempts.length, 1)
    })
  )

  it.effect("a stream that breaks off keeps what was printed, reports it, and exits with 1", () =>
    Effect.gen(function* () {
      const { code, err, out } = yield* chat("-m", "openai/sim-cut", "hi")
      assert.strictEqual(code, 1)
      assert.match(out, /^You asked.*\n$/)
      assert.match(err, /^effect-llm: openai\/sim-cut: the response was cut off/)
    })
  )

  it.effect("a provider that is not set up, and a prompt that is missing, are wrong usage", () =>
    Effect.gen(function* () {
      const other = yield* chat("-m", "anthropic/claude-haiku-5-5", "hi")
      assert.strictEqual(other.code, 2)
      assert.include(other.err, "set ANTHROPIC_API_KEY")
      const near = yield* chat("-m", "opnai/gpt-6-luna", "hi")
      assert.strictEqual(near.code, 2)
      assert.include(near.err, "openai/gpt-6-luna")
      const none = yield* chat("-m", "openai/gpt-6-luna")
      assert.strictEqual(none.code, 2)
      assert.include(none.err, "there is no prompt")
    })
  )

  it.effect("a refused key ends with 1 and is not shown; the default model is a setting", () =>
    Effect.gen(function* () {
      const env = { ...(yield* settings), OPENAI_API_KEY: "sk-wrong-0123456789", EFFECT_LLM_MODEL: "openai/gpt-6-luna" }
      const { code, err } = yield* fresh(["chat", "hi"], { env })
      assert.strictEqual(code, 1)
      assert.include(err, "the key was not accepted")
      assert.notInclude(err, "sk-wrong")
    })
  )

  it.effect("an unusable key or address affects no other provider, and is not printed", () =>
    Effect.gen(function* () {
      const env = {
        ...(yield* settings),
        ANTHROPIC_API_KEY: "top-secret\nkey",
        GROQ_API_KEY: "k",
        GROQ_BASE_URL: "me:top-secret@groq.example",
        MISTRAL_API_KEY: "k",
        MISTRAL_BASE_URL: "https://me:top-secret@mistral.example/v1?key=top-secret"
      }
      const other = yield* fresh(["chat", "-m", "openai/sim-healthy", "hi"], { env })
      assert.strictEqual(other.code, 0, other.err)
      const told = [other.err]
      for (const [model, problem] of [
        ["anthropic/m", "ANTHROPIC_API_KEY contains a line break"],
        ["groq/m", "GROQ_BASE_URL must begin with http:// or https://"],
        ["mistral/m", "MISTRAL_BASE_URL must not contain a user name or password: https://mistral.example"]
      ] as const) {
        const { code, err } = yield* fresh(["chat", "-m", model, "hi"], { env })
        assert.strictEqual(code, 2)
        assert.include(err, `cannot be used: ${problem}`)
        told.push(err)
      }
      const doctor = yield* fresh(["doctor", "--offline"], { env })
      assert.strictEqual(doctor.code, 1)
      assert.include(doctor.err, "groq: GROQ_BASE_URL must begin with")
      assert.notInclude([...told, doctor.out, doctor.err].join("\n"), "top-secret")
    })
  )

  it.effect("doctor reports which keys are set and which providers respond, and never prints a key", () =>
    Effect.gen(function* () {
      const { code, err, out } = yield* fresh(["doctor"], { env: yield* settings })
      assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
      assert.match(out, /openai +working +http:\/\/127\.0\.0\.1:\d+\/v1 +OPENAI_API_KEY is set/)
      assert.match(out, /anthropic +not set +set ANTHROPIC_API_KEY/)
      assert.match(out, /^node +\d+\./m)
      assert.notInclude(out, key)
      assert.notInclude(out, key.slice(0, 8))
    })
  )

  it.effect("doctor exits with 1 if a configured provider fails, and shows no key", () =>
    Effect.gen(function* () {
      const away = yield* fresh(["doctor"], { env: { OPENAI_API_KEY: key, OPENAI_BASE_URL: "http://127.0.0.1:1/v1" } })
      assert.strictEqual(away.code, 1)
      assert.match(away.out, /openai +not working/)
      assert.match(away.err, /openai: OPENAI_API_KEY is set, but it cannot be reached/)
      const bad = yield* fresh(["doctor", "--offline", "--json"], { env: { ANTHROPIC_API_KEY: "two words" } })
      assert.strictEqual(bad.code, 1)
      const { problems, providers, versions } = JSON.parse(bad.out)
      assert.strictEqual(problems, 1)
      assert.match(versions["effect-llm"], /^\d+\.\d+\.\d+$/)
      const anthropic = (providers as ReadonlyArray<{ id: string; state: string }>).find(({ id }) => id === "anthropic")
      assert.strictEqual(anthropic?.state, "invalidSetting")
      assert.notInclude(bad.out + bad.err + away.out + away.err, key)
      assert.notInclude(bad.out + bad.err, "two words")
    })
  )
})
