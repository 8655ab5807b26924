import { Context, Effect, Layer } from "effect"
import axe from "axe-core"
import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"

const executablePath = "/usr/bin/chromium"

/** Without Debian's Chromium there is nothing to look at pages with; its tests skip. */
export const hasChromium = existsSync(executablePath)
if (!hasChromium) console.warn(`${executablePath} is not installed: the tests of the gateway's page skip`)

export class Chromium extends Context.Service<Chromium, Browser>()("test/Chromium") {
  static readonly layer = Layer.effect(
    Chromium,
    Effect.acquireRelease(
      Effect.promise(() => chromium.launch({ executablePath, args: ["--no-sandbox"] })),
      (browser) => Effect.promise(() => browser.close())
    )
  )
}

export interface VisitOptions {
  readonly width?: number
  readonly height?: number
  readonly colours?: "light" | "dark"
  /** Statuses of failure that the test is about; a browser reports each on its console. */
  readonly expects?: ReadonlyArray<number>
}

/**
 * Uses the page as somebody would. Whatever it does, it reports nothing on the console, asks no other server, and breaks no
 * rule of its content security policy, which would be on the console too.
 */
export const visit = (
  url: string,
  use: (page: Page) => Promise<void>,
  { colours = "light", expects = [], height = 800, width = 1280 }: VisitOptions = {}
) =>
  Effect.gen(function* () {
    const browser = yield* Chromium
    const problems: Array<string> = []
    yield* Effect.promise(async () => {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: colours,
        reducedMotion: "reduce",
        locale: "en-US"
      })
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      page.on("pageerror", ({ message }) => problems.push(message))
      page.on("console", (message) => {
        const isExpected = expects.some((status) => message.text().includes(`status of ${status}`))
        if (["error", "warning"].includes(message.type()) && !isExpected)
          problems.push(`${message.text()} ${message.location().url}`)
      })
      page.on("request", (request) => {
        const { origin, protocol } = new URL(request.url())
        if (origin !== new URL(url).origin && !/^(data|blob):$/.test(protocol)) problems.push(request.url())
      })
      try {
        await page.goto(url)
        await use(page)
      } finally {
        await context.close()
      }
    })
    return problems
  })

/** What axe finds wrong with what is shown. */
export const accessibility = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ["violations"] })
  )
  return violations.flatMap(({ help, id, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`))
}

/** Whether something is wider than the screen. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

/** The texts whose beginning is beyond the edge of what shows them, and the charts with ink at their edge. */
export const cutAtTheLeft = (page: Page): Promise<ReadonlyArray<string>> =>
  page.evaluate(() => {
    const texts = [...document.querySelectorAll("main *")].filter((element) =>
      [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent?.trim() !== "")
    )
    const isCut = (element: Element): boolean => {
      const range = document.createRange()
      range.selectNodeContents(element)
      const { left, width } = range.getBoundingClientRect()
      if (width === 0) return false
      for (let around = element.parentElement; around !== null; around = around.parentElement)
        if (getComputedStyle(around).overflowX !== "visible" && left < around.getBoundingClientRect().left - 0.5)
          return true
      return false
    }
    const hasInkAtEdge = (canvas: HTMLCanvasElement): boolean =>
      canvas
        .getContext("2d")
        ?.getImageData(0, 0, 1, canvas.height)
        .data.some((value) => value > 0) === true
    return [
      ...texts.filter(isCut).map(({ textContent }) => textContent ?? ""),
      ...[...document.querySelectorAll("canvas")].filter(hasInkAtEdge).map(() => "chart")
    ]
  })
