/**
 * Every kind of fault of a provider through a gateway: clients of every dialect, whole responses and streams, a provider of the
 * same protocol and one of another. A client sees a whole response, or an error of its dialect.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Logger, Redacted, Schedule, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { Agent } from "node:http"
import * as Calls from "../../../src/gateway/ledger/Calls.ts"
import type { LedgerRow } from "../../../src/gateway/ledger/LedgerRow.ts"
import { rawFaults, statusFaults } from "../../faults/rawFaults.ts"
import { sickText } from "../../faults/wire.ts"
import { serve } from "../calls/upstream.ts"
import { sqliteFile, storeAt, usd, using } from "../ledger/ledger.ts"
import { clients, read, type Read } from "./clients.ts"
import { accountAt, type Protocol, protocolNames, protocols, type Sent, send, sickProvider, wires } from "./wall.ts"

const faults = [...rawFaults, ...statusFaults]

/** What only a time limit ends. */
const isSilent = (fault: string) => /silent|for ever|stops in|endless|never closes/.test(fault)

/** They send as much as they can: one client of each is enough. */
const isHeavy = (fault: string) => /bomb|without end|1 MB|endless/.test(fault)

interface Case {
  readonly client: string
  readonly protocol: Protocol
  readonly fault: number
  readonly stream: boolean
}

const names = Object.keys(clients)
const ownOf = (client: string) => protocolNames.find((name) => protocols[name].client === client) ?? "openai"
const othersOf = (client: string) => protocolNames.filter((name) => name !== ownOf(client))

/** Clients of every dialect meet every fault of a provider that speaks it, and every sixth of one that does not. */
const rawCases = names.flatMap((client, which) =>
  rawFaults.flatMap(({ name }, fault) => {
    if (isHeavy(name) && which !== fault % names.length) return []
    const other = othersOf(client)[Math.floor(fault / names.length) % 4] ?? "openai"
    const providers = fault % names.length === which ? [ownOf(client), other] : [ownOf(client)]
    return providers.flatMap((protocol) => [false, true].map((stream): Case => ({ client, protocol, fault, stream })))
  })
)

/** The table of statuses goes over clients, providers and ways of calling in turns. */
const statusCases = statusFaults.map((_, index): Case => {
  const client = names[index % names.length] ?? ""
  const turn = Math.floor(index / names.length)
  const protocol = turn % 4 === 3 ? othersOf(client)[Math.floor(turn / 4) % 4] : undefined
  return { client, protocol: protocol ?? ownOf(client), fault: rawFaults.length + index, stream: turn % 2 === 0 }
})

const cases = [...rawCases, ...statusCases]

interface Outcome extends Case {
  readonly sent: Sent
  readonly seen: Read
  readonly row: LedgerRow | undefined
}

const modelOf = (protocol: Protocol, fault: number) => `${protocol}-raw-${fault}`

const settingsOf = (urls: { readonly [protocol: string]: string }) => {
  const all = protocolNames.flatMap((protocol) => faults.map((_, fault) => [protocol, fault] as const))
  return JSON.stringify({
    providers: Object.fromEntries(
      protocolNames.map((protocol) => [protocol, accountAt(protocol, urls[protocol] ?? "")])
    ),
    models: Object.fromEntries(
      all.map(([protocol, fault]) => [
        modelOf(protocol, fault),
        {
          deployments: [`${protocol}/raw-${fault}`],
          ...(isSilent(faults[fault]?.name ?? "") && {
            policies: { timeout: { connect: "1s", firstToken: "1s", idle: "1s", total: "2s" } }
          })
        }
      ])
    ),
    prices: Object.fromEntries(all.map(([protocol, fault]) => [`${protocol}/raw-${fault}`, { input: 1, output: 10 }])),
    policies: {
      // Long enough for a machine that is busy; what is silent has limits of its own.
      timeout: { connect: "60s", firstToken: "60s", idle: "60s", total: "60s" },
      retry: false,
      attempts: 1,
      // Every fault is to be seen.
      cooling: { faults: 1_000_000 },
      budgets: ["all"]
    },
    budgets: { all: { usd: 1000 } }
  })
}

