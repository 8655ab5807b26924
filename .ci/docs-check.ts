/**
 * Type-checks the code in README.md, CONTRIBUTING.md and docs. Every ```ts block is a module of its own; `ts continued`
 * goes on with the block before it, and `ts fragment` is not checked. Lines keep their numbers, so errors point into
 * the page.
 */
import { spawnSync } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const folder = join(root, ".docs-check")
rmSync(folder, { recursive: true, force: true })
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
mkdirSync(folder)
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../tsconfig.json",
    compilerOptions: { noUnusedLocals: false },
    include: ["*.ts"],
    exclude: []
  })
)

const pages = globSync(["README.md", "CONTRIBUTING.md", "docs/**/*.md"], { cwd: root })
let blocks = 0
const modules = new Map<string, string>()
for (const page of pages) {
  const lines = readFileSync(join(root, page), "utf8").split("\n")
  let module: { readonly name: string; readonly lines: Array<string> } | undefined
  let fence: { readonly mark: string; readonly checked: boolean } | undefined
  lines.forEach((line, index) => {
    if (fence === undefined) {
      const opening = /^(`{3,})\s*(\S*)(.*)$/.exec(line)
      if (opening === null) return
      const [, mark = "", language = "", words = ""] = opening
      fence = { mark, checked: /^(ts|typescript)$/.test(language) && !/\bfragment\b/.test(words) }
      if (!fence.checked) return
      blocks++
      if (module === undefined || !/\bcontinued\b/.test(words)) {
        module = { name: `${page.replaceAll(/[/\\]/g, "__")}.${index + 1}.ts`, lines: [] }
      }
    } else if (line.trim() === fence.mark) {
      if (fence.checked && module !== undefined) modules.set(module.name, module.lines.join("\n") + "\n")
      fence = undefined
    } else if (fence.checked && module !== undefined) {
      while (module.lines.length < index) module.lines.push("")
      module.lines.push(line)
    }
  })
}
for (const [name, source] of modules) writeFileSync(join(folder, name), source)

if (modules.size > 0) {
  const { status, stdout } = spawnSync(
    join(root, "node_modules", ".bin", "tsc"),
    ["--noEmit", "-p", folder, "--pretty", "false"],
    {
      cwd: root,
      encoding: "utf8",
      shell: process.platform === "win32"
    }
  )
  process.stdout.write(
    stdout.replaceAll(/^\.docs-check\/(.+?)\.\d+\.ts\((\d+),(\d+)\)/gm, (_, page: string, line, column) => {
      return `${page.replaceAll("__", "/")}:${line}:${column}`
    })
  )
  process.exitCode = status ?? 1
}
console.log(`check:docs: ${blocks} blocks of code in ${pages.length} pages`)
