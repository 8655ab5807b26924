import * as Predicate from "effect/Predicate"
import { compatible, type Kinds } from "../build/Kinds.ts"
import type { Path } from "../file/Mistake.ts"
import type { SettingsInput } from "../schema/Settings.ts"
import { placeholder } from "./Providers.ts"
import type { Reader } from "./Reader.ts"
import type { Secrets } from "./Secrets.ts"

type Entry = NonNullable<SettingsInput["providers"]>[string]

/** Our names of provider options, by the field of `litellm_params`. */
const options: { readonly [name: string]: string } = {
  organization: "organization",
  vertex_project: "project",
  vertex_location: "location",
  vertex_credentials: "credentials",
  // LiteLLM reads both (litellm/llms/vertex_ai, seen 2026-11-30).
  vertex_ai_project: "project",
  vertex_ai_location: "location",
  vertex_ai_credentials: "credentials",
  aws_access_key_id: "accessKeyId",
  aws_secret_access_key: "secretAccessKey",
  aws_session_token: "sessionToken",
  aws_region_name: "region",
  region_name: "region",
  watsonx_region_name: "region",
  aws_profile_name: "profile",
  aws_role_name: "roleArn",
  aws_session_name: "roleSessionName",
  aws_sts_endpoint: "stsEndpoint",
  aws_bedrock_runtime_endpoint: "endpoint",
  azure_ad_token: "entraToken",
  tenant_id: "tenantId",
  client_id: "clientId",
  client_secret: "clientSecret",
  azure_scope: "scope",
  api_version: "apiVersion",
  project_id: "project",
  space_id: "space",
  account_id: "account"
}

const secretOptions = new Set(["secretAccessKey", "sessionToken", "credentials", "entraToken", "clientSecret"])

const secretHeader = /authorization|cookie|key|token|secret|password/i

/** The variables that a provider's key is in. */
export const keyNamesOf = (kind: string, kinds: Kinds): ReadonlyArray<string> => {
  const names = kinds.get(kind)?.definition.keyNames ?? []
  return names.length > 0 ? names : [`${kind.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}_API_KEY`]
}

/** Collects the accounts of deployments, each once. */
export class Accounts {
  readonly entries: Record<string, Entry> = {}
  readonly #names = new Map<string, string>()
  readonly #reader: Reader
  readonly #kinds: Kinds
  readonly #secrets: Secrets

  constructor(reader: Reader, kinds: Kinds, secrets: Secrets) {
    this.#reader = reader
    this.#kinds = kinds
    this.#secrets = secrets
  }

  /** The name of the account of a deployment. */
  nameOf(kind: string, params: Path): string {
    const entry = this.#entryOf(kind, params)
    const identity = JSON.stringify([kind, entry])
    const known = this.#names.get(identity)
    if (known !== undefined) return known
    const isTaken = (name: string) => [...this.#names.values()].includes(name)
    const base = kind === compatible ? hostOf(entry.baseUrl) : kind
    const preferred = kind === compatible && this.#kinds.has(base) ? `${base}-server` : base
    let name = preferred
    for (let count = 2; isTaken(name); count++) name = `${preferred}-${count}`
    this.#names.set(identity, name)
    if (Object.keys(entry).length > 0) this.entries[name] = name === kind ? entry : { provider: kind, ...entry }
    else if (name !== kind) this.entries[name] = { provider: kind }
    return name
  }

  #entryOf(kind: string, params: Path): Entry {
    const definition = this.#kinds.get(kind)?.definition
    const known = Predicate.isObject(definition?.settings) ? Object.keys(definition.settings) : []
    const found: Record<string, string> = {}
    for (const [theirs, ours] of Object.entries(options)) {
      const path = [...params, theirs]
      if (!known.includes(ours) || this.#reader.peek(path) === undefined || found[ours] !== undefined) continue
      const raw = this.#reader.peek(path)
      const value = Predicate.isObject(raw) ? JSON.stringify(this.#reader.take(path)) : this.#reader.text(path)
      if (value === undefined) continue
      if (ours === "credentials" && !value.includes('{"') && known.includes("credentialsFile"))
        found.credentialsFile = value
      else found[ours] = secretOptions.has(ours) ? this.#secrets.move(path, value, `${kind}_${ours}`) : value
    }
    const key = this.#keyOf(kind, [...params, "api_key"])
    const baseUrl = this.#baseUrlOf(kind, params, known, found)
    const hasOwnNames = (definition?.keyNames?.length ?? 0) > 0
    const isImplied =
      key !== undefined &&
      (baseUrl === undefined || !hasOwnNames) &&
      keyNamesOf(kind, this.#kinds).includes(key.slice(2, -1))
    return {
      ...(key === undefined || (isImplied && Object.keys(found).length === 0) ? {} : { key }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...this.#headersOf(params),
      ...(Object.keys(found).length === 0 ? {} : { options: found })
    }
  }

  #headersOf(params: Path): Pick<Entry, "headers"> {
    const entries = this.#reader.keys([...params, "extra_headers"]).flatMap((name) => {
      const path = [...params, "extra_headers", name]
      const value = this.#reader.text(path)
      if (value === undefined) return []
      return [[name, secretHeader.test(name) ? this.#secrets.move(path, value, name) : value] as const]
    })
    return entries.length === 0 ? {} : { headers: Object.fromEntries(entries) }
  }

  #keyOf(kind: string, path: Path): string | undefined {
    const key = this.#reader.text(path)
    if (key === undefined) return undefined
    if (placeholder.test(key)) {
      this.#reader.note(path, `is a placeholder, not a key: left out`)
      return undefined
    }
    return this.#secrets.move(path, key, `${kind}_API_KEY`)
  }

  #baseUrlOf(
    kind: string,
    params: Path,
    known: ReadonlyArray<string>,
    found: Record<string, string>
  ): string | undefined {
    const path =
      this.#reader.peek([...params, "api_base"]) === undefined ? [...params, "base_url"] : [...params, "api_base"]
    const url = this.#reader.text(path)?.replace(/(?<!\/)\/+$/, "")
    if (url === undefined) return undefined
    if (kind === "azure" && known.includes("endpoint")) {
      found.endpoint = url
      return undefined
    }
    // LiteLLM appends the whole path to these.
    if (kind === "anthropic") return url.replace(/\/v1(?:\/messages)?$/, "")
    return url.replace(/\/chat\/completions$/, "")
  }
}

/** A name for a server, from its address. */
const hostOf = (baseUrl: string | undefined): string => {
  if (baseUrl === undefined) return "server"
  const [, host = "", port] = /^https?:\/\/([^/:]+)(?::(\d+))?/.exec(baseUrl) ?? []
  const [, variable] = /^\$\{(\w+)/.exec(baseUrl) ?? []
  if (variable !== undefined)
    return variable
      .toLowerCase()
      .replaceAll("_", "-")
      .replace(/-(?:api-)?(?:base|url|endpoint|base-url)$/, "")
  const words = host.replace(/^(?:api|www|llm)\./, "").split(".")
  const name = /^[\d.]+$/.test(host) ? host.replaceAll(".", "-") : (words[0] ?? "server")
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-") || "server"
  return port === undefined ? slug : `${slug}-${port}`
}
