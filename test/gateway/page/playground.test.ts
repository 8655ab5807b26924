import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { gateway } from "../gateway.ts"
import { accessibility, Chromium, hasChromium, scrollsSideways, visit } from "./browser.ts"

const models = `models:
  fast: openai/sim-healthy
  claude: anthropic/sim-healthy
  thinking: openai/sim-reasoning
  tools: openai/sim-tools
  slow: openai/sim-slow
  cut: openai/sim-cut
  down: openai/sim-503
prices: { anthropic/sim-healthy: { input: 1, output: 2 } }
`

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64"
)

const choose = async (page: Page, position: number, model: string) => {
  await page.locator("#models option").first().waitFor({ state: "attached" })
  await page.getByRole("combobox", { name: `Model ${position}` }).fill(model)
}

const send = async (page: Page, prompt: string) => {
  await page.getByLabel("Prompt", { exact: true }).fill(prompt)
  await page.keyboard.press("Enter")
}

const response = (page: Page, model: string) => page.getByRole("article", { name: `Response of ${model}` }).last()

/** Waits until a response has come to its end. */
const ended = (page: Page, model: string) => response(page, model).getByText("Tokens out").waitFor()

describe.skipIf(!hasChromium)("the playground", () => {
  layer(Chromium.layer, { excludeTestServices: true })((it) => {
    it.effect("calls models side by side, and shows the time and cost of each", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(models)
        const problems = yield* visit(url, async (page) => {
          await choose(page, 1, "fast")
          await page.getByRole("button", { name: "Add a model" }).click()
          await choose(page, 2, "claude")
          await send(page, "Hello **there**")
          for (const model of ["fast", "claude"]) {
            await ended(page, model)
            const text = await response(page, model).innerText()
            assert.match(text, /Hello there/)
            assert.match(text, /Total\s+[\d.]+ m?s/)
            assert.match(text, /Tokens in\s+\d+/)
            assert.match(text, /Tokens out\s+\d+/)
          }
          // The cost of a stream is the ledger's.
          await response(page, "claude")
            .getByText(/^\$0\.0+\d/)
            .waitFor()
          await send(page, "And again")
          await page.getByText("And again").nth(1).waitFor()
          await response(page, "claude").getByText("Total").waitFor()
          assert.deepStrictEqual(await accessibility(page), [])
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("shows the responses in place of the parameters once a prompt is sent from a small screen", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(models)
        const problems = yield* visit(
          url,
          async (page) => {
            await choose(page, 1, "fast")
            await page.getByRole("button", { name: "Parameters" }).click()
            await page.getByLabel("System prompt").fill("Be brief.")
            await send(page, "Count")
            await page.getByLabel("System prompt").waitFor({ state: "detached" })
            await response(page, "fast").getByText("You").waitFor()
          },
          { width: 390 }
        )
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("streams while it arrives, and stops with Escape", () =>
      Effect.gen(function* () {
        const { simulator, url } = yield* gateway(models, {
          simulator: { pace: { firstToken: 0, tokensPerSecond: 1 } }
        })
        const problems = yield* visit(url, async (page) => {
          await choose(page, 1, "fast")
          await send(page, "Count")
          const reply = response(page, "fast")
          await reply.getByText("You").waitFor()
          assert.strictEqual(await reply.getAttribute("aria-busy"), "true")
          await page.keyboard.press("Escape")
          await reply.getByText("Stopped.").waitFor()
        })
        assert.strictEqual((yield* simulator.awaitClosed(({ stream }) => stream === true)).outcome, "client-closed")
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("shows reasoning, tool calls and their results, JSON of a schema, and images that go with a prompt", () =>
      Effect.gen(function* () {
        const { simulator, url } = yield* gateway(models)
        const problems = yield* visit(url, async (page) => {
          await page.getByRole("button", { name: "Parameters" }).click()
          await page.getByLabel("System prompt").fill("Be brief.")
          await page.getByLabel("Temperature").fill("0.5")
          await choose(page, 1, "thinking")
          await page
            .getByLabel("Files", { exact: true })
            .setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: png })
          await page.getByRole("button", { name: "Remove dot.png" }).waitFor()
          await send(page, "Why?")
          await ended(page, "thinking")
          await response(page, "thinking").getByText("Reasoning", { exact: true }).click()

          await choose(page, 1, "tools")
          await page.getByRole("button", { name: "Begin with an example tool" }).click()
          await send(page, "Weather in Lima?")
          await response(page, "tools").getByText("get_weather was called").waitFor()
          await page.getByLabel("Result of get_weather").fill("18 degrees")
          await page.getByRole("button", { name: "Send the result" }).click()
          await ended(page, "tools")

          await choose(page, 1, "fast")
          await page.getByLabel("Tools", { exact: true }).fill("[")
          await page.getByText("This is not JSON").first().waitFor()
          await page.getByLabel("Tools", { exact: true }).fill("")
          await page.getByLabel("Response format").selectOption("json_schema")
          await send(page, "A city")
          await response(page, "fast").getByText('"population"').waitFor()
          assert.deepStrictEqual(await accessibility(page), [])
        })
        assert.deepStrictEqual(problems, [])
        const requests = yield* simulator.requests
        const [first, , third, fourth] = requests
          .filter(({ method }) => method === "POST")
          .map(({ body }) => JSON.stringify(body))
        assert.include(first, "Be brief.")
        assert.include(first, `data:image/png;base64,${png.toString("base64")}`)
        assert.include(first, '"temperature":0.5')
        assert.include(third, "18 degrees")
        assert.include(fourth, '"population"')
      })
    )

    it.effect("shows an error, and retries", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(models)
        const problems = yield* visit(
          url,
          async (page) => {
            await choose(page, 1, "down")
            await send(page, "Hello")
            const alert = response(page, "down").getByRole("alert")
            await alert.waitFor()
            assert.match(await alert.innerText(), /req_/)
            await choose(page, 1, "fast")
            await alert.getByRole("button", { name: "Try again" }).click()
            await ended(page, "fast")
            await choose(page, 1, "cut")
            await send(page, "Hello")
            await response(page, "cut").getByRole("alert").waitFor()
            await choose(page, 1, "fats")
            await send(page, "Hello")
            await page.getByText("Did you mean fast").waitFor()
            assert.deepStrictEqual(await accessibility(page), [])
          },
          { expects: [503, 404] }
        )
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("shows the request as code, which a key press copies", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(models)
        const problems = yield* visit(url, async (page) => {
          await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
          await choose(page, 1, "fast")
          await page.getByLabel("Prompt", { exact: true }).fill("Hello")
          await page.getByRole("button", { name: "Code" }).click()
          const dialog = page.getByRole("dialog")
          for (const [language, words] of [
            ["curl", `curl -N ${url}/v1/chat/completions`],
            ["Python", "from openai import OpenAI"],
            ["TypeScript", 'import OpenAI from "openai"'],
            ["Effect", 'from "effect-llm"']
          ] as const) {
            await dialog.getByLabel(language).check()
            await dialog.getByRole("button", { name: /^Cop/ }).press("Enter")
            const copied = await page.waitForFunction(async (words) => {
              const text = await navigator.clipboard.readText()
              return text.includes(words) && text
            }, words)
            assert.include(String(await copied.jsonValue()), "Hello")
          }
          assert.deepStrictEqual(await accessibility(page), [])
          await page.keyboard.press("Escape")
          await dialog.waitFor({ state: "detached" })
          // Once it is sent, the code is still that of the request: its response is no part of it.
          await send(page, "Hello")
          await ended(page, "fast")
          await page.getByRole("button", { name: "Code" }).click()
          await dialog.getByLabel("curl").check()
          const code = String(await dialog.locator("code").textContent())
          assert.include(code, '"Hello"')
          assert.notInclude(code, '"assistant"')
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("works on a small screen, in the dark, by the keyboard alone", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(models)
        const problems = yield* visit(
          url,
          async (page) => {
            await choose(page, 1, "fast")
            await page.getByRole("button", { name: "Menu" }).press("Enter")
            await page.getByText("Dark").waitFor()
            assert.deepStrictEqual(await accessibility(page), [])
            await page.getByRole("button", { name: "Menu" }).press("Enter")
            await send(page, `| a | b |\n|---|---|\n\n${"long".repeat(100)}`)
            await ended(page, "fast")
            assert.isFalse(await scrollsSideways(page))
            await page.getByRole("button", { name: "Parameters" }).press("Enter")
            await page.getByLabel("System prompt").waitFor()
            assert.isFalse(await scrollsSideways(page))
            assert.deepStrictEqual(await accessibility(page), [])
          },
          { width: 360, height: 640, colours: "dark" }
        )
        assert.deepStrictEqual(problems, [])
      })
    )
  })
})
