/**
 * Finishes what `tsc` wrote to `dist`, with the tools that Effect's own packages and most libraries are built with:
 *
 * 1. babel marks top-level calls as pure, so that bundlers drop what an application does not use, and leaves comments
 *    to the declarations;
 * 2. rolldown joins the modules that `import "effect-llm"` loads into three: what every provider needs at once, what its
 *    first call needs, and the rest. Node spends half a millisecond on each module. Every module keeps its path, and names its part of the joined file;
 * 3. oxfmt lays the code out as the source is, for people who read it;
 * 4. declarations that no public declaration mentions are left out, and the docs of private ones.
 */
import { transformSync } from "@babel/core"
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { format } from "oxfmt"
import { rolldown } from "rolldown"
import { prune, removePrivateDocs } from "./declarations.ts"
import { isPublic, root } from "./packages.ts"
import { reachable } from "./reachable.ts"

const dist = join(root, "dist")
const files = (pattern: string) => globSync(pattern, { cwd: dist }).map((file) => join(dist, file))

const annotate = (): void => {
  for (const file of files("**/*.js")) {
    const { code } =
      transformSync(readFileSync(file, "utf8"), {
        configFile: false,
        babelrc: false,
        compact: false,
        plugins: ["annotate-pure-calls"],
        shouldPrintComment: (comment) => comment === "#__PURE__"
      }) ?? {}
    if (code === undefined || code === null) throw new Error(`babel made nothing of ${file}`)
    writeFileSync(file, `${code}\n`)
  }
}

const joinModules = async (): Promise<number> => {
  const imports = /^(?:import|export)\b[^"'`;=()]*"(\.[^"]+)"/gm
  const loaded = reachable([join(dist, "index.js")], imports)
  const base = reachable([join(dist, "providers", "Provider.js"), join(dist, "providers", "OpenAi.js")], imports)
  const call = reachable([join(dist, "model", "ChatKind.js")], imports)
  /** The root only names others, and a provider is one of many: these stay as they are. */
  const chunkOf = (file: string): string | null => {
    const path = relative(dist, file).replaceAll("\\", "/")
    if (!loaded.has(file) || path === "index.js") return null
    if (/^providers\/\w+\.js$/.test(path) && path !== "providers/Provider.js") return null
    return base.has(file) ? "provider" : call.has(file) ? "call" : "rest"
  }
  const joined = files("**/*.js").filter((file) => chunkOf(file) !== null)
  const bundle = await rolldown({
    input: Object.fromEntries(joined.map((file) => [relative(dist, file).slice(0, -3), file])),
    external: (name, importer) =>
      !/^[./]/.test(name) || (importer !== undefined && !joined.includes(join(dirname(importer), name))),
    makeAbsoluteExternalsRelative: true,
    platform: "neutral",
    preserveEntrySignatures: "allow-extension",
    treeshake: false
  })
  await bundle.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "joined/[name].js",
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: "joined" }] }
  })
  await bundle.close()
  return joined.length
}

const layOut = async (): Promise<void> => {
  const { $schema: _, ignorePatterns: __, ...options } = JSON.parse(readFileSync(join(root, ".oxfmtrc.json"), "utf8"))
  for (const file of files("**/*.js")) {
    const { code, errors } = await format(file, readFileSync(file, "utf8"), { ...options, objectWrap: "collapse" })
    if (errors.length > 0) throw new Error(`oxfmt made nothing of ${file}`)
    writeFileSync(file, code)
  }
}

annotate()
const joined = await joinModules()
await layOut()
const pruned = prune(dist, isPublic)
removePrivateDocs(dist, isPublic)
console.log(`${joined} modules joined into three, ${pruned} declarations left out that no public one mentions`)
