import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, FileSystem, Layer, Path, Queue, Schedule, Stream } from "effect"
import { watch, type Reload } from "../../src/settings/Settings.ts"
import { environment, type Files, write } from "./load.ts"
import { serve } from "./server.ts"

/** Settings that are watched, and the reloads that follow. */
const watched = Effect.fnUntraced(function* (files: Files) {
  const file = yield* write(files)
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const server = serve()
  const models = yield* Effect.provide(watch(file), server.layer)
  const seen = yield* Queue.unbounded<Reload>()
  yield* Effect.forkScoped(
    Stream.runForEach(models.reloads, (reload) => Queue.offer(seen, reload)),
    { startImmediately: true }
  )
  const ask = (name: string) => Effect.flatMap(models.model("chat", name), (model) => model.generate("Hello"))
  const edit = (name: string, text: string) => fs.writeFileString(path.join(path.dirname(file), name), text)
  return { ask, edit, file, fs, models, server, seen }
})

const run = <A, E>(
  effect: Effect.Effect<
    A,
    E,
    | FileSystem.FileSystem
    | Path.Path
    | import("effect").Scope.Scope
    | import("effect/process").ChildProcessSpawner.ChildProcessSpawner
  >
) =>
  effect.pipe(
    Effect.scoped,
    Effect.provide(Layer.merge(NodeServices.layer, environment({ OPENAI_API_KEY: "sk-openai", GROQ_API_KEY: "gsk" })))
  )

describe("watched settings", () => {
  it.live("follow their file, and report what changed", () =>
    run(
      Effect.gen(function* () {
        const { ask, edit, seen, server } = yield* watched({
          "s.yaml": "models: { a: openai/x, old: openai/y }\npolicies: { deadline: 30s }"
        })
        yield* edit("s.yaml", "models: { a: groq/z, new: openai/y }\npolicies: { deadline: 1m }")
        const reload = yield* Queue.take(seen)
        assert.deepStrictEqual(reload, {
          _tag: "Reloaded",
          difference: [
            'models.a.deployments[0].model: "openai/x" -> "groq/z"',
            "models.old: removed",
            "models.new: added",
            "policies.deadline: 30s -> 1m"
          ]
        })
        yield* ask("a")
        assert.strictEqual(server.calls[0]?.body.model, "z")
        assert.strictEqual((yield* Effect.flip(ask("old")))._tag, "UnknownModelError")
        yield* ask("new")
      })
    )
  )

  it.live("are not read again for other files of their folder, however often those change", () =>
    run(
      Effect.gen(function* () {
        const { edit, models, seen } = yield* watched({ "s.yaml": "models: { a: openai/x }" })
        const before = models.current()
        let writes = 0
        const database = yield* Effect.forkChild(
          Effect.forever(Effect.andThen(edit("gateway.db-wal", `${++writes}`), Effect.sleep("10 millis")))
        )
        yield* edit("s.yaml", "models: { a: openai/x } # the same")
        yield* Effect.repeat(
          Effect.sync(() => models.current() !== before),
          {
            until: (isRead) => isRead,
            schedule: Schedule.spaced("10 millis")
          }
        )
        const read = models.current()
        yield* Effect.sleep("300 millis")
        assert.strictEqual(models.current(), read)
        yield* edit("s.yaml", "models: { b: openai/x }")
        assert.strictEqual((yield* Queue.take(seen))._tag, "Reloaded")
        yield* Fiber.interrupt(database)
      })
    )
  )

  it.live("stay as they are while their file is wrong", () =>
    run(
      Effect.gen(function* () {
        const { ask, edit, models, seen, server } = yield* watched({ "s.yaml": "models: { a: openai/x }" })
        for (const wrong of ["models: { a: openia/x }", "models: [", "models: { a: anthropic/needs-a-key }"]) {
          yield* edit("s.yaml", wrong)
          const reload = yield* Queue.take(seen)
          assert.strictEqual(reload._tag, "Kept", wrong)
          assert.match(reload._tag === "Kept" ? reload.error.message : "", /s\.yaml:1:\d+: /)
          yield* ask("a")
          assert.strictEqual(server.calls.at(-1)?.body.model, "x")
        }
        yield* edit("s.yaml", "models: { a: openai/x }")
        assert.deepStrictEqual(yield* Queue.take(seen), { _tag: "Reloaded", difference: [] })
        assert.deepStrictEqual(yield* models.reload, { _tag: "Reloaded", difference: [] })
      })
    )
  )

  it.live("let a call in progress end with the settings it began with", () =>
    run(
      Effect.gen(function* () {
        const { ask, edit, models, server } = yield* watched({ "s.yaml": "models: { a: openai/x }" })
        const model = yield* models.model("chat", "a")
        const [called, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        server.respond = () => Effect.andThen(Deferred.succeed(called, undefined), Deferred.await(release))
        const call = yield* Effect.forkChild(model.generate("Hello"))
        yield* Deferred.await(called)
        yield* edit("s.yaml", "models: { a: groq/y, b: openai/z }")
        yield* models.reload
        yield* Deferred.succeed(release, undefined)
        assert.strictEqual((yield* Fiber.join(call)).text, "from https://api.openai.com/v1/chat/completions")
        // A model that was found before goes on by what is in use.
        yield* model.generate("Hello")
        yield* ask("a")
        assert.deepStrictEqual(
          server.calls.map(({ body }) => body.model),
          ["x", "y", "y"]
        )
      })
    )
  )

  it.live("notice a file that is replaced, and changed variables", () =>
    run(
      Effect.gen(function* () {
        const { ask, edit, file, fs, seen, server } = yield* watched({
          "s.yaml": 'models: { a: "openai/${NAME}" }',
          ".env": "NAME=one"
        })
        yield* edit(".env", "NAME=two")
        assert.deepStrictEqual((yield* Queue.take(seen))._tag, "Reloaded")
        yield* ask("a")
        yield* edit("next.yaml", "models: { a: openai/three }")
        yield* fs.rename(file.replace("s.yaml", "next.yaml"), file)
        assert.deepStrictEqual((yield* Queue.take(seen))._tag, "Reloaded")
        yield* ask("a")
        assert.deepStrictEqual(
          server.calls.map(({ body }) => body.model),
          ["two", "three"]
        )
      })
    )
  )

  it.live("never show a secret in a reported change", () =>
    run(
      Effect.gen(function* () {
        const { edit, seen } = yield* watched({
          "s.yaml": "models: { a: openai/x }\nproviders: { openai: { key: '${KEY}' } }",
          ".env": "KEY=one-secret"
        })
        yield* edit(".env", "KEY=another-secret")
        assert.deepStrictEqual(yield* Queue.take(seen), {
          _tag: "Reloaded",
          difference: ["providers.openai.key: (secret) -> (secret)"]
        })
      })
    )
  )
})
