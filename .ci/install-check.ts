/**
 * Installs the packed packages from the registry's point of view, in fresh projects outside of this folder, with the
 * commands of the README, and uses each as its reader would: see `installed/` for the programs.
 */
import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { bundleChecks } from "./installed/bundles.ts"
import { packGateway, packSdk, temporaryFolder } from "./pack.ts"
import { root } from "./packages.ts"
import { startCheck } from "./start-check.ts"

/** What an application of three providers with costs may load of this package, in bytes. */
const maxCodeBytes = 1_000_000

const maxTableBytes = 450_000

/** How much of a bare server's CPU time `effect-llm serve` may take to start. */
const maxStartTimes = 16

/** How much more memory than a bare server it may hold when it is idle. */
const maxIdleMegabytes = 70

const folder = temporaryFolder()
const tarballs = new Map([
  ["effect-llm", packSdk(folder).tarball],
  ["effect-llm-gateway", packGateway(folder).tarball]
])
const readme = readFileSync(join(root, "README.md"), "utf8")
/** The Node of this process comes first, as a user's own does. */
const path = `${join(process.execPath, "..")}${delimiter}${process.env.PATH ?? ""}`
/** What `npm run` sets for its scripts is of this project. */
const surroundings = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|command|node)|INIT_CWD|NODE_OPTIONS)/.test(name)
  )
)
const npmEnv = { npm_config_audit: "false", npm_config_fund: "false", npm_config_prefer_offline: "true" }

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const run = (cwd: string, command: string, args: ReadonlyArray<string>, env: Record<string, string> = {}, stdin = "") =>
  new Promise<Ran>((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...surroundings, ...npmEnv, PATH: path, NO_COLOR: "1", ...env },
      shell: process.platform === "win32",
      stdio: "pipe"
    })
    // A program that ends without reading what it is given breaks the pipe.
    child.stdin.on("error", () => {}).end(stdin)
    const timer = setTimeout(() => child.kill("SIGKILL"), 180_000)
    let [out, err] = ["", ""]
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
    child.on("close", (code) => {
      clearTimeout(timer)
      resolve({ code, out, err })
    })
  })

/** Runs a gateway until it has responded as the curl does that it prints. */
const serve = (cwd: string, command: string, args: ReadonlyArray<string>): Promise<Ran> =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...surroundings, ...npmEnv, PATH: path, NO_COLOR: "1" },
      // A group of its own, so that npx and what it runs end together.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const end = (ran: Ran) => {
      clearTimeout(timer)
      child.removeAllListeners("close").once("close", () => resolve(ran))
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGTERM")
      else resolve(ran)
    }
    const timer = setTimeout(() => end({ code: null, out: "", err: `did not serve:\n${out}${err}` }), 120_000)
    let [out, err] = ["", ""]
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
    child.once("close", (code) => end({ code, out: "", err }))
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString()
      const [, url, body] = /curl (\S+) [^]*? -d '([^']+)'/.exec(out) ?? []
      if (url === undefined || body === undefined) return
      child.stdout.removeAllListeners("data").resume()
      fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })
        .then(async (response) => end({ code: response.ok ? 0 : 1, out: await response.text(), err }))
        .catch((error: unknown) => end({ code: 1, out: "", err: String(error) }))
    })
  })

