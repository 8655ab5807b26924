/** What becomes of calls while a Redis that processes share is not as it should be: each policy does what it was told to, and in time. */
import { once } from "node:events"
import { connect } from "node:net"
import { NodeRedis } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { type Context, Duration, Effect, Exit, Layer, Logger, Option, Scope } from "effect"
import { CircuitBreaker as CircuitStore, Persistence } from "effect/persistence"
import { layerWith } from "../../../src/catalog/Pricing.ts"
import { PolicyStoreError } from "../../../src/domain/PolicyErrors.ts"
import * as Budget from "../../../src/policies/Budget.ts"
import { Budgets } from "../../../src/policies/Budgets.ts"
import * as BudgetStoreRedis from "../../../src/policies/BudgetStoreRedis.ts"
import * as CircuitBreaker from "../../../src/policies/CircuitBreaker.ts"
import * as RateLimit from "../../../src/policies/RateLimit.ts"
import * as RateLimitRedis from "../../../src/policies/RateLimitRedis.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { type Server, startRedis } from "../../services/servers.ts"
import { hasRedis } from "../../services/services.ts"

const secret = "s3cret-of-redis"

/** Sends commands to a Redis, whose password may have been set. */
const command = async ({ port }: Server, ...lines: ReadonlyArray<string>): Promise<void> => {
  const socket = connect(port, "127.0.0.1")
  await once(socket, "connect")
  for (const line of [`AUTH ${secret}`, ...lines]) {
    socket.write(`${line}\r\n`)
    const [reply] = (await once(socket, "data")) as [Buffer]
    if (!line.startsWith("AUTH") && reply.toString().startsWith("-")) throw new Error(`${line}: ${reply.toString()}`)
  }
  socket.destroy()
}

interface Fault {
  readonly name: string
  /** Scripts that free something first may still write. */
  readonly isPartial?: boolean
  readonly args?: ReadonlyArray<string>
  readonly begin: (server: Server) => Promise<unknown>
  readonly end: (server: Server) => Promise<unknown>
}

const faults: ReadonlyArray<Fault> = [
  {
    name: "its memory is full and it evicts nothing",
    isPartial: true,
    begin: (server) => command(server, "CONFIG SET maxmemory 1"),
    end: (server) => command(server, "CONFIG SET maxmemory 0")
  },
  {
    name: "it has become a replica that is read only",
    begin: (server) => command(server, "REPLICAOF 127.0.0.1 1"),
    end: (server) => command(server, "REPLICAOF NO ONE")
  },
  {
    name: "it has too few replicas",
    begin: (server) => command(server, "CONFIG SET min-replicas-to-write 1"),
    end: (server) => command(server, "CONFIG SET min-replicas-to-write 0")
  },
  {
    name: "its user may not run scripts",
    begin: (server) => command(server, "ACL SETUSER default -@scripting -set -get -psetex"),
    end: (server) => command(server, "ACL SETUSER default +@all")
  },
  {
    name: "its password was changed, and connections are lost",
    begin: (server) => command(server, `CONFIG SET requirepass ${secret}`, "CLIENT KILL TYPE normal SKIPME yes"),
    end: (server) => command(server, 'CONFIG SET requirepass ""')
  },
  {
    name: "it does not respond",
    begin: async ({ pid }) => process.kill(pid, "SIGSTOP"),
    end: async ({ pid }) => process.kill(pid, "SIGCONT")
  },
  {
    name: "it is a node of a cluster that has lost its slots",
    args: ["--cluster-enabled", "yes"],
    begin: (server) => command(server, "CLUSTER DELSLOTSRANGE 0 16383"),
    end: (server) => command(server, "CLUSTER ADDSLOTSRANGE 0 16383")
  }
]

type Services = RateLimit.RateLimitStore | CircuitStore.CircuitBreakerStore | Budgets | Persistence.Persistence

const layer = (url: string) => {
  const redis = NodeRedis.layer({ url, disableOfflineQueue: true })
  const budgets = Layer.provide(Budgets.layerWith({ timeout: "300 millis" }), BudgetStoreRedis.layer())
  return Layer.mergeAll(
    RateLimitRedis.layerStore(),
    CircuitStore.layerStoreRedis(),
    budgets,
    Persistence.layerRedis
  ).pipe(Layer.provide(redis), Layer.orDie)
}

const storeTimeout = "300 millis"