const everything = Effect.gen(function* () {
  const wire = yield* wires
  const sick = yield* Effect.forEach(protocolNames, (protocol) => sickProvider(faults, wire[protocol]))
  const urls = Object.fromEntries(protocolNames.map((protocol, index) => [protocol, sick[index]?.url ?? ""]))
  const database = yield* sqliteFile
  const running = yield* Scope.make()
  const url = yield* Scope.provide(serve(settingsOf(urls), { database: Redacted.make(database), drain: 0 }), running)
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const results = yield* Effect.forEach(
    cases,
    ({ client: name, fault, protocol, stream }) => {
      const client = clients[name]
      const model = modelOf(protocol, fault)
      return client === undefined
        ? Effect.die(name)
        : Effect.map(send(url + client.path(model, stream), client.body(model, stream), agent), (sent) => ({
            sent,
            seen: read(client, sent.status, sent.text, stream)
          }))
    },
    { concurrency: 32 }
  )
  agent.destroy()
  yield* Scope.close(running, Exit.void)
  const open = Effect.sync(() => sick.map(({ openSockets }) => openSockets()))
  const openSockets = yield* Effect.repeat(open, {
    until: (all) => all.every((count) => count === 0),
    schedule: Schedule.max([Schedule.spaced("10 millis"), Schedule.recurs(200)])
  })
  const store = yield* Layer.build(storeAt(database))
  const [account] = yield* Effect.provideContext(
    using(
      SqlClient.SqlClient.use((sql) => sql<{ readonly total: string }>`SELECT total FROM effect_llm_budget_accounts`)
    ),
    store
  )
  const { calls } = yield* Effect.provideContext(using(Calls.page({ limit: 100_000 })), store)
  const rows = new Map(calls.map((row) => [row.id, row]))
  const outcomes = cases.map((one, index): Outcome => {
    const { seen, sent } = results[index] ?? { sent: undefined, seen: undefined }
    assert(seen !== undefined)
    return { ...one, sent, seen, row: rows.get(String(sent.headers["x-request-id"] ?? sent.headers["request-id"])) }
  })
  return { outcomes, openSockets, calls, charged: account?.total }
}).pipe(Effect.scoped, Effect.provide(Logger.layer([])))

const judge = ({ fault, protocol, row, seen, sent, stream }: Outcome): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const check = (holds: boolean, problem: string) => void (holds || problems.push(problem))
  check(!sent.isCut, "the connection broke")
  check(sent.millis < 60_000, `it took ${Math.round(sent.millis)} ms`)
  check(sent.status === 200 || (sent.status >= 400 && sent.status < 600), "the status")
  check(seen.foreign.length === 0, `no message of the dialect: ${seen.foreign.join(" | ").slice(0, 200)}`)
  if (seen.error === undefined) {
    check(seen.isWhole, "it neither ended nor failed")
    check(seen.text === sickText || mayGoOn(protocol, fault), `it is not the whole text: ${seen.text}`)
  } else {
    check(!seen.isWhole || seen.text === sickText, "it ended and failed")
    check(sickText.startsWith(seen.text), `not a part of the text: ${seen.text}`)
    check(stream || sent.status >= 400, "a whole response with an error")
  }
  if (row === undefined) return [...problems, "the ledger does not have it"]
  check((row.outcome === "success") === (seen.error === undefined), `the ledger says ${row.outcome} ${row.error}`)
  check(row.model === modelOf(protocol, fault) && row.streamed === stream, "the ledger has another call")
  return problems
}

/** Where a protocol has no message for its end, what follows may belong to it. */
const mayGoOn = (protocol: Protocol, fault: number): boolean =>
  protocol === "google" && faults[fault]?.name === "sends more after the end"

describe("a provider's fault through the gateway", () => {
  let result: Effect.Success<typeof everything> | undefined
  beforeAll(async () => {
    result = await Effect.runPromise(everything)
  }, 300_000)

  it.each(names)("%s: a whole response or an error, never what looks whole and is not", (client) => {
    const problems = result?.outcomes
      .filter((outcome) => outcome.client === client)
      .flatMap((outcome) => {
        const found = judge(outcome)
        const { fault, protocol, sent, stream } = outcome
        const name = `${protocol}, ${stream ? "stream" : "whole"}: ${faults[fault]?.name}`
        return found.length > 0 ? [`${name}: ${found.join("; ")}: ${sent.status} ${sent.text.slice(-300)}`] : []
      })
    assert.deepStrictEqual(problems, [])
  })

  it("leaves no connection to a provider open, and each call in the ledger once", () => {
    assert.deepStrictEqual(result?.openSockets, [0, 0, 0, 0, 0])
    assert.strictEqual(result?.calls.length, cases.length)
  })

  it("is charged to a budget as the ledger has it, to the last digit", () => {
    assert.strictEqual(result?.charged, usd(result?.calls.map(({ cost }) => cost) ?? []))
    assert.isUndefined(result?.calls.find(({ unpriced }) => unpriced !== undefined))
  })
})
