import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { gateway } from "../gateway.ts"
import { accessibility, Chromium, hasChromium, scrollsSideways, visit } from "./browser.ts"

const models = `models:
  fast: { deployments: [openai/sim-503], fallbacks: [spare] }
  spare: openai/sim-healthy
  claude: anthropic/sim-healthy
`

const go = async (page: Page, place: string) => {
  await page.getByRole("navigation").getByRole("link", { name: place }).click()
  await page.getByRole("heading", { level: 1, name: place }).waitFor()
}

const body = (model: string) => ({ model, messages: [{ role: "user", content: "Hello" }] })

describe.skipIf(!hasChromium)("the page of administrators", () => {
  layer(Chromium.layer, { excludeTestServices: true })((it) => {
    it.effect("logs calls as they end, with the attempts of each and why", () =>
      Effect.gen(function* () {
        const { send, url } = yield* gateway(models)
        assert.strictEqual((yield* send("/v1/chat/completions", body("fast"))).status, 200)
        const problems = yield* visit(url, async (page) => {
          await go(page, "Calls")
          const rows = page.getByRole("region", { name: "Calls" }).getByRole("row")
          await rows.nth(1).waitFor()
          await page.getByRole("status").getByText("Live").waitFor()
          await Effect.runPromise(send("/v1/chat/completions", body("claude")))
          await rows.filter({ hasText: "claude" }).waitFor()
          await rows.filter({ hasText: "fast" }).getByRole("button").click()
          const dialog = page.getByRole("dialog")
          await dialog.getByText("2 attempts").waitFor()
          await dialog.getByText("OverloadedError").first().waitFor()
          assert.deepStrictEqual(await accessibility(page), [])
          await page.keyboard.press("Escape")
          await page.getByLabel("Outcome").selectOption("error")
          await page.getByText("No call is like that").waitFor()
          await page.getByRole("button", { name: "Show all calls" }).click()
          await rows.filter({ hasText: "fast" }).waitFor()
          assert.deepStrictEqual(await accessibility(page), [])
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("draws what was used, and says it in a table", () =>
      Effect.gen(function* () {
        const { send, url } = yield* gateway(models)
        for (const model of ["fast", "claude", "claude"]) yield* send("/v1/chat/completions", body(model))
        const problems = yield* visit(url, async (page) => {
          await go(page, "Usage")
          const table = page.getByRole("region", { name: "Spend by model" })
          await table.getByRole("row").filter({ hasText: "claude" }).getByText("2", { exact: true }).waitFor()
          await page.getByRole("img", { name: /^Cost by day and model/ }).waitFor()
          await page.getByLabel("Figure").selectOption("tokens")
          await page.getByRole("img", { name: /^Tokens by day/ }).waitFor()
          await page.getByLabel("Told apart by").selectOption("provider")
          await page.getByRole("region", { name: "Spend by provider" }).getByText("anthropic").waitFor()
          const download = page.waitForEvent("download")
          await page.getByRole("button", { name: "Download CSV" }).click()
          assert.strictEqual((await download).suggestedFilename(), "spend.csv")
          assert.deepStrictEqual(await accessibility(page), [])
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("shows the health of providers, the plan of a request, and the settings without secrets", () =>
      Effect.gen(function* () {
        const { send, url } = yield* gateway(models)
        yield* send("/v1/chat/completions", body("fast"))
        const problems = yield* visit(
          url,
          async (page) => {
            await go(page, "Providers")
            await page.getByRole("region", { name: "Deployments of openai" }).getByText("sim-healthy").waitFor()
            assert.deepStrictEqual(await accessibility(page), [])
            await go(page, "Explain")
            await page.getByRole("combobox", { name: "Model" }).fill("fast")
            await page.getByRole("button", { name: "Explain" }).click()
            await page.getByRole("region", { name: "Called, in this order" }).getByText("sim-503").first().waitFor()
            assert.deepStrictEqual(await accessibility(page), [])
            await page.getByRole("combobox", { name: "Model" }).fill("fats")
            await page.getByRole("button", { name: "Explain" }).click()
            await page.getByText("Did you mean fast").waitFor()
            await go(page, "Settings")
            await page.getByText('"claude"').waitFor()
            assert.notInclude(await page.getByRole("main").innerText(), "sk-upstream")
            assert.deepStrictEqual(await accessibility(page), [])
          },
          { expects: [404] }
        )
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("fits every place on a small screen, in the light and in the dark", () =>
      Effect.gen(function* () {
        const { send, url } = yield* gateway(models)
        yield* send("/v1/chat/completions", body("fast"))
        for (const colours of ["light", "dark"] as const) {
          const problems = yield* visit(
            url,
            async (page) => {
              for (const place of ["Calls", "Usage", "Providers", "Explain", "Settings"]) {
                await page.getByRole("button", { name: "Menu" }).click()
                await go(page, place)
                await page.getByText("Loading").waitFor({ state: "detached" })
                assert.isFalse(await scrollsSideways(page), place)
                assert.deepStrictEqual(await accessibility(page), [], place)
              }
            },
            { width: 360, height: 740, colours }
          )
          assert.deepStrictEqual(problems, [])
        }
      })
    )
  })
})
