/**
 * Coding agents at work over the gateway, as they are installed by `npm run clients:agents`: they read a file, edit it by a tool
 * call, run a command and answer.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer, Schedule } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { Scenario } from "effect-llm/testing/Scenario"
import type { SimulatedRequest } from "effect-llm/testing/SimulatedRequest"
import { gatewayOver, type Upstream } from "../Upstreams.ts"
import { type Agent, agents, paths } from "./Agents.ts"
import { type Done, isInstalled, placeFor, run } from "./Run.ts"
import { after, answer, isWork, prompt, proofOf, results, type Step, usage, working } from "./Work.ts"

const names = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "google-generate-content",
  "mistral-chat",
  "bedrock-converse"
] as const satisfies ReadonlyArray<Upstream>

/** What an upstream does besides: the first part of a model's name. */
const troubles = {
  work: undefined,
  limited: { at: 0, does: Scenario.status(429, { retryAfter: "1 second" }) },
  overloaded: { at: 0, does: Scenario.status(529) },
  cut: { at: 1, does: Scenario.cutAfter(4) },
  long: { at: 0, does: Scenario.contextTooLong(200_000, 210_000) }
} as const

type Trouble = keyof typeof troubles

const troubleNames = Object.keys(troubles) as ReadonlyArray<Trouble>

/** The agent that works now: one after the other. */
let current: { readonly steps: ReadonlyArray<Step>; readonly says?: string; calls: number } = { steps: [], calls: 0 }

/** Names that say nothing of a vendor: some agents know what a vendor's models can do. */
const modelOf = (trouble: Trouble, name: (typeof names)[number]): string => `${trouble}-${names.indexOf(name)}`

const models = troubleNames.flatMap((trouble) =>
  names.map((name) => `  ${modelOf(trouble, name)}: ${name}/${trouble}\n`)
)
const prices = troubleNames.flatMap((trouble) =>
  names.map((name) => `  ${name}/${trouble}: { input: 2, output: 4, cacheRead: 1 }\n`)
)

const adminKey = "sk-admin-0123456789abcdef0123456789"

const settings = `
models:
${models.join("")}
prices:
${prices.join("")}
server: { adminKey: ${adminKey} }
budgets: { some: { usd: 50 }, none: { usd: 0.0000001 } }
users: { ann: {} }
keys:
  some: { key: sk-agent-0123456789, budgets: [some], user: ann }
  none: { key: sk-agent-9876543210, budgets: [none], user: ann }
`

class Subject extends Context.Service<Subject, Effect.Success<ReturnType<typeof gatewayOver>>>()("test/Agents") {
  static readonly layer = Layer.effect(
    Subject,
    gatewayOver(
      Scenario.choose(({ model = "", request }) => {
        const trouble = troubles[model as Trouble]
        const { says, steps } = current
        if (request === undefined || !isWork(request, steps)) return Scenario.healthy
        const isNow = trouble !== undefined && current.calls++ === trouble.at
        return isNow ? trouble.does : working(steps, says)
      }),
      settings
    )
  )
}

interface Row {
  readonly model: string
  readonly outcome: string
  readonly user?: string
  readonly session?: string
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cost?: string
}

/** Lets an agent work; what it did, what reached the upstream, and what the ledger has of it. */
const work = Effect.fnUntraced(function* (agent: Agent, model: string, key = "sk-agent-0123456789") {
  const { simulator, url } = yield* Subject
  const place = placeFor(agent, { url, key, model })
  current = { steps: agent.steps(place), ...(agent.says !== undefined && { says: agent.says }), calls: 0 }
  const earlier = (yield* simulator.requests).at(-1)?.index ?? -1
  const from = new Date().toISOString()
  const done = yield* Effect.promise(() => run(agent, place, 60_000))
  const requests = (yield* simulator.requests).filter(({ index }) => index > earlier)
  // A process writes its rows in batches, and another one may be asked for them.
  const rows = yield* Effect.repeat(
    Effect.promise(async () => {
      const headers = { authorization: `Bearer ${adminKey}` }
      const response = await fetch(`${url}/admin/calls?limit=200&from=${from}`, { headers })
      const { calls } = (await response.json()) as { readonly calls: ReadonlyArray<Row> }
      return calls.filter((row) => row.model === model)
    }),
    { schedule: Schedule.spaced("200 millis"), times: 25, until: (rows) => rows.length >= requests.length }
  )
  return { done, requests, rows, steps: current.steps }
})

type Worked = Effect.Success<ReturnType<typeof work>>

const hasDone = ({ code, output, text }: Done): boolean => code === 0 && text === after && output.includes(answer)

