/**
 * What `architecture.test.ts` holds: the floors as a table, and a checker of sources against it. The checker works on
 * a syntax tree, so words in comments and strings never count.
 */
import { posix } from "node:path"
import { parseAst } from "vitest/node"

/** Lowest first. A folder of src imports itself and folders of strictly lower floors. */
export const floors: ReadonlyArray<ReadonlyArray<string>> = [
  ["domain", "page"],
  ["protocols", "transport", "model", "catalog", "tokens"],
  ["client"],
  ["providers", "policies", "testing"],
  ["router"],
  ["integrations"],
  ["settings"],
  ["gateway"],
  ["cli"]
]

/** The folders of the package `effect-llm-gateway`, which imports `effect-llm` by its name, as its users do. */
export const gatewayFolders: ReadonlySet<string> = new Set(["settings", "gateway", "page", "cli"])

/** The folders that run in a browser only, bundled: nobody imports them, and they import nobody. */
export const browserFolders: ReadonlySet<string> = new Set(["page"])

/** The folders that no user imports: what others need of them, the floors above give on. */
export const hiddenFolders: ReadonlySet<string> = new Set(["client"])

/** The folders of src that each folder may import. */
export const allowedImports: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  floors.flatMap((folders, floor) =>
    folders.map((folder) => {
      const below = floors.slice(0, floor).flat()
      const isGateway = gatewayFolders.has(folder)
      const isOpen = (other: string) => gatewayFolders.has(other) === isGateway && !browserFolders.has(other)
      return [folder, new Set([folder, ...below.filter(isOpen)])] as const
    })
  )
)

/** Who may import what from outside. `effect/<Module>` is everybody's, and nothing else is. */
export const allowedPackages: ReadonlyArray<{ readonly match: RegExp; readonly folders: ReadonlySet<string> }> = [
  { match: /^effect-llm(\/|$)/, folders: gatewayFolders },
  { match: /^node:/, folders: new Set(["testing", "integrations", "settings", "gateway", "cli"]) },
  {
    match: /^@effect\/platform-node\/[A-Z]/,
    folders: new Set(["transport", "testing", "integrations", "settings", "gateway", "cli"])
  },
  { match: /^@effect\/sql-pg\/PgClient$/, folders: new Set(["settings"]) },
  { match: /^(?:jose|openid-client)$/, folders: new Set(["gateway"]) },
  { match: /^(?:yaml|re2js|@eslint-community\/regexpp)$/, folders: new Set(["settings"]) },
  // Settings may be a TypeScript file of the user's own.
  { match: /^<computed>$/, folders: new Set(["settings"]) },
  { match: /^(preact(\/hooks)?|@preact\/signals|uplot)$/, folders: browserFolders },
  { match: /^js-tiktoken\//, folders: new Set(["tokens"]) },
  { match: /^@smithy\/eventstream-codec$/, folders: new Set(["transport"]) },
  { match: /^@smithy\/signature-v4$/, folders: new Set(["providers"]) }
]

/** Who may import `/data`. */
export const dataFolders: ReadonlySet<string> = new Set(["catalog", "client", "providers", "tokens"])

/** Lines of code in a file of src, at most: comments, imports and blank lines are none. */
export const maxLines = 250

const codeLines = (source: string): number =>
  source
    .replaceAll(/^\s*\/\*[^]*?\*\/$/gm, "")
    .replaceAll(/^import\b[^]*?(?:from )?"[^"\n]*"(?: with \{.*\})?$/gm, "")
    .split("\n")
    .filter((line) => !/^\s*(?:\/\/|$)/.test(line)).length

const forbiddenFolders = new Set(["utils", "util", "common", "shared", "helpers"])
const forbiddenMembers = new Set(["process.env", "Date.now", "Math.random"])
/** In a browser, `fetch` is how one asks a server, and nobody hands in a clock. */
const browserAmbient = new Set(["fetch(", "Date.now", "new Date()"])

export type Rule =
  | "floor"
  | "cycle"
  | "data"
  | "extension"
  | "missing"
  | "barrel"
  | "package"
  | "node-free"
  | "ambient"
  | "any"
  | "length"
  | "name"

export interface Violation {
  readonly file: string
  readonly line: number
  readonly rule: Rule
  readonly what: string
}

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Gone after compilation, so it loads nothing. */
  readonly typeOnly: boolean
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

interface Found {
  readonly imports: ReadonlyArray<Import>
  readonly ambient: ReadonlyArray<{ readonly line: number; readonly what: string }>
  readonly anys: ReadonlyArray<number>
}

const isNode = (u: unknown): u is Node => typeof u === "object" && u !== null && "type" in u && "start" in u

const walk = (node: Node, visit: (node: Node) => void): void => {
  visit(node)
  for (const value of Object.values(node)) {
    if (isNode(value)) walk(value, visit)
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item, visit)
  }
}

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Identifier" ? String(node.name) : undefined