const failures: Array<string> = []
const report = (name: string, problems: ReadonlyArray<string>): void => {
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}`)
  for (const problem of problems) console.log(`     ${problem.replaceAll("\n", "\n     ")}`)
  if (problems.length > 0) failures.push(name)
}

/** What is wrong with a run that should have ended well and printed this. */
const unlike = ({ code, err, out }: Ran, expected: RegExp): ReadonlyArray<string> =>
  code === 0 && expected.test(out) ? [] : [`ended with ${code}\n${out.slice(-1000)}\n${err.slice(-3000)}`]

/** The lines of the README that begin like this, without their comments. */
const linesOf = (start: string): ReadonlyArray<string> =>
  readme
    .split("\n")
    .filter((line) => line.startsWith(`${start} `))
    .map((line) => line.replace(/\s+#.*$/, ""))

const installs = linesOf("npm install").filter((line) => !line.includes("&&"))
const lineWith = (name: string): string => {
  const line = installs.find((line) => line.split(" ").includes(name))
  if (line === undefined) throw new Error(`README.md does not say how to install ${name}`)
  return line
}

/** A project with what these lines install. */
const project = async (name: string, lines: ReadonlyArray<string>): Promise<string> => {
  const cwd = join(folder, name)
  mkdirSync(cwd)
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ name, private: true, type: "module" }))
  for (const line of lines) {
    const args = line.split(" ").slice(1)
    const ran = await run(
      cwd,
      "npm",
      args.map((word) => tarballs.get(word) ?? word)
    )
    report(`${name}: ${line}`, ran.code === 0 ? [] : [ran.err])
  }
  cpSync(join(import.meta.dirname, "installed"), cwd, { recursive: true })
  return cwd
}

const node = (cwd: string, args: ReadonlyArray<string>, env?: Record<string, string>, stdin?: string) =>
  run(cwd, process.execPath, ["--disable-warning=ExperimentalWarning", ...args], env, stdin)

/** Compiles programs as strictly as TypeScript can, libraries included. */
const types = async (
  cwd: string,
  resolution: "nodenext" | "bundler",
  files: ReadonlyArray<string>,
  title = "every library checked",
  emit: object = { noEmit: true }
) => {
  const config = join(cwd, `tsconfig.${resolution}.json`)
  writeFileSync(
    config,
    JSON.stringify({
      compilerOptions: {
        target: "ES2023",
        lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable"],
        module: resolution === "nodenext" ? "NodeNext" : "ESNext",
        moduleResolution: resolution,
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        ...emit
      },
      files
    })
  )
  const { code, out } = await run(cwd, process.execPath, [
    join(root, "node_modules", "typescript", "bin", "tsc"),
    "-p",
    config
  ])
  report(`types, ${resolution}, ${title}`, code === 0 ? [] : [out.slice(0, 3000)])
}

// Only effect, and fetch.
const bare = await project("with-fetch", [lineWith("effect-llm")])
report(
  "one unary and one streamed call over fetch",
  unlike(await node(bare, ["calls.ts"]), /^whole \d+\nstreamed \d+\n$/)
)
report(
  "a missing package is a ConfigError of the layer that needs it",
  unlike(await node(bare, ["missing.ts"]), /^ok\n$/)
)
const uncaught = await node(bare, ["uncaught.ts"])
report(
  "an uncaught error is readable",
  uncaught.code === 1 &&
    /AuthenticationError: /.test(uncaught.err) &&
    /effect-llm[/\\]dist[/\\].*:\d+:\d+/.test(uncaught.err) &&
    uncaught.err.length < 6000 &&
    uncaught.err.split("\n").every((line) => line.length < 400)
    ? []
    : [uncaught.err.slice(0, 6000)]
)
const programs = ["calls.ts", "bundled.ts", "bedrock.ts", "uncaught.ts"]
await types(bare, "nodenext", programs)
await types(bare, "bundler", programs)
const declared = { declaration: true, emitDeclarationOnly: true, outDir: "declared", rootDir: "." }
await types(bare, "nodenext", ["declared.ts"], "declarations of a library", declared)
await types(bare, "nodenext", ["declared/declared.d.ts"], "those declarations, by whoever imports the library")
for (const [name, problems] of await bundleChecks(bare)) report(name, problems)
for (const name of ["file.mjs", "split/bundled.js"]) {
  const ran = await node(bare, ["browser.mjs", name])
  report(`${name} makes a call without Node's globals`, unlike(ran, /^hello from the browser\n$/))
}