/** What is wrong with a run that nothing got in the way of. */
const problemsOf = (agent: Agent, { done, requests, rows, steps }: Worked): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const expect = (isRight: boolean, problem: () => string) => void (isRight || problems.push(problem()))
  expect(hasDone(done), () => `ended with ${done.code}, the file says ${done.text}: ${done.output.slice(-1500)}`)
  const works = requests.filter(({ request }) => request !== undefined && isWork(request, steps))
  const last = JSON.stringify(works.at(-1)?.body ?? {})
  for (const result of steps.length === 0 ? [] : results)
    expect(last.includes(result), () => `"${result}" is not in the last request`)
  expect(last.includes(prompt), () => "the prompt is not in the last request")
  const rowsOfWork = rows.filter(({ inputTokens }) => inputTokens === usage.inputTokens.total)
  expect(rows.length >= requests.length, () => `${requests.length} requests, ${rows.length} rows`)
  expect(
    rowsOfWork.length === works.length,
    () => `${works.length} requests, ${rowsOfWork.length} rows with their usage`
  )
  for (const { cost, outcome, outputTokens, user } of rowsOfWork) {
    expect(outcome === "success" && user === "ann", () => `a row says ${outcome} and ${user}`)
    expect(outputTokens === 40 && Number(cost) > 0.0016, () => `a row says ${outputTokens} tokens and ${cost}`)
  }
  const sessions = new Set(rowsOfWork.map(({ session }) => session))
  expect(
    sessions.size === 1 && (sessions.has(undefined) ? !agent.namesSession : agent.namesSession),
    () => `the sessions are ${[...sessions].join(", ")}`
  )
  return problems
}

/** Whether the proof of the first reasoning came back to the model that had given it. */
const keepsProof = (requests: ReadonlyArray<SimulatedRequest>): boolean =>
  JSON.stringify(requests.at(-1)?.body ?? {}).includes(proofOf(0))

/** What the table says of an agent. */
interface Found {
  works: number
  proves: number
  recovers: { [trouble in Trouble]?: boolean }
  budget: boolean
}

const found = new Map<Agent, Found>()

const told = { long: /context|too long|too large|exceed/i, budget: /budget|quota/i }

const chosen = agents.filter(({ title }) => process.env.AGENT?.split(";").some((part) => title.includes(part)) ?? true)

const page = `${import.meta.dirname}/../../../docs/coding-agents.md`
const mark = (edge: string) => `<!-- ${edge}: written by the test -->`

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** An agent that was not run keeps its row of before. */
const table = (before: string): string => {
  const yes = (is: boolean | undefined) => (is === true ? "yes" : "–")
  const rows = agents.flatMap((agent) => {
    const run = found.get(agent)
    if (run === undefined) return before.split("\n").filter((line) => line.startsWith(`| ${agent.title} | `))
    const { budget, proves, recovers, works } = run
    const { cut, limited, long, overloaded } = recovers
    const met = [limited, overloaded, cut, long, budget, agent.namesSession].map(yes)
    return [row([agent.title, `\`${paths[agent.dialect]}\``, String(works), String(proves), ...met])]
  })
  const head = ["agent", "calls", "works", "reasoning", "429", "529", "cut", "too long", "budget", "session"]
  return [row(head), row(head.map(() => "---")), ...rows].join("\n")
}

describe("a coding agent", () => {
  layer(Subject.layer, { excludeTestServices: true, timeout: 120_000 })((it) => {
    for (const agent of chosen)
      describe.skipIf(!isInstalled(agent))(`${agent.title}`, () => {
        const row: Found = { works: 0, proves: 0, recovers: {}, budget: false }
        for (const name of names)
          it.effect(
            `does its work over ${name}`,
            Effect.fnUntraced(function* () {
              found.set(agent, row)
              const worked = yield* work(agent, modelOf("work", name))
              const problems = problemsOf(agent, worked)
              if (keepsProof(worked.requests)) row.proves++
              if (problems.length > 0) assert.fail(problems.join("\n"))
              row.works++
            }),
            120_000
          )
        // Over another protocol than its own.
        const other = agent.dialect === "anthropic" ? "openai-chat" : "anthropic-messages"
        for (const trouble of troubleNames.filter((trouble) => trouble !== "work"))
          it.effect(
            `meets ${trouble}`,
            Effect.fnUntraced(function* () {
              const { done } = yield* work(agent, modelOf(trouble, other))
              row.recovers[trouble] = hasDone(done) || (trouble === "long" && told.long.test(done.output))
              if (row.recovers[trouble] !== true && agent.gives?.includes(trouble) !== true)
                assert.fail(done.output.slice(-1500))
            }),
            120_000
          )
        it.effect(
          "is told that its budget is used up",
          Effect.fnUntraced(function* () {
            const { done, requests } = yield* work(agent, modelOf("work", other), "sk-agent-9876543210")
            assert.strictEqual(requests.length, 0)
            row.budget = told.budget.test(done.output)
            if (!row.budget && agent.gives?.includes("budget") !== true) assert.fail(done.output.slice(-1500))
          }),
          120_000
        )
      })

    it.effect("is in docs/coding-agents.md with what it does", () =>
      Effect.sync(() => {
        const [begin = "", rest = ""] = readFileSync(page, "utf8").split(mark("begin"))
        const [written = "", end = ""] = rest.split(mark("end"))
        if (process.env.WRITE_CLIENTS === "1")
          writeFileSync(page, `${begin}${mark("begin")}\n\n${table(written)}\n\n${mark("end")}${end}`)
        else assert.strictEqual(written.trim(), table(written))
      })
    )
  })
})
