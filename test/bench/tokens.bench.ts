/**
 * The encodings against js-tiktoken, whose ranks they use, in one process over the same texts: how long until the first
 * text is encoded (each in a fresh process), how fast text of several kinds is, and what endless runs cost. Every round
 * has texts of its own, so that what is remembered of one text does not flatter the next.
 *
 *   node tokens.bench.ts [--quick]
 */
import { execFileSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { goal, median, spread, table } from "./table.ts"

const here = import.meta.dirname
const root = join(here, "..", "..")
const entry = join(root, "dist", "tokens", "Encoding.js")

const common =
  "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴奇除"
const emoji = ["😀", "😂", "👍", "❤️", "👩‍💻", "🇩🇪", "🔥", "🎉", "🤔", "🙏🏽", "✨", "👨‍👩‍👧", "💯", "😭", "🚀", "🥺"]

let seed = 42
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const many = (count: number, one: () => string): string => Array.from({ length: count }, one).join("")
const read = (...globs: ReadonlyArray<string>): string =>
  globSync([...globs], { cwd: root })
    .toSorted()
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n")

const prose = read("docs/*.md", "README.md", "node_modules/effect/*.md", "node_modules/effect/ai-docs/**/*.md")
const source = read("node_modules/effect/src/S*.ts")
const slice = (text: string, length: number): string => {
  const start = random(text.length - length)
  return text.slice(start, start + length)
}

/** A text, and how many times slower js-tiktoken has to be. */
const kinds: Record<string, { readonly text: () => string; readonly atLeast: number }> = {
  English: { text: () => slice(prose, 40_000), atLeast: 3 },
  TypeScript: { text: () => slice(source, 40_000), atLeast: 3 },
  Chinese: {
    text: () =>
      many(6000, () => (random(12) === 0 ? "，" : random(24) === 0 ? "。" : (common[random(common.length)] ?? ""))),
    atLeast: 20
  },
  emoji: {
    text: () => many(2000, () => (emoji[random(emoji.length)] ?? "") + (random(5) === 0 ? " " : "")),
    atLeast: 20
  },
  "random letters": {
    text: () => many(3000, () => `${many(2 + random(9), () => String.fromCharCode(97 + random(26)))} `),
    atLeast: 3
  }
}

const runs: Record<string, () => string> = {
  "one letter": () => "a".repeat(100_000),
  blanks: () => " ".repeat(100_000),
  newlines: () => "\n".repeat(100_000),
  "one Chinese character": () => "漢".repeat(100_000),
  "one emoji": () => "😀".repeat(100_000),
  "mixed white space": () => many(100_000, () => [" ", "\n", "\t", "\r\n", "\u3000"][random(5)] ?? ""),
  "random letters without a blank": () => many(100_000, () => String.fromCharCode(97 + random(26)))
}

/** How long `code` takes in a fresh process, after what an application has loaded anyway. */
const inFreshProcess = (loaded: string, code: string): number => {
  const script = `${loaded}; const start = performance.now(); ${code}; process.stdout.write(String(performance.now() - start))`
  const { NODE_COMPILE_CACHE: _, NODE_OPTIONS: __, ...env } = process.env
  return Number(
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], { cwd: root, env, encoding: "utf8" })
  )
}

export const tokensBench = async (options: { readonly rounds: number }) => {
  if (!existsSync(entry)) {
    console.log("tokens: dist/tokens/Encoding.js is missing, nothing to measure\n")
    return undefined
  }
  const ours = pathToFileURL(entry).href
  const { Encoding } = (await import(ours)) as typeof import("../../src/tokens/Encoding.ts")
  const Effect = await import("effect/Effect")
  const { Tiktoken } = await import("js-tiktoken/lite")
  const { default: ranks } = await import("js-tiktoken/ranks/o200k_base")

  const first = { "effect-llm": [] as Array<number>, "js-tiktoken": [] as Array<number> }
  for (let round = 0; round < options.rounds; round++) {
    first["effect-llm"].push(
      inFreshProcess(
        `const Effect = await import("effect/Effect")`,
        `const { Encoding } = await import(${JSON.stringify(ours)}); (await Effect.runPromise(Encoding.load("o200k_base"))).encode("hello world")`
      )
    )
    first["js-tiktoken"].push(
      inFreshProcess(
        "",
        `const { Tiktoken } = await import("js-tiktoken/lite"); const { default: ranks } = await import("js-tiktoken/ranks/o200k_base"); new Tiktoken(ranks).encode("hello world")`
      )
    )
  }
  const firstOf = (name: keyof typeof first) => median(first[name])

  const encoding = await Effect.runPromise(Encoding.load("o200k_base"))
  const theirs = new Tiktoken(ranks)
  const encoders = {
    "effect-llm": (text: string) => encoding.encode(text).length,
    "effect-llm, count": (text: string) => encoding.count(text),
    "js-tiktoken": (text: string) => theirs.encode(text, [], []).length
  }
  type Name = keyof typeof encoders
  const names = Object.keys(encoders) as ReadonlyArray<Name>
  const speeds = new Map<string, Record<Name, Array<number>>>()
  for (const [kind, { text }] of Object.entries(kinds)) {
    const measured = { "effect-llm": [], "effect-llm, count": [], "js-tiktoken": [] } as Record<Name, Array<number>>
    for (let round = 0; round < options.rounds; round++) {
      const one = text()
      const bytes = Buffer.byteLength(one)
      names.forEach((_, i) => {
        const name = names[(i + round) % names.length] ?? "effect-llm"
        const start = performance.now()
        encoders[name](one)
        measured[name].push(bytes / 1000 / (performance.now() - start))
      })
    }
    speeds.set(kind, measured)
  }

  const endless = Object.entries(runs).map(([name, text]) => {
    const one = text()
    const start = performance.now()
    encoding.encode(one)
    return [name, performance.now() - start] as const
  })

  console.log(`tokens, o200k_base; ${options.rounds} rounds, each with texts of its own\n`)
  console.log(
    table(
      ["first encode", "median ms", "±"],
      (["effect-llm", "js-tiktoken"] as const).map((name) => [
        name,
        firstOf(name).toFixed(0),
        spread(first[name]).toFixed(0)
      ])
    )
  )
  console.log()
  console.log(
    table(
      ["MB/s", ...names, "times js-tiktoken"],
      [...speeds].map(([kind, measured]) =>
        [kind].concat(
          names.map((name) => median(measured[name]).toFixed(2)),
          (median(measured["effect-llm"]) / median(measured["js-tiktoken"])).toFixed(1)
        )
      )
    )
  )
  console.log()
  console.log(
    table(
      ["100,000 of", "ms"],
      endless.map(([name, millis]) => [name, millis.toFixed(0)])
    )
  )
  console.log()
  const goals = [
    goal("first encode, of js-tiktoken's time", firstOf("effect-llm") / firstOf("js-tiktoken"), 0.5),
    ...[...speeds].map(([kind, measured]) =>
      goal(
        `${kind}, of js-tiktoken's time`,
        median(measured["js-tiktoken"]) / median(measured["effect-llm"]),
        Math.round(1000 / (kinds[kind]?.atLeast ?? 1)) / 1000
      )
    ),
    goal("the slowest of 100,000, of half a second", Math.max(...endless.map(([, millis]) => millis)) / 500, 1)
  ]
  console.log()
  return {
    first,
    speeds: Object.fromEntries(speeds),
    endless: Object.fromEntries(endless),
    goals
  }
}

if (import.meta.main) await tokensBench({ rounds: process.argv.includes("--quick") ? 3 : 9 })
