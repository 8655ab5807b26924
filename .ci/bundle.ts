/**
 * Bundles the command line with all that it loads: Node would else look for a thousand modules of five packages before
 * `effect-llm serve` listens, which takes longer than all that it then does. What few need stays in chunks of its own and is
 * loaded when it is needed. The modules that other programs import (`Gateway`, `Settings`, `AdminApi`) stay as they are.
 */
import { existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import { type OutputChunk, type Plugin, rolldown } from "rolldown"
import { gateway, publishedTable, root } from "./packages.ts"

const dist = join(root, "dist-gateway")
const cli = join(dist, "cli")
const chunks = join(cli, "chunks")

const installed = Object.keys({ ...gateway.dependencies, ...gateway.peerDependencies })

/** What stays a package of its own, since few users load it; none of it is built on Effect. */
const external = installed.filter((name) => !/^(@effect\/.+|effect|effect-llm|yaml)$/.test(name))

/** All that is loaded before `serve` listens, but for what these import. */
const serve = [
  "dist-gateway/cli/serve/Serve.js",
  "dist-gateway/settings/stores/SqlStores.js",
  "dist/catalog/ParameterRestriction.js",
  "dist/policies/CostAccounting.js",
  "dist/providers/KnownProviders.js",
  "dist/providers/ProviderTable.js",
  "dist/router/group/Facts.js",
  "dist/transport/undici/DispatcherClient.js",
  "dist/transport/undici/ProxyDispatcher.js"
]

const commands = ["chat/Chat", "cost/CompareCosts", "gateway/Keys", "models/ListModels", "tokens/CountTokens"].map(
  (name) => `dist-gateway/cli/${name}.js`
)

const slashes = (path: string): string => path.replaceAll("\\", "/")

/** Finds what modules look for beside themselves, from where they are in the bundle. */
const beside: Plugin = {
  name: "beside",
  transform: {
    filter: { code: /import\.meta\.url/ },
    handler: (code, id) =>
      code.replace(/new URL\("(\.[^"]+)", import\.meta\.url\)/g, (_, path: string) => {
        const target = slashes(relative(chunks, join(dirname(id), path)))
        return `new URL("${target}${path.endsWith("/") ? "/" : ""}", import.meta.url)`
      })
  }
}

const undici: Plugin = {
  name: "undici",
  resolveId: {
    filter: { id: /^undici$|\/Undici(\.js)?$/ },
    handler: () => join(import.meta.dirname, "undici.cjs")
  }
}

const tables = new Set<string>()

/** A table is parsed from its file: as a part of a module, its text would stay in memory. */
const parsedTables: Plugin = {
  name: "tables",
  load: {
    filter: { id: /[\\/]data[\\/][\w-]+\.json$/ },
    handler: (id) => {
      tables.add(id)
      const path = `import.meta.dirname + "/${basename(id)}"`
      return {
        moduleType: "js",
        code: `import { readFileSync } from "node:fs"\nexport default JSON.parse(readFileSync(${path}, "utf8"))\n`
      }
    }
  }
}

/** The same code in ASCII: V8 keeps a text with a single character beyond Latin 1 as two bytes a character. */
const ascii = (code: string): string =>
  code.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/**
 * Node's own modules, without `import`: that reads every export, and so the getters that load what few need, such as a second undici
 * behind `http.WebSocket`, with 13 MB. The name `process` may be that of a module itself.
 */
const withoutFacades = (code: string): string =>
  code.replace(
    /^import (?:(\* as [\w$]+|\{[^}]*\}|[\w$]+)(?:, (\* as [\w$]+|\{[^}]*\}))?) from "(node:[\w/]+)";$/gm,
    (_, ...[first, second, name]: ReadonlyArray<string>) =>
      [first, second]
        .flatMap((bound) => (bound === undefined ? [] : bound.replace(/^\* as /, "").replaceAll(/ as /g, ": ")))
        .map((bound) => `const ${bound} = globalThis.process.getBuiltinModule("${name}");`)
        .join(" ")
  )

type Importing = (id: string) => ReadonlyArray<string>

const reachable = (entries: ReadonlyArray<string>, imports: Importing): ReadonlySet<string> => {
  const found = new Set(entries.map((entry) => join(root, entry)))
  for (const entry of found) if (!existsSync(entry)) throw new Error(`there is no ${entry}: see .ci/bundle.ts`)
  for (const id of found) for (const imported of imports(id)) found.add(imported)
  return found
}

/**
 * Three chunks that are loaded together: what every command needs, what `serve` shares with others, and what it alone needs.
 * Each imports only those before it; what is in none of them is left to the bundler.
 */
const chunkOf = (imports: Importing) => {
  const program = reachable(["dist-gateway/cli/Program.js"], imports)
  const serving = reachable(serve, imports)
  const shared = reachable(commands, imports)
  return (id: string): string | null =>
    program.has(id) ? "program" : !serving.has(id) ? null : shared.has(id) ? "commands" : "serve"
}

const bundle = async (): Promise<ReadonlyArray<OutputChunk>> => {
  const input = await rolldown({
    cwd: root,
    input: { Program: join(cli, "Program.js") },
    platform: "node",
    external: external.map((name) => new RegExp(`^${name}(/|$)`)),
    plugins: [beside, undici, parsedTables],
    preserveEntrySignatures: "allow-extension",
    checks: { ineffectiveDynamicImport: false }
  })
  rmSync(chunks, { recursive: true, force: true })
  let chunkName: ((id: string) => string | null) | undefined
  const { output } = await input.write({
    dir: chunks,
    format: "esm",
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          debugName: "what is loaded together",
          name: (id, modules) => (chunkName ??= chunkOf((id) => modules.getModuleInfo(id)?.importedIds ?? []))(id)
        }
      ]
    }
  })
  await input.close()
  return output.filter((file) => file.type === "chunk")
}

const made = await bundle()
for (const { code, fileName } of made) writeFileSync(join(chunks, fileName), ascii(withoutFacades(code)))
for (const table of tables) writeFileSync(join(chunks, basename(table)), publishedTable(table))

const kept = new Set(["main.js", "Start.js", "help.json.gz", "chunks"])
for (const name of readdirSync(cli)) if (!kept.has(name)) rmSync(join(cli, name), { recursive: true })
writeFileSync(join(cli, "Program.js"), `export * from "./chunks/Program.js"\n`)

const imported = new Set(made.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]))
const missing = [...imported].filter(
  (name) => !/^node:|\.js$/.test(name) && !external.some((known) => name === known || name.startsWith(`${known}/`))
)
if (missing.length > 0) throw new Error(`the bundle imports what is not installed with it: ${missing.join(", ")}`)

/** The packages whose code is in the bundle: their licences ask to be with it. */
const bundled = new Set(
  made.flatMap(({ moduleIds }) =>
    moduleIds.flatMap((id) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id)?.[0] ?? [])
  )
)
const licences = [...bundled].sort().map((folder) => {
  const name = slashes(folder).replace(/.*node_modules\//, "")
  const [file] = globSync("LICENSE*", { cwd: folder })
  if (file === undefined) throw new Error(`${name} has no licence`)
  return `${name}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`
})
writeFileSync(join(cli, "licences.txt"), licences.join("\n\n"))
const kB = made.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0) / 1000
console.log(`the command line is ${made.length} chunks, ${kB.toFixed(0)} kB, with ${bundled.size} packages`)
