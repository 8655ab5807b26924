import type { Path } from "../file/Mistake.ts"
import type { Written } from "./Deployments.ts"
import { defined } from "../Given.ts"
import type { Reader } from "./Reader.ts"
import type { Secrets } from "./Secrets.ts"

/** How LiteLLM's proxy is run: its administrator's key, database, ledger and logs. */
export interface Operations {
  readonly server: Written | undefined
  readonly ledger: Written | undefined
  /** The address of the database. */
  readonly sql: string | undefined
}

const general = (name: string): Path => ["general_settings", name]
const litellm = (name: string): Path => ["litellm_settings", name]

export const importOperations = (reader: Reader, secrets: Secrets): Operations => {
  noteCallbacks(reader)
  const isJson = reader.boolean(litellm("json_logs")) ?? reader.boolean(general("json_logs"))
  return {
    server: defined({
      adminKey: masterKey(reader, secrets),
      logs: isJson === true ? { format: "json" } : undefined,
      limits: defined({ body: bodyOf(reader) })
    }),
    ledger: ledgerOf(reader),
    sql: databaseOf(reader, secrets)
  }
}

const bodyOf = (reader: Reader): string | undefined => {
  const megabytes = reader.number(general("max_request_size_mb"))
  return typeof megabytes === "number" ? `${megabytes}MB` : undefined
}

const masterKey = (reader: Reader, secrets: Secrets): string | undefined => {
  const path = general("master_key")
  const key = reader.text(path)
  if (key === undefined) return undefined
  if (!/^sk-1234\d*$/.test(key)) return secrets.move(path, key, "LITELLM_MASTER_KEY")
  reader.note(
    path,
    "is the key of LiteLLM's examples, which everybody knows: set LITELLM_MASTER_KEY to one of your own"
  )
  return "${LITELLM_MASTER_KEY}"
}

/** LiteLLM's database is used, but not its tables: ours have other names. */
const databaseOf = (reader: Reader, secrets: Secrets): string | undefined => {
  const path = general("database_url")
  const address = reader.text(path)
  if (address === undefined) return undefined
  reader.note(path, "is used for keys, budgets and the ledger here. LiteLLM's tables are not read")
  return address.includes("@") && !address.includes("${") ? secrets.move(path, address, "DATABASE_URL") : address
}

const ledgerOf = (reader: Reader): Written | undefined => {
  const tags = litellm("extra_spend_tag_headers")
  const [header, ...others] = reader.texts(tags) ?? []
  if (others.length > 0) reader.note(tags, `tags come from one header here: ${others.join(", ")} left out`)
  const keepsTexts = reader.boolean(general("store_prompts_in_spend_logs")) === true
  return defined({
    headers: defined({ user: userHeaderOf(reader), tags: header?.toLowerCase() }),
    retention: retentionOf(reader),
    texts: keepsTexts ? { keys: ["*"] } : undefined
  })
}

/** The header that names the user: LiteLLM has one, or several by whom they name. */
const userHeaderOf = (reader: Reader): string | undefined => {
  const mappings = general("user_header_mappings")
  const named = [reader.text(general("user_header_name"))]
  for (let index = 0; index < reader.length(mappings); index++) {
    const at = [...mappings, index]
    const role = reader.text([...at, "litellm_user_role"])
    const header = reader.text([...at, "header_name"])
    if (role === "customer") named.push(header)
    else
      reader.note(
        at,
        `${header} is for the role ${role}: users of keys are made with effect-llm users, so it is left out`
      )
  }
  const [header, ...others] = named.flatMap((name) => name?.toLowerCase() ?? [])
  if (others.length > 0) reader.note(mappings, `users come from one header here: ${others.join(", ")} left out`)
  return header
}

const retentionOf = (reader: Reader): string | undefined => {
  const path = general("maximum_spend_logs_retention_period")
  const period = reader.text(path)
  if (period === undefined || /^\d+[smhdw]$/.test(period)) return period
  reader.note(path, `${period} is not a duration: left out`)
  return undefined
}

/** What replaces a callback of LiteLLM's. */
const replacements: { readonly [callback: string]: string } = {
  prometheus: "is /metrics, with the key of the administrator (server.metrics)",
  otel: "is switched on by OTEL_EXPORTER_OTLP_ENDPOINT",
  langfuse: "takes OpenTelemetry: set OTEL_EXPORTER_OTLP_ENDPOINT to its address",
  langfuse_otel: "takes OpenTelemetry: set OTEL_EXPORTER_OTLP_ENDPOINT to its address"
}

const noteCallbacks = (reader: Reader): void => {
  const named = new Set<string>()
  for (const name of ["callbacks", "success_callback", "failure_callback", "service_callback"])
    for (const callback of reader.texts(litellm(name)) ?? []) {
      if (named.has(callback)) continue
      named.add(callback)
      reader.note(litellm(name), `${callback} ${replacements[callback] ?? "has no place in settings: left out"}`)
    }
}