/** `Date.now` for `Date.now`, `Date["now"]` and `globalThis.Date.now`. */
const memberOf = (node: Node): string | undefined => {
  if (node.type !== "MemberExpression") return nameOf(node)
  const property = node.property
  if (!isNode(node.object) || !isNode(property)) return undefined
  const key = node.computed === true ? property.value : property.name
  const object = memberOf(node.object)
  if (object === undefined || typeof key !== "string") return undefined
  return object === "globalThis" ? key : `${object}.${key}`
}

const importOf = (node: Node): Omit<Import, "line"> | undefined => {
  const source = node.source
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "TSImportType":
    case "ImportExpression": {
      if (!isNode(source)) return undefined
      if (typeof source.value !== "string") return { specifier: "<computed>", typeOnly: false }
      // `import { type A } from "x"` keeps an empty import of x at run time, so only the outer `type` counts.
      const typeOnly = node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type"
      return { specifier: source.value, typeOnly }
    }
    case "TSImportEqualsDeclaration":
      return { specifier: "<import =>", typeOnly: false }
    default:
      return undefined
  }
}

const ambientOf = (node: Node): string | undefined => {
  const callee = node.callee
  switch (node.type) {
    case "MemberExpression": {
      const member = memberOf(node)
      return member !== undefined && forbiddenMembers.has(member) ? member : undefined
    }
    case "CallExpression": {
      const called = isNode(callee) ? memberOf(callee) : undefined
      return called === "fetch" || called === "Date" ? `${called}(` : undefined
    }
    case "NewExpression":
      return isNode(callee) && memberOf(callee) === "Date" && (node.arguments as ReadonlyArray<unknown>).length === 0
        ? "new Date()"
        : undefined
    case "VariableDeclarator": {
      const init = node.init
      const pattern = node.id
      if (!isNode(init) || !isNode(pattern) || pattern.type !== "ObjectPattern") return undefined
      const object = memberOf(init)
      for (const property of pattern.properties as ReadonlyArray<Node>) {
        const member = `${object}.${nameOf(property.key)}`
        if (forbiddenMembers.has(member)) return member
      }
      return undefined
    }
    default:
      return undefined
  }
}

