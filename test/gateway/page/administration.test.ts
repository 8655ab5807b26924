import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { gateway } from "../gateway.ts"
import { accessibility, Chromium, cutAtTheLeft, hasChromium, scrollsSideways, visit } from "./browser.ts"

const models = `models:
  fast: { deployments: [openai/sim-503], fallbacks: [spare] }
  rested: { deployments: [openai/sim-slow], fallbacks: [spare] }
  spare: openai/sim-healthy
  claude: anthropic/sim-healthy
prices: { anthropic/sim-healthy: { input: 1, output: 2 } }
`

const adminKey = "sk-the-key-of-the-administrator-1"

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

    it.effect("shows the usage as a chart and a table", () =>
      Effect.gen(function* () {
        const { send, url } = yield* gateway(models)
        for (const model of ["fast", "claude", "claude"]) yield* send("/v1/chat/completions", body(model))
        const problems = yield* visit(url, async (page) => {
          await go(page, "Usage")
          const table = page.getByRole("region", { name: "Spend by model" })
          await table.getByRole("row").filter({ hasText: "claude" }).getByText("2", { exact: true }).waitFor()
          await table.getByRole("row").filter({ hasText: "fast" }).getByText("unpriced", { exact: true }).waitFor()
          await page.getByRole("img", { name: /^Cost by day and model/ }).waitFor()
          await page.getByLabel("Measure").selectOption("tokens")
          await page.getByRole("img", { name: /^Tokens by day/ }).waitFor()
          await page.getByLabel("Group by").selectOption("provider")
          await page.getByRole("region", { name: "Spend by provider" }).getByText("anthropic").waitFor()
          const download = page.waitForEvent("download")
          await page.getByRole("button", { name: "Download CSV" }).click()
          assert.strictEqual((await download).suggestedFilename(), "spend.csv")
          assert.deepStrictEqual(await accessibility(page), [])
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("shows a model next to its shadow, in the log and in the usage", () =>
      Effect.gen(function* () {
        const shadowed = models.replace(
          "claude: anthropic/sim-healthy",
          "claude: { deployments: [anthropic/sim-healthy], shadow: { to: spare, share: 1 } }"
        )
        const { send, url } = yield* gateway(shadowed)
        assert.strictEqual((yield* send("/v1/chat/completions", body("claude"))).status, 200)
        const problems = yield* visit(url, async (page) => {
          await go(page, "Calls")
          const rows = page.getByRole("region", { name: "Calls" }).getByRole("row")
          await rows.filter({ hasText: "shadow of claude" }).waitFor()
          await go(page, "Usage")
          const table = page.getByRole("region", { name: "Shadows" })
          await table.getByRole("row").filter({ hasText: "shadow of claude" }).getByText("spare").waitFor()
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
            // What a model falls back to is a model, and no provider.
            assert.strictEqual(await page.getByRole("region", { name: "Deployments of spare" }).count(), 0)
            assert.deepStrictEqual(await accessibility(page), [])
            await go(page, "Explain")
            // Nothing of it has been called, so that nothing is left out of the plan.
            await page.getByRole("combobox", { name: "Model" }).fill("rested")
            await page.getByRole("button", { name: "Explain" }).click()
            await page.getByRole("region", { name: "Called, in this order" }).getByText("sim-slow").first().waitFor()
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

    it.effect("asks for a key, and signs in with one, without an error on the console", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(`${models}server: { adminKey: ${adminKey} }\n`)
        const problems = yield* visit(url, async (page) => {
          await page.getByLabel("Key").fill(adminKey)
          await page.keyboard.press("Enter")
          await go(page, "Calls")
          await page.getByText("Nothing has been called yet").waitFor()
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect(
      "creates keys, shows their secrets once, rotates, blocks, edits and removes them; shows others only their own",
      () =>
        Effect.gen(function* () {
          const { send, url } = yield* gateway(`${models}server: { adminKey: ${adminKey} }\n`)
          const status = (key: string) =>
            Effect.runPromise(
              Effect.map(
                send("/v1/chat/completions", body("claude"), { authorization: `Bearer ${key}` }),
                ({ status }) => status
              )
            )
          const problems = yield* visit(
            url,
            async (page) => {
              await page.getByLabel("Key").fill("sk-not-a-key-of-this-gateway")
              await page.keyboard.press("Enter")
              await page.getByRole("alert").waitFor()
              assert.deepStrictEqual(await accessibility(page), [])
              await page.getByLabel("Key").fill(adminKey)
              await page.keyboard.press("Enter")
              await go(page, "Keys")
              await page.getByText("There are no keys yet").waitFor()
              await page.getByRole("button", { name: "New key" }).click()
              const dialog = page.getByRole("dialog")
              await dialog.getByLabel("Name").fill("Ann's laptop")
              await dialog.getByLabel("Models").fill("claude")
              await dialog.getByLabel("Budget in dollars").fill("20")
              await dialog.getByLabel("Requests a minute").fill("60")
              assert.deepStrictEqual(await accessibility(page), [])
              await dialog.getByRole("button", { name: "Create the key" }).click()
              const first = await dialog.locator("code").innerText()
              // A secret that is shown once is not lost by a key too many.
              for (const key of ["Enter", "Escape"]) await page.keyboard.press(key)
              await page.mouse.click(2, 2)
              await dialog.getByRole("button", { name: "I have it" }).press("Enter")
              await dialog.waitFor({ state: "detached" })
              await page
                .locator(":focus")
                .and(page.getByRole("button", { name: "New key" }))
                .waitFor()
              const row = page.getByRole("row").filter({ hasText: "Ann's laptop" })
              await row.getByText("$20 a month").waitFor()
              assert.notInclude(await page.content(), first)
              assert.strictEqual(await status(first), 200)

              await page.getByRole("button", { name: "Rotate Ann's laptop" }).click()
              await dialog.getByRole("button", { name: "Rotate" }).click()
              await dialog.getByText("Copy it now").waitFor()
              const second = await dialog.locator("code").innerText()
              await dialog.getByRole("button", { name: "I have it" }).click()
              assert.notStrictEqual(first, second)
              assert.deepStrictEqual([await status(first), await status(second)], [200, 200])

              await page.getByRole("button", { name: "Block Ann's laptop" }).click()
              await dialog.getByRole("button", { name: "Block" }).click()
              await row.getByText("blocked").waitFor()
              assert.notStrictEqual(await status(second), 200)
              await page.getByRole("button", { name: "Unblock Ann's laptop" }).click()
              await row.getByText("active").waitFor()
              assert.strictEqual(await status(second), 200)
              assert.deepStrictEqual(await accessibility(page), [])

              await page.getByRole("button", { name: "Edit Ann's laptop" }).click()
              assert.strictEqual(await dialog.getByLabel("Budget in dollars").inputValue(), "20")
              await dialog.getByLabel("Requests a minute").fill("")
              await dialog.getByRole("button", { name: "Add another budget" }).click()
              await dialog.getByLabel("Budget in dollars").nth(1).fill("3")
              await dialog.getByLabel("Within").nth(1).selectOption("day")
              await dialog.getByText("More", { exact: true }).click()
              await dialog.getByLabel("Denied").fill("fast")
              assert.deepStrictEqual(await accessibility(page), [])
              await dialog.getByRole("button", { name: "Save" }).click()
              await row.getByText("$3 a day").waitFor()
              await row.getByText("not fast").waitFor()
              assert.strictEqual(await row.getByText("60 requests").count(), 0)

              await go(page, "Calls")
              await page.getByRole("combobox", { name: "Key" }).fill("Ann's laptop")
              const calls = page.getByRole("region", { name: "Calls" }).getByRole("row")
              await calls.filter({ hasText: "Ann's laptop" }).nth(3).waitFor()
              assert.strictEqual(await calls.filter({ hasText: "key_" }).count(), 0)
              await go(page, "Usage")
              await page.getByLabel("Group by").selectOption("key")
              await page.getByRole("region", { name: "Spend by key" }).getByText("Ann's laptop").waitFor()

              await go(page, "Budgets")
              const budgets = page.getByRole("region", { name: "Budgets" })
              await budgets.getByText("$20.00").waitFor()
              assert.deepStrictEqual(await accessibility(page), [])
              await page.getByRole("button", { name: "Raise month of Ann's laptop" }).click()
              await dialog.getByLabel("Dollars").fill("50")
              await dialog.getByLabel("Until").fill("2999-12-31")
              assert.deepStrictEqual(await accessibility(page), [])
              await dialog.getByRole("button", { name: "Raise" }).click()
              await budgets.getByText("$50.00").waitFor()
              await page.getByRole("button", { name: "Raise month of Ann's laptop" }).click()
              await dialog.getByRole("button", { name: "End the raise now" }).click()
              await budgets.getByText("$20.00").waitFor()

              await page.getByRole("button", { name: "Sign out" }).click()
              await page.getByLabel("Key").fill(second)
              await page.keyboard.press("Enter")
              await go(page, "Allowance")
              await page.getByRole("region", { name: "Allowance" }).getByText("$20.00").first().waitFor()
              await page.getByRole("region", { name: "Your keys" }).getByText("Ann's laptop").waitFor()
              assert.deepStrictEqual(await accessibility(page), [])
              assert.strictEqual(await page.getByRole("link", { name: "Keys" }).count(), 0)
              await Effect.runPromise(
                send("/v1/chat/completions", body("spare"), { authorization: `Bearer ${adminKey}` })
              )
              await go(page, "Usage")
              await page.getByRole("region", { name: "Spend by model" }).getByText("claude").waitFor()
              assert.strictEqual(await page.getByText("spare").count(), 0)
              await go(page, "Calls")
              await page.getByRole("region", { name: "Calls" }).getByText("claude").first().waitFor()
              assert.strictEqual(await page.getByText("spare").count(), 0)
              await page.getByRole("region", { name: "Calls" }).getByRole("button").first().click()
              await dialog.getByText("One attempt").waitFor()
              assert.deepStrictEqual(await accessibility(page), [])
              await page.keyboard.press("Escape")

              await page.getByRole("button", { name: "Sign out" }).click()
              await page.getByLabel("Key").fill(adminKey)
              await page.keyboard.press("Enter")
              await go(page, "Keys")
              await page.getByRole("button", { name: "Remove Ann's laptop" }).click()
              await dialog.getByRole("button", { name: "Remove" }).click()
              await page.getByText("There are no keys yet").waitFor()
              assert.strictEqual(await status(second), 401)
            },
            { expects: [401] }
          )
          assert.deepStrictEqual(problems, [])
        })
    )

    it.effect("makes teams and users, changes and removes them", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(models)
        const problems = yield* visit(url, async (page) => {
          await go(page, "Users and teams")
          const dialog = page.getByRole("dialog")
          await page.getByRole("button", { name: "New team" }).click()
          await dialog.getByLabel("Id").fill("research")
          await dialog.getByRole("button", { name: "Create the team" }).click()
          await page.getByRole("region", { name: "Teams" }).getByText("research").waitFor()
          await page.getByRole("button", { name: "New user" }).click()
          await dialog.getByLabel("Id").fill("ann")
          await dialog.getByLabel("Team").fill("research")
          await dialog.getByRole("button", { name: "Create the user" }).click()
          await page.getByRole("region", { name: "Users" }).getByText("ann").waitFor()
          assert.deepStrictEqual(await accessibility(page), [])
          await page.getByRole("button", { name: "Edit ann" }).click()
          await dialog.getByLabel("Email").fill("ann@example.com")
          await dialog.getByLabel("Team").fill("")
          await dialog.getByLabel("Tokens a minute").fill("9000")
          await dialog.getByRole("button", { name: "Save" }).click()
          const ann = page
            .getByRole("region", { name: "Users" })
            .getByRole("row")
            .filter({ hasText: "ann@example.com" })
          await ann.getByText("9,000 tokens per 1m").waitFor()
          assert.strictEqual(await ann.getByText("research").count(), 0)
          await page.getByRole("button", { name: "Remove research" }).click()
          await dialog.getByRole("button", { name: "Remove" }).click()
          await page.getByText("There are no teams yet").waitFor()
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("continues as the administrator whose key closed an open gateway", () =>
      Effect.gen(function* () {
        const { url } = yield* gateway(models)
        const problems = yield* visit(url, async (page) => {
          await go(page, "Keys")
          await page.getByRole("button", { name: "New key" }).click()
          const dialog = page.getByRole("dialog")
          await dialog.getByText("Nobody needs a key yet").waitFor()
          assert.isTrue(await dialog.getByLabel("An administrator's key").isChecked())
          await dialog.getByLabel("Name").fill("first")
          await dialog.getByRole("button", { name: "Create the key" }).click()
          await dialog.getByText("Callers need a key from now on.").waitFor()
          await dialog.getByRole("button", { name: "I have it" }).click()
          await page.getByRole("button", { name: "Sign out" }).waitFor()
          await page.getByRole("region", { name: "Keys" }).getByText("first").waitFor()
          assert.strictEqual((await fetch(`${url}/admin/keys`)).status, 401)
        })
        assert.deepStrictEqual(problems, [])
      })
    )

    it.effect("fits every place on a small screen, in the light and in the dark", () =>
      Effect.gen(function* () {
        const { send, url } = yield* gateway(`${models}users: { ann: {} }\n`)
        yield* send("/v1/chat/completions", body("claude"))
        for (const colours of ["light", "dark"] as const) {
          const problems = yield* visit(
            url,
            async (page) => {
              for (const place of [
                "Calls",
                "Usage",
                "Keys",
                "Users and teams",
                "Budgets",
                "Providers",
                "Explain",
                "Settings"
              ]) {
                await page.getByRole("button", { name: "Menu" }).click()
                await go(page, place)
                await page.waitForFunction(() => document.querySelector(".waiting") === null)
                if (place === "Usage") await page.locator("canvas").waitFor()
                if (place === "Users and teams") await page.getByText("in the settings").waitFor()
                assert.isFalse(await scrollsSideways(page), place)
                assert.deepStrictEqual(await cutAtTheLeft(page), [], place)
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