/** A call through each policy, as it was told to do while its store fails. */
const callsWith = (whenStoreFails: "allow" | "fail", context: Context.Context<Services>) => {
  const model = ScriptedModel.make(() => ({ answer: "Hi" }), { id: "lab/m" })
  const budget = Budget.tokens("team", { limit: 1_000_000, per: "all" })
  const run = <E>(effect: Effect.Effect<unknown, E, Services>): Effect.Effect<Exit.Exit<unknown, unknown>> =>
    Effect.exit(Effect.provide(effect, context))
  return {
    RateLimit: run(
      model
        .pipe(RateLimit.make({ key: "k", requests: 1000, concurrency: 10, storeTimeout, whenStoreFails }))
        .generate("Hi")
    ),
    CircuitBreaker: run(model.pipe(CircuitBreaker.make({ storeTimeout, whenStoreFails })).generate("Hi")),
    ResponseCache: run(model.pipe(ResponseCache.make({ ttl: "1 minute", tenant: "a", storeTimeout })).generate("Hi")),
    Budget: run(
      Effect.provide(
        model.pipe(Budget.enforce(budget, { unpriced: "allow", whenStoreFails })).generate("Hi"),
        layerWith({})
      )
    )
  }
}

const errorOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))

describe.skipIf(!hasRedis)("while a Redis is away in some way", () => {
  for (const { args, begin, end, isPartial, name } of faults) {
    it.live(`where ${name}, calls pass or fail as configured, and recover later`, () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => startRedis(undefined, args)),
          (server) =>
            Effect.promise(async () => {
              process.kill(server.pid, "SIGCONT")
              await server.stop()
            })
        )
        if (args !== undefined) yield* Effect.promise(() => end(server))
        // Closed by hand: a client does not close while its server is away.
        const scope = yield* Scope.make()
        const context = yield* Scope.provide(Layer.build(layer(server.url)), scope)
        const open = callsWith("allow", context)
        const strict = callsWith("fail", context)
        const untilAllPass = Effect.gen(function* () {
          for (const [policy, call] of Object.entries(strict)) {
            let exit = yield* call
            for (let tries = 0; Exit.isFailure(exit) && tries < 300; tries++) {
              yield* Effect.sleep(50)
              exit = yield* call
            }
            assert.isTrue(Exit.isSuccess(exit), `${policy}: ${String(errorOf(exit))}`)
          }
        })
        yield* untilAllPass
        yield* Effect.promise(() => begin(server))
        for (let times = 0; times < 2; times++) {
          for (const [policy, call] of Object.entries(strict)) {
            const [took, exit] = yield* Effect.timed(call)
            const error = errorOf(exit)
            assert.isBelow(Duration.toMillis(took), 2500, `${policy} ends in time`)
            if (isPartial === true && Exit.isSuccess(exit)) continue
            // A cache that is away is one that has nothing.
            if (policy === "ResponseCache") {
              assert.isTrue(Exit.isSuccess(exit), String(error))
              continue
            }
            assert.instanceOf(error, PolicyStoreError, policy)
            assert.strictEqual(error.policy, policy)
            assert.notMatch(error.message, /\n|s3cret/)
          }
          for (const [policy, call] of Object.entries(open)) {
            const [took, exit] = yield* Effect.timed(call)
            assert.isTrue(Exit.isSuccess(exit), `${policy}: ${String(errorOf(exit))}`)
            assert.isBelow(Duration.toMillis(took), 2500, `${policy} passes in time`)
          }
        }
        yield* Effect.promise(() => end(server))
        yield* untilAllPass
        yield* Scope.close(scope, Exit.void)
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.timeout("60 seconds"))
    )
  }

  it.live("one with a password and another database works like any other, and not without the password", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startRedis(undefined, ["--requirepass", secret])),
        (server) => Effect.promise(() => server.stop())
      )
      const url = (password: string) => `redis://:${password}@127.0.0.1:${server.port}/3`
      const context = yield* Layer.build(layer(url(secret)))
      for (const call of Object.values(callsWith("fail", context))) {
        const exit = yield* call
        assert.isTrue(Exit.isSuccess(exit), String(errorOf(exit)))
      }
      const refused = yield* Effect.exit(Layer.build(Layer.fresh(layer(url("wrong-password")))))
      assert.isTrue(Exit.isFailure(refused))
      assert.notInclude(String(refused), "wrong-password")
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.timeout("30 seconds"))
  )
})
