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

  it.effect("use commands and flags that exist", () =>
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

  it("probe paths that need no key, at the right port", () => {
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe]
    for (const { httpGet } of probes) assert.include(openPaths, httpGet.path)
    assert.strictEqual(container.ports[0].containerPort, 4000)
    const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)(\/[\w/]+)/.exec(read("Containerfile")) ?? []
    assert.strictEqual(port, "4000")
    assert.include(openPaths, path)
  })

  it("run as a user without privileges", () => {
    assert.match(read("Containerfile"), /^USER 1000:1000$/m)
    assert.isTrue(ofKind("Deployment").spec.template.spec.securityContext.runAsNonRoot)
    assert.deepStrictEqual(container.securityContext.capabilities, { drop: ["ALL"] })
    assert.match(read("effect-llm.service"), /^DynamicUser=yes$/m)
  })

  it("give the spool a writable place on a read-only file system", () => {
    const { volumes } = ofKind("Deployment").spec.template.spec
    const writable = container.volumeMounts.filter(({ name, readOnly }: { name: string; readOnly?: boolean }) => {
      const volume = volumes.find((volume: { name: string }) => volume.name === name)
      return readOnly !== true && "emptyDir" in volume
    })
    assert.isTrue(container.securityContext.readOnlyRootFilesystem)
    assert.include(
      writable.map(({ mountPath }: { mountPath: string }) => mountPath),
      container.workingDir
    )
    const { gateway } = compose.services
    assert.isTrue(gateway.read_only)
    const workingDirectory = /^WORKDIR (\S+)$/gm.exec(read("Containerfile").split("USER ")[1] ?? "")?.[1]
    assert.include(gateway.volumes, `settings:${workingDirectory}`)
    assert.property(compose.volumes, "settings")
    const unit = read("effect-llm.service")
    assert.include(unit, `WorkingDirectory=/var/lib/${/^StateDirectory=(.*)$/m.exec(unit)?.[1]}`)
  })

  it("install the Redis client that is tested", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    assert.strictEqual(/^ARG REDIS=(.*)$/m.exec(read("Containerfile"))?.[1], devDependencies.redis)
  })

  it.effect("set only variables that settings read", () =>
    Effect.sync(() => {
      const named = (text: string) => new Set([...text.matchAll(/\$\{(\w+)[:}]/g)].map(([, name]) => name))
      const given = Object.keys(compose.services.gateway.environment)
      for (const name of named(read("settings.yaml"))) assert.include(given, name)
      const secret = new Set([...read("kubernetes.yaml").matchAll(/--from-literal=(\w+)=/g)].map(([, name]) => name))
      for (const name of named(ofKind("ConfigMap").data["settings.yaml"])) assert.isTrue(secret.has(name ?? ""), name)
    })
  )

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
