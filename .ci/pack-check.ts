/** Checks what is published: publint, are-the-types-wrong, sizes, and the declarations of the SDK. */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { extname, join } from "node:path"
import { entryPoints, install } from "./installed.ts"
import { packGateway, packSdk, temporaryFolder } from "./pack.ts"
import { root, sdk } from "./packages.ts"

const maxDownloadBytes = 815_000
const maxUnpackedBytes = 3_230_000

/** The gateway has its code twice: as modules for programs, and bundled with what it needs for the command line. */
const maxGatewayDownloadBytes = 1_890_000

const failures: Array<string> = []
const report = (name: string, problems: ReadonlyArray<string>): void => {
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}`)
  for (const problem of problems) console.log(`     ${problem}`)
  if (problems.length > 0) failures.push(name)
}

const run = (name: string, args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { output, status } = spawnSync(join(root, "node_modules", ".bin", name), args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    shell: process.platform === "win32"
  })
  return status === 0 ? [] : [`${name} ended with ${status}`, ...output.join("\n").split("\n")]
}

/** The lines of a declaration file with an `any` in a type; comments, strings and members named `any` do not count. */
const anyLines = (source: string): ReadonlyArray<number> =>
  source
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"/g, (text) => text.replace(/[^\n]/g, " "))
    .split("\n")
    .flatMap((line, index) => (/(?<![\w$.])any(?![\w$]|\??:|\()/.test(line) ? [index + 1] : []))

for (const [source, expected] of [
  ["export declare const f: (x: any) => void", 1],
  ["type A = B extends C ? any : Array<any>", 1],
  ["/** any */\nexport interface A { any: 1; any?: 2; any(): 3; a: 'x'; b: \"any\" } // any", 0]
] as const) {
  if (anyLines(source).length !== expected) throw new Error(`anyLines is wrong about: ${source}`)
}

const folder = temporaryFolder()
const packed = packSdk(folder)
const installed = install(packed.tarball, folder, { optionalPeers: true })
const names = entryPoints(packed.files)
const declarations = packed.files.filter(({ path }) => path.endsWith(".d.ts"))
const read = (path: string) => readFileSync(join(installed, path), "utf8")

report("publint", run("publint", ["run", packed.tarball, "--strict"]))
const packedGateway = packGateway(folder)
report("publint, the gateway", run("publint", ["run", packedGateway.tarball, "--strict"]))
report(
  `are-the-types-wrong, ${names.length} entry points`,
  run("attw", [
    packed.tarball,
    "--profile",
    "esm-only",
    "--format",
    "ascii",
    "--include-entrypoints",
    ...names.slice(1)
  ])
)

const kinds = new Map<string, number>()
for (const { path, size } of packed.files) {
  const kind = path.endsWith(".d.ts") ? "declarations" : extname(path) || path
  kinds.set(kind, (kinds.get(kind) ?? 0) + size)
}
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
report(
  `${packed.files.length} files, ${kilobytes(packed.size)} to download, ${kilobytes(packed.unpackedSize)} unpacked (${[...kinds].map(([kind, size]) => `${kind} ${kilobytes(size)}`).join(", ")})`,
  [
    ...(packed.size <= maxDownloadBytes ? [] : [`more than ${kilobytes(maxDownloadBytes)} to download`]),
    ...(packed.unpackedSize <= maxUnpackedBytes ? [] : [`more than ${kilobytes(maxUnpackedBytes)} unpacked`])
  ]
)
report(
  `the gateway: ${packedGateway.files.length} files, ${kilobytes(packedGateway.size)} to download, ${kilobytes(packedGateway.unpackedSize)} unpacked`,
  packedGateway.size <= maxGatewayDownloadBytes ? [] : [`more than ${kilobytes(maxGatewayDownloadBytes)} to download`]
)
report(
  "README, LICENSE and CHANGELOG are in",
  ["README.md", "LICENSE", "CHANGELOG.md"].filter((name) => !packed.files.some(({ path }) => path === name))
)
report(
  "no source, test or configuration is in",
  packed.files
    .map(({ path }) => path)
    .filter((path) => !/^(dist\/|data\/[a-z-]+\.json$|[A-Z]+(\.md)?$|package\.json$)/.test(path))
)
report(
  `no any in ${declarations.length} declaration files`,
  declarations.flatMap(({ path }) => anyLines(read(path)).map((line) => `${path}:${line}`))
)
report(
  "classes keep their names",
  packed.files.flatMap(({ path }) =>
    path.endsWith(".js")
      ? [...read(path).matchAll(/\bclass \w+\$\d+|\b\w+\$\d+ = class\b/g)].map(([name]) => `${path}: ${name}`)
      : []
  )
)
writeFileSync(
  join(folder, "all.ts"),
  names
    .filter((name) => !name.endsWith(".json"))
    .map((name, index) => `export type * as m${index} from "${[sdk.name, name].filter(Boolean).join("/")}"\n`)
    .join("")
)
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    compilerOptions: {
      target: "ES2023",
      lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable"],
      module: "NodeNext",
      typeRoots: [join(root, "node_modules", "@types")],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true
    },
    files: ["all.ts"]
  })
)
report("the declarations compile, all of them and strictly", run("tsc", ["-p", folder]))
report(
  "no declaration leans on /data",
  declarations.filter(({ path }) => /from "[^"]*\.json"/.test(read(path))).map(({ path }) => path)
)

if (failures.length > 0) {
  console.log(`pack:check: ${failures.length} failed`)
  process.exitCode = 1
}
