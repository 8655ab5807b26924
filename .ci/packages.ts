/** The two packages of this tree: `effect-llm`, of which package.json is the manifest, and `effect-llm-gateway`. */
import { readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

export const root = join(import.meta.dirname, "..")

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly type: string
  readonly engines: Record<string, string>
  /** `null` hides the modules of a folder. */
  readonly exports: Record<string, string | Record<string, string> | null>
  readonly dependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
  readonly peerDependenciesMeta: Record<string, { readonly optional?: boolean }>
}

export const sdk = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PackageJson

const { dependencies, devDependencies, engines, license, peerDependencies, type, version } = sdk

/**
 * The manifest of the second package. It is a program: what is optional for the SDK comes with it, so that every
 * provider works, and `npx` needs no second package. Clients of stores are loaded only where settings name a store.
 */
export const gateway = {
  name: "effect-llm-gateway",
  version,
  description:
    "A gateway to every language model, the command line of effect-llm, and settings files that become models",
  keywords: ["ai", "cli", "effect", "llm", "prices", "tokens"],
  license,
  bin: { "effect-llm": "dist/cli/main.js", "effect-llm-gateway": "dist/cli/main.js" },
  files: ["dist"],
  exports: {
    "./AdminApi": { types: "./dist/gateway/AdminApi.d.ts", default: "./dist/gateway/AdminApi.js" },
    "./Gateway": { types: "./dist/gateway/Gateway.d.ts", default: "./dist/gateway/Gateway.js" },
    "./Settings": { types: "./dist/settings/Settings.d.ts", default: "./dist/settings/Settings.js" },
    "./package.json": "./package.json"
  },
  type,
  engines,
  dependencies: {
    "effect-llm": version,
    ...peerDependencies,
    ...dependencies,
    "@eslint-community/regexpp": `^${devDependencies["@eslint-community/regexpp"]}`,
    jose: `^${devDependencies.jose}`,
    "openid-client": `^${devDependencies["openid-client"]}`,
    re2js: `^${devDependencies.re2js}`,
    yaml: `^${devDependencies.yaml}`
  },
  peerDependencies: {
    "@effect/sql-pg": `^${devDependencies["@effect/sql-pg"]}`,
    redis: `^${devDependencies.redis}`
  },
  peerDependenciesMeta: { "@effect/sql-pg": { optional: true }, redis: { optional: true } }
}

/** Tables that every provider loads, of which code does not read who says so: that is for whoever reads the repository. */
const sourced = new Set(["errors.json", "restrictions.json"])

const withoutSources = (key: string, value: unknown): unknown => (key === "source" ? undefined : value)

/** A table of `data` as it is published. */
export const publishedTable = (path: string): string => {
  const text = readFileSync(path, "utf8")
  return sourced.has(basename(path)) ? `${JSON.stringify(JSON.parse(text), withoutSources)}\n` : text
}

/** Whether a module of `dist` can be imported, found as Node does: by its name, else by its folder, else by the one above. */
export const isPublic = (file: string): boolean => {
  const name = file.replace(/\.d\.ts$|\.js$/, "")
  if (name === "index") return true
  for (let path = name; path !== "."; path = dirname(path)) {
    const target = sdk.exports[path === name ? `./${path}` : `./${path}/*`]
    if (target !== undefined) return target !== null
  }
  return false
}
