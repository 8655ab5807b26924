/** The files of deploy are right: their settings, flags, paths and times are those of the program. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Yaml from "yaml"
import { operations } from "../../../src/gateway/operations/Operations.ts"
import { cli, temporary } from "../../cli/cli.ts"
import { load } from "../../settings/load.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const read = (name: string) => readFileSync(join(root, "deploy", name), "utf8")
const documents = Yaml.parseAllDocuments(read("kubernetes.yaml")).map((document) => document.toJS())
const ofKind = (kind: string) => documents.find((document) => document.kind === kind)
const container = ofKind("Deployment").spec.template.spec.containers[0]
const compose = Yaml.parse(read("compose.yaml"))
const openPaths = operations.filter(({ access }) => access === "open").map(({ path }) => path)

const seconds = (text: string): number => Number(/^(\d+)s$/.exec(text)?.[1])

describe("the files of deploy", () => {
  it.effect("have valid settings, which stop within the time that they are given", () =>
    Effect.gen(function* () {
      for (const [text, grace] of [
        [read("settings.yaml"), seconds(compose.services.gateway.stop_grace_period)],
        [
          ofKind("ConfigMap").data["settings.yaml"],
          ofKind("Deployment").spec.template.spec.terminationGracePeriodSeconds -
            container.lifecycle.preStop.sleep.seconds
        ]
      ]) {
        const { settings } = yield* load({ "settings.yaml": text }, {}, { ignoreEnvironment: true })
        assert.strictEqual(settings.server?.port, 4000)
        assert.isAbove(grace, seconds(Yaml.parse(text).server.drain))
      }
    })
  )

  it.effect("use commands and flags that there are", () =>
    Effect.gen(function* () {
      const { out } = yield* cli(["serve", "--help"], { home: yield* temporary })
      const lines = [
        JSON.parse(/^CMD (\[.*\])$/m.exec(read("Containerfile"))?.[1] ?? "[]"),
        compose.services.gateway.command,
        container.args,
        /^ExecStart=.* effect-llm (.*)$/m.exec(read("effect-llm.service"))?.[1]?.split(" ") ?? []
      ]
      for (const [command, ...words] of lines) {
        assert.strictEqual(command, "serve")
        for (const word of words) if (word.startsWith("--")) assert.include(out, word)
      }
    })
  )

  it("ask for paths that need no key, at the port that is served", () => {
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
    for (const { httpGet } of probes) assert.include(openPaths, httpGet.path)
    assert.strictEqual(container.ports[0].containerPort, 4000)
    const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)(\/[\w/]+)/.exec(read("Containerfile")) ?? []
    assert.strictEqual(port, "4000")
    assert.include(openPaths, path)
  })

  it("run as a user without privileges", () => {
    assert.match(read("Containerfile"), /^USER node$/m)
    assert.isTrue(ofKind("Deployment").spec.template.spec.securityContext.runAsNonRoot)
    assert.deepStrictEqual(container.securityContext.capabilities, { drop: ["ALL"] })
    assert.match(read("effect-llm.service"), /^DynamicUser=yes$/m)
  })

  it.effect.skipIf(!existsSync("/usr/bin/systemd-analyze"))("are what systemd takes", () =>
    Effect.map(temporary, (folder) => {
      const unit = join(folder, "effect-llm.service")
      writeFileSync(unit, read("effect-llm.service"))
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" })
      assert.strictEqual(status, 0, stderr)
      assert.notInclude(stderr, "effect-llm.service:")
    })
  )
})
