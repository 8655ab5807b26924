/**
 * Two processes that share a rate limit, a budget and places for calls through Redis; one of them is killed.
 *
 *     npx tsx examples/96_two_processes.ts
 *
 * It starts a `redis-server` of its own, and ends where none is installed. The limits are in examples/support/sharedLimits.ts;
 * what each process does, in examples/support/worker.ts.
 */
import { BigDecimal, Clock, Console, Effect, Result, Schedule } from "effect"
import { Budgets } from "effect-llm/policies/Budgets"
import { Scenario } from "effect-llm/testing/Scenario"
import { Simulator } from "effect-llm/testing/Simulator"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { hasRedis, redis } from "./support/redis.ts"
import { atMostThree, budget, project, shared } from "./support/sharedLimits.ts"
import type { Outcome, Task } from "./support/worker.ts"

const worker = fileURLToPath(new URL("support/worker.ts", import.meta.url))

/** Another process; killed with the scope. */
const start = (...urls: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = fork(worker, urls)
      await once(child, "message")
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const tell = (child: ChildProcess, task: Task) =>
  Effect.promise(async () => {
    child.send(task)
    const [outcome] = await once(child, "message")
    return outcome as Outcome
  })

const dollars = (amount: BigDecimal.BigDecimal) => `$${BigDecimal.format(amount)}`

/** How the budget of the project stands. */
const showProject = Effect.flatMap(
  Budgets.use((budgets) => budgets.spent(project)),
  ({ reserved, spent }) => Console.log(`  project: ${dollars(reserved)} reserved, ${dollars(spent)} spent`)
)

const acts = (first: ChildProcess, second: ChildProcess) =>
  Effect.gen(function* () {
    const both = (task: Task) => Effect.all([tell(first, task), tell(second, task)], { concurrency: "unbounded" })
    const show = (outcomes: ReadonlyArray<Outcome>) =>
      Effect.forEach(outcomes, ({ calls, refused, usd }, index) =>
        Console.log(`  process ${index + 1}: ${calls} calls${usd === "0" ? "" : ` for $${usd}`}, then: ${refused}`)
      )

    yield* Console.log("\nOne limit of 20 requests in a minute; both processes call as fast as they can:\n")
    const limited = yield* both("limit")
    yield* show(limited)
    yield* Console.log(`  together: ${limited.reduce((sum, { calls }) => sum + calls, 0)} calls`)

    yield* Console.log("\nOne budget for Ada; both processes spend it:\n")
    const spending = yield* both("budget")
    yield* show(spending)
    const status = yield* Budgets.use((budgets) => budgets.spent(budget))
    const together = BigDecimal.sumAll(spending.map(({ usd }) => BigDecimal.fromStringUnsafe(usd)))
    yield* Console.log(
      `  together: ${dollars(together)}; by the store: ${dollars(status.spent)} of ${dollars(status.limit)}`
    )

    yield* Console.log(
      "\nThree calls at a time for a project; the second process holds all places with long streams:\n"
    )
    yield* Simulator.use(({ script }) => script("gpt-6-luna", Scenario.stallAfter(3)))
    yield* tell(second, "hold")
    yield* Simulator.use(({ script }) => script("gpt-6-luna", Scenario.healthy))
    yield* showProject
    const refused = yield* Effect.result(atMostThree.generate("Is there room?"))
    yield* Console.log(`  a call: ${Result.isFailure(refused) ? refused.failure.message : refused.success.text}`)

    yield* Console.log("\nThe second process is killed. Its places and its reservations come back:\n")
    const killedAt = yield* Clock.currentTimeMillis
    second.kill("SIGKILL")
    const response = yield* Effect.retry(atMostThree.generate("Is there room?"), Schedule.spaced("100 millis"))
    const seconds = ((yield* Clock.currentTimeMillis) - killedAt) / 1000
    yield* Console.log(`  a call, after ${seconds.toFixed(1)} s: ${response.text}`)
    yield* Effect.sleep("2 seconds")
    yield* showProject
  })

const program = Effect.gen(function* () {
  const redisUrl = yield* redis
  const { openAiUrl } = yield* Simulator
  const [first, second] = yield* Effect.all([start(redisUrl, openAiUrl), start(redisUrl, openAiUrl)], {
    concurrency: "unbounded"
  })
  yield* Console.log(`Redis and two processes are running: ${first.pid} and ${second.pid}.`)
  yield* acts(first, second).pipe(Effect.provide(shared(redisUrl, openAiUrl)))
}).pipe(Effect.scoped, Effect.provide(Simulator.layer({ pace: { latency: "20 millis" } })))

if (hasRedis) await Effect.runPromise(program)
else console.log("redis-server is not installed, so there is nothing that the processes could share.")
