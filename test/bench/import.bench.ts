/**
 * How long `import` takes in a fresh process: the built package, the `effect` barrel, and the Effect modules that the
 * package loads, imported alone. Runs are interleaved, so that a slow moment of the machine hits all of them.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { goal, median, spread, table } from "./table.ts"

const here = import.meta.dirname
const root = join(here, "..", "..")
const entry = join(root, "dist", "index.js")

/** Modules loaded from a built file: `import` and `export ... from`, not those in comments or made later. */
const specifiers = (file: string): ReadonlyArray<string> => {
  const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "")
  return [...code.matchAll(/(?:^|;)((?:import|export)\b[^"'`;=()]*)["']([^"']+)["']/gm)].flatMap(
    ([, text = "", name]) => (name !== undefined && /^import\s*$|\bfrom\s*$/.test(text) ? [name] : [])
  )
}

/** The `effect/...` modules that importing `file` loads, directly or through other files of the package. */
export const effectModules = (file: string): { readonly files: number; readonly modules: ReadonlyArray<string> } => {
  const files = new Set([file])
  const modules = new Set<string>()
  for (const one of files) {
    for (const name of specifiers(one)) {
      if (name.startsWith(".") && name.endsWith(".js")) files.add(join(dirname(one), name))
      else if (!name.startsWith(".")) modules.add(name)
    }
  }
  return { files: files.size, modules: [...modules].toSorted() }
}

const measure = (specifier: string): number => {
  const code = `const start = performance.now(); await import(${JSON.stringify(specifier)}); process.stdout.write(String(performance.now() - start))`
  const { NODE_COMPILE_CACHE: _, NODE_OPTIONS: __, ...env } = process.env
  return Number(
    execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: root, env, encoding: "utf8" })
  )
}

export const importBench = async (options: { readonly runs: number }) => {
  if (!existsSync(entry)) {
    console.log("import: dist/index.js is missing, nothing to measure\n")
    return undefined
  }
  const { files, modules } = effectModules(entry)
  mkdirSync(join(here, "results"), { recursive: true })
  const alone = join(here, "results", "effect-modules.mjs")
  writeFileSync(alone, modules.map((name) => `import ${JSON.stringify(name)}\n`).join(""))

  const subjects = {
    "effect barrel": "effect",
    "Effect modules that effect-llm loads": pathToFileURL(alone).href,
    "effect-llm": pathToFileURL(entry).href
  }
  const names = Object.keys(subjects) as ReadonlyArray<keyof typeof subjects>
  const times = new Map(names.map((name) => [name, [] as Array<number>]))
  for (let run = -2; run < options.runs; run++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + run + names.length) % names.length] ?? "effect-llm"
      const time = measure(subjects[name])
      if (run >= 0) times.get(name)?.push(time)
    }
  }
  const of = (name: keyof typeof subjects) => median(times.get(name) ?? [])
  console.log(
    `import, fresh process, ${options.runs} interleaved runs; ${files} files load ${modules.length} modules\n`
  )
  console.log(
    table(
      ["import", "median ms", "±", "of the barrel"],
      names.map((name) => [
        name,
        of(name).toFixed(1),
        spread(times.get(name) ?? []).toFixed(1),
        (of(name) / of("effect barrel")).toFixed(2)
      ])
    )
  )
  console.log()
  const goals = [
    goal("import, of the effect barrel", of("effect-llm") / of("effect barrel"), 0.85),
    goal("import, of the Effect modules it loads", of("effect-llm") / of("Effect modules that effect-llm loads"), 1.2)
  ]
  console.log()
  return {
    unit: "ms",
    runs: options.runs,
    files,
    modules,
    medians: Object.fromEntries(names.map((name) => [name, of(name)])),
    samples: Object.fromEntries(times),
    goals
  }
}