const comments = /^\s*(?:\/\/|\/?\*).*$/gm
const suspicious = /\b(?:import|any|Date|process|fetch)\b|\bMath\b(?!\.(?!random\b)\w)|\bfrom\s*["'`]|\\u/

/** The tree of a source, up to its last import where nothing behind that can break a rule. */
const treeOf = (source: string, isJsx: boolean): Node => {
  const parse = (text: string) => parseAst(text, { lang: isJsx ? "tsx" : "ts" }) as unknown as Node
  const end = source.indexOf("\n", source.lastIndexOf(' from "'))
  if (end < 0 || suspicious.test(source.slice(end).replaceAll(comments, ""))) return parse(source)
  try {
    return parse(source.slice(0, end))
  } catch {
    return parse(source)
  }
}

/** Reads one source. */
export const scan = (source: string, isJsx = false): Found => {
  const starts = [0]
  for (let i = source.indexOf("\n"); i >= 0; i = source.indexOf("\n", i + 1)) starts.push(i + 1)
  const lineAt = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1

  const imports: Array<Import> = []
  const ambient: Array<{ line: number; what: string }> = []
  const anys: Array<number> = []
  walk(treeOf(source, isJsx), (node) => {
    const found = importOf(node)
    if (found !== undefined) imports.push({ ...found, line: lineAt(node.start) })
    const what = ambientOf(node)
    if (what !== undefined) ambient.push({ line: lineAt(node.start), what })
    if (node.type === "TSAnyKeyword") anys.push(lineAt(node.start))
  })
  return { imports, ambient, anys }
}

const folderOf = (file: string): string => (file.includes("/", 4) ? (file.split("/")[1] ?? "") : "")

/** Where a relative import leads: a path from the root of the repository. */
const resolve = (file: string, specifier: string): string => posix.join(posix.dirname(file), specifier)

const placeOf = (file: string, found: Import, files: ReadonlyMap<string, string>): ReadonlyArray<[Rule, string]> => {
  const folder = folderOf(file)
  const { specifier } = found
  if (!specifier.startsWith(".")) {
    if (/^effect(\/[a-z][a-z-]*)?$/.test(specifier) || specifier === "@effect/platform-node") {
      return [["barrel", `${specifier}: import one module, as in "effect/Effect"`]]
    }
    if (specifier.startsWith("effect/")) return []
    const allowed = allowedPackages.some(({ folders, match }) => match.test(specifier) && folders.has(folder))
    return allowed ? [] : [["package", specifier]]
  }
  const target = resolve(file, specifier)
  if (target.startsWith("data/") && target.endsWith(".json")) {
    return dataFolders.has(folder) ? [] : [["data", `${folder} imports ${target}`]]
  }
  if (!/\.tsx?$/.test(specifier)) return [["extension", specifier]]
  if (!files.has(target)) return [["missing", specifier]]
  const to = folderOf(target)
  if (folder === "" || allowedImports.get(folder)?.has(to) === true) return []
  return [["floor", `${folder} imports ${to === "" ? target : to}`]]
}

/** Every file that a file loads when it is imported, itself first. */
const loadedBy = (root: string, graph: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlySet<string> => {
  const seen = new Set([root])
  for (const file of seen) for (const next of graph.get(file) ?? []) seen.add(next)
  return seen
}

const cyclesOf = (graph: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> => {
  const cycles: Array<ReadonlyArray<string>> = []
  const done = new Set<string>()
  const path: Array<string> = []
  const visit = (file: string): void => {
    const at = path.indexOf(file)
    if (at >= 0) return void cycles.push([...path.slice(at), file])
    if (done.has(file)) return
    path.push(file)
    for (const next of graph.get(file) ?? []) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return cycles
}

/**
 * What is wrong with a set of sources, keyed by their path from the root of the repository (`src/domain/Usage.ts`).
 *
 * Floors and cycles hold for type-only imports too.
 */
export const check = (files: ReadonlyMap<string, string>): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const graph = new Map<string, Array<string>>()
  const loadGraph = new Map<string, Array<string>>()
  const needsNode = new Map<string, Import>()

  for (const [file, source] of files) {
    const at = (rule: Rule, line: number, what: string) => violations.push({ file, line, rule, what })
    const found = scan(source, file.endsWith(".tsx"))

    const parts = file.split("/").slice(1)
    const folder = folderOf(file)
    if (folder === "" ? file !== "src/index.ts" : !allowedImports.has(folder)) at("name", 1, "stands on no floor")
    for (const part of parts.slice(0, -1)) if (forbiddenFolders.has(part)) at("name", 1, `folder ${part}`)
    if (/^types\.ts$/i.test(parts.at(-1) ?? "")) at("name", 1, "types.ts")

    const lines = codeLines(source)
    if (lines > maxLines) at("length", 1, `${lines} lines of code`)

    const edges: Array<string> = []
    const loads: Array<string> = []
    for (const one of found.imports) {
      for (const [rule, what] of placeOf(file, one, files)) at(rule, one.line, what)
      if (one.specifier.startsWith(".")) {
        const target = resolve(file, one.specifier)
        edges.push(target)
        if (!one.typeOnly) loads.push(target)
      }
      if (!one.typeOnly && /^(node:|@effect\/platform-node)/.test(one.specifier)) needsNode.set(file, one)
    }
    graph.set(file, edges)
    loadGraph.set(file, loads)
    for (const { line, what } of found.ambient)
      if (!browserFolders.has(folder) || !browserAmbient.has(what)) at("ambient", line, what)
    for (const line of found.anys) at("any", line, "any")
  }

  for (const cycle of cyclesOf(graph)) {
    violations.push({ file: cycle[0] ?? "", line: 1, rule: "cycle", what: cycle.join(" -> ") })
  }
  for (const file of loadedBy("src/index.ts", loadGraph)) {
    const one = needsNode.get(file)
    if (one !== undefined) {
      violations.push({
        file,
        line: one.line,
        rule: "node-free",
        what: `src/index.ts loads ${one.specifier} through it`
      })
    }
  }
  return violations
}