// On Node.
const onNode = await project("on-node", [lineWith("effect-llm"), lineWith("@effect/platform-node")])
report(
  "one unary and one streamed call over undici",
  unlike(await node(onNode, ["undici.ts"]), /^whole \d+\nstreamed \d+\n$/)
)
const loaded = await node(onNode, ["simulated.ts", process.execPath, "--import", "./count.mjs", "costs.ts"])
const [code = Number.NaN, tables = Number.NaN] = (/^loaded (\d+) (\d+)$/m.exec(loaded.out) ?? []).slice(1).map(Number)
const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0)
report(`three providers with costs load ${kilobytes(code)} kB of code and ${kilobytes(tables)} kB of tables`, [
  ...unlike(loaded, /^(Priced\n|Unpriced\n){3}loaded/),
  ...(code <= maxCodeBytes ? [] : [`more than ${maxCodeBytes} of code`]),
  ...(tables <= maxTableBytes ? [] : [`more than ${maxTableBytes} of tables`])
])
const [, first = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
writeFileSync(join(onNode, "first.ts"), first)
report("the first program of the README", unlike(await node(onNode, ["simulated.ts", "first.ts"]), /\S/))

// Bedrock.
const aws = await project("with-bedrock", [lineWith("effect-llm"), lineWith("@smithy/signature-v4")])
report(
  "one unary and one streamed call of Bedrock",
  unlike(await node(aws, ["bedrock.ts"]), /^whole \d+\nstreamed \d+\n$/)
)
rmSync(join(aws, "node_modules", "@smithy", "signature-v4"), { recursive: true })
report("what is missing for signing is named, and a key needs none", unlike(await node(aws, ["unsigned.ts"]), /^ok\n$/))

// The command line, outside a project.
const outside = join(folder, "outside")
mkdirSync(outside)
writeFileSync(join(outside, "prompt.txt"), "Why is the sky blue?")
const packages = [...tarballs.values()].flatMap((tarball) => ["--package", tarball])
for (const line of linesOf("npx")) {
  const [, ...words] = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""))
  // Without a prompt it is a conversation, for which there is no terminal here: the question is piped in.
  const stdin = words.at(-1) === "chat" ? "Why is the sky blue?" : undefined
  const calls = words.includes("chat") ? [join(bare, "simulated.ts")] : []
  if (words.includes("serve")) {
    const ran = await serve(outside, "npx", ["--yes", ...packages, ...words, "--port", "0"])
    report(`${line}, and the curl that it prints`, unlike(ran, /"object":"chat\.completion"/))
    continue
  }
  const ran = await (calls.length === 0
    ? run(outside, "npx", ["--yes", ...packages, ...words])
    : node(outside, [...calls, "npx", "--yes", ...packages, ...words], {}, stdin))
  report(line, unlike(ran, /\S/))
}
const whole = await project("with-gateway", [
  lineWith("effect-llm-gateway").replace(" install ", " install effect-llm effect ")
])
const main = join(whole, "node_modules", "effect-llm-gateway", "dist", "cli", "main.js")
writeFileSync(
  join(whole, "settings.yaml"),
  "providers:\n  openai: { key: sk-0123456789 }\nmodels:\n  fast: openai/gpt-6-luna\n"
)
const { problems: slow, summary } = await startCheck(main, join(whole, "settings.yaml"), {
  times: maxStartTimes,
  megabytes: maxIdleMegabytes
})
report(`effect-llm serve ${summary}`, slow)
report(
  "effect-llm serve --workers 2",
  unlike(
    await serve(outside, process.execPath, [main, "serve", "--workers", "2", "--port", "0"]),
    /"object":"chat\.completion"/
  )
)
writeFileSync(
  join(outside, "settings.yaml"),
  "models:\n  fast: openai/gpt-6-luna\npolicies:\n  redact: { patterns: { KEY: 'sk-\\w+' } }\n"
)
writeFileSync(
  join(outside, "config.yaml"),
  "model_list:\n  - { model_name: fast, litellm_params: { model: openai/gpt-6-luna, api_key: sk-0123456789 } }\n"
)
const effectLlm = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  run(outside, "npx", ["--yes", ...packages, "effect-llm", ...args], env)
report(
  "settings are checked",
  unlike(await effectLlm(["check", "settings.yaml"], { OPENAI_API_KEY: "sk-0123456789" }), /^settings\.yaml is valid\n/)
)
report(
  "settings are explained",
  unlike(
    await effectLlm(["explain", "-m", "fast", "Why?"], { OPENAI_API_KEY: "sk-0123456789" }),
    /^fast: [^]*1\. +openai\/gpt-6-luna/
  )
)
const imported = await effectLlm([
  "import",
  "litellm",
  "config.yaml",
  "--out",
  "imported.yaml",
  "--env",
  "imported.env"
])
report("LiteLLM's settings are imported", [
  ...unlike(imported, /^$/),
  ...unlike(await effectLlm(["check", "imported.yaml", "--env", "imported.env"]), /^imported\.yaml is valid\n/)
])
const other = (process.env.PATH ?? "")
  .split(delimiter)
  .map((directory) => join(directory, "node"))
  .find((file) => !file.includes("node_modules") && existsSync(file))
const version = other === undefined ? "" : (await run(outside, other, ["--version"])).out.trim()
if (other === undefined || !/^v(1\d|20|21)\./.test(version))
  console.log(`skip an old Node: there is ${version || "none"}`)
else {
  const ran = await run(whole, other, [main, "models"])
  report(
    `Node ${version} is told in one sentence that it is too old`,
    ran.code === 1 && /^effect-llm: requires Node .* but this is Node .*\n$/.test(ran.err) ? [] : [ran.err]
  )
}

console.log(`install:check: ${failures.length} failed`)
if (failures.length > 0) process.exitCode = 1
