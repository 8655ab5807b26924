import type { Path } from "../file/Mistake.ts"
import type { Written } from "./Deployments.ts"
import type { Reader } from "./Reader.ts"
import type { Secrets } from "./Secrets.ts"

/** The Redis of LiteLLM's router, or else of its cache. Its data is not read. */
export const importStores = (reader: Reader, secrets: Secrets): Written | undefined => {
  const params = ["litellm_settings", "cache_params"]
  const router = (name: string): Path => ["router_settings", `redis_${name}`]
  const cache = (name: string): Path => [...params, name]
  const places = [router, cache].flatMap((place) => addressAt(reader, place) ?? [])
  const [first, second] = places
  const isRedis = reader.peek([...params, "type"]) === "redis" && reader.boolean(["litellm_settings", "cache"]) === true
  const prefix = isRedis ? reader.text([...params, "namespace"])?.replaceAll(/[^\w:.-]/g, "_") : undefined
  if (first === undefined) return isRedis ? { redis: "${REDIS_URL}", prefix } : undefined
  if (second !== undefined && second.address !== first.address)
    reader.note(second.path, "there is one Redis for everything: that of router_settings is taken")
  const isSecret = first.address.includes("@") && !first.address.includes("${")
  return { redis: isSecret ? secrets.move(first.path, first.address, "REDIS_URL") : first.address, prefix }
}

const addressAt = (reader: Reader, at: (name: string) => Path) => {
  const url = reader.text(at("url"))
  if (url !== undefined) return { path: at("url"), address: url }
  const host = reader.text(at("host"))
  if (host === undefined) return undefined
  const port = reader.number(at("port")) ?? 6379
  const password = reader.text(at("password"))
  const user = reader.text(at("username")) ?? ""
  const database = reader.number(at("db"))
  const scheme = reader.boolean(at("ssl")) === true ? "rediss" : "redis"
  if (password?.includes("${") === true)
    reader.note(at("password"), "is part of an address now: a character such as @ or / in it is written as %40 or %2F")
  const account = password === undefined ? "" : `${user}:${escaped(password)}@`
  const address = `${scheme}://${account}${host}:${port}${database === undefined ? "" : `/${database}`}`
  return { path: at("host"), address }
}

/** References stay as they are. */
const escaped = (password: string): string => (password.includes("${") ? password : encodeURIComponent(password))
