import * as Predicate from "effect/Predicate"
import type { Path } from "../file/Mistake.ts"
import type { Written } from "./Deployments.ts"
import { defined } from "../Given.ts"
import { seconds } from "./ModelList.ts"
import type { Reader } from "./Reader.ts"

/** LiteLLM's strategies. Source: https://docs.litellm.ai/docs/routing */
const strategies: { readonly [name: string]: string } = {
  "simple-shuffle": "weighted",
  "least-busy": "least-busy",
  "latency-based-routing": "lowest-latency",
  "usage-based-routing": "most-headroom",
  "usage-based-routing-v2": "most-headroom",
  "cost-based-routing": "lowest-cost"
}

export interface Routing {
  readonly strategy: string | undefined
  readonly sticky: string | undefined
  readonly policies: Written | undefined
  readonly aliases: ReadonlyMap<string, string>
  /** Retries by model, for each error; `*` is for all others. */
  readonly retries: ReadonlyMap<string, Written>
  /** Fallbacks by model; `*` is for all others. */
  readonly fallbacks: ReadonlyMap<string, Written>
  /** Whether parameters that a model does not support are left out. */
  readonly dropsParameters: boolean
}

/** Reads `router_settings`, and the same keys of `litellm_settings`; the former wins. */
export const importRouting = (reader: Reader): Routing => {
  const places = (name: string): ReadonlyArray<Path> => [
    ["router_settings", name],
    ["litellm_settings", name]
  ]
  const first = <A>(name: string, read: (path: Path) => A | undefined): A | undefined =>
    places(name).map(read).find(Predicate.isNotUndefined)
  const number = (name: string) => first(name, (path) => reader.number(path))

  const allowedFails = number("allowed_fails")
  const pause = seconds(number("cooldown_time"))
  const requestTimeout = number("request_timeout")
  const timeout = seconds(number("timeout") ?? requestTimeout)
  if (requestTimeout !== undefined && timeout !== seconds(requestTimeout))
    reader.note(["litellm_settings", "request_timeout"], "router_settings.timeout overrides it: left out")
  const retries = number("num_retries") ?? number("max_retries")
  if (reader.boolean(["router_settings", "disable_cooldowns"]) === true)
    reader.note(
      ["router_settings", "disable_cooldowns"],
      "deployments that fail always cool down for a moment; shorten it with policies.cooling"
    )
  const base = positive(seconds(number("retry_after")))
  const byError = first("retry_policy", (path) => retriedErrors(reader, path))
  const ofGroups = ["router_settings", "model_group_retry_policy"]
  const retriesOf = new Map(
    reader.keys(ofGroups).flatMap((group) => {
      const own = retriedErrors(reader, [...ofGroups, group])
      const times = typeof retries === "number" && retries > 0 ? retries : undefined
      return own === undefined ? [] : [[group, defined({ times, base, byError: own }) ?? {}] as const]
    })
  )
  const policies = defined({
    timeout: defined({ total: timeout, firstToken: seconds(number("stream_timeout")) }),
    retry: retries === 0 && byError === undefined ? false : defined({ times: retries, base, byError }),
    cooling: defined({
      faults: typeof allowedFails === "number" ? allowedFails + 1 : undefined,
      first: positive(pause),
      longest: positive(pause)
    }),
    cache: cacheOf(reader)
  })
  return {
    strategy: strategyOf(reader),
    sticky: stickyOf(reader),
    policies,
    aliases: aliasesOf(reader, places("model_group_alias")),
    retries: retriesOf,
    fallbacks: fallbacksOf(reader, places),
    dropsParameters: reader.boolean(["litellm_settings", "drop_params"]) === true
  }
}

/** LiteLLM's classes of errors. Source: https://docs.litellm.ai/docs/routing#advanced-custom-retries-cooldowns-based-on-error-type */
const classes: { readonly [name: string]: string } = {
  BadRequestErrorRetries: "invalidRequest",
  AuthenticationErrorRetries: "authentication",
  TimeoutErrorRetries: "timeout",
  RateLimitErrorRetries: "rateLimit",
  ContentPolicyViolationErrorRetries: "contentPolicy",
  InternalServerErrorRetries: "serverError"
}

/** How often each class of errors is retried. */
const retriedErrors = (reader: Reader, path: Path): Written | undefined =>
  defined(
    Object.fromEntries(
      reader.keys(path).flatMap((name) => {
        const own = Object.hasOwn(classes, name) ? classes[name] : undefined
        return own === undefined ? [] : [[own, reader.number([...path, name])]]
      })
    )
  )

/** The cache of responses. LiteLLM shares them among all callers. */
const cacheOf = (reader: Reader): Written | undefined => {
  const path = ["litellm_settings", "cache"]
  const params = ["litellm_settings", "cache_params"]
  if (reader.boolean(path) !== true) return undefined
  const kind = reader.text([...params, "type"]) ?? "local"
  if (kind.includes("semantic")) {
    reader.note(
      [...params, "type"],
      `${kind}: only identical requests share cached responses here, so there is no cache`
    )
    return undefined
  }
  if (kind !== "local" && kind !== "redis")
    reader.note([...params, "type"], `${kind}: responses are cached in the memory of the process, up to a limit`)
  const ttl = seconds(reader.number([...params, "ttl"]))
  if (ttl === undefined) reader.note(path, "has no ttl in cache_params: taken as 1h")
  return { ttl: ttl ?? "1h", tenant: "all" }
}

const positive = (duration: string | undefined): string | undefined => (duration === "0s" ? undefined : duration)

const strategyOf = (reader: Reader): string | undefined => {
  const path = ["router_settings", "routing_strategy"]
  const name = reader.text(path)
  if (name === undefined) return undefined
  const strategy = Object.hasOwn(strategies, name) ? strategies[name] : undefined
  if (strategy === undefined)
    reader.note(path, `there is no strategy like ${name} here: left out, so deployments are chosen by weight`)
  return strategy
}

/** The checks that keep a conversation with its deployment. */
const stickyChecks: { readonly [check: string]: string } = {
  prompt_caching: "prompt",
  session_affinity: "session",
  deployment_affinity: "session",
  responses_api_deployment_check: "session",
  encrypted_content_affinity: "session"
}

const stickyOf = (reader: Reader): string | undefined => {
  const path = ["router_settings", "optional_pre_call_checks"]
  const checks = reader.texts(path) ?? []
  for (const [index, check] of checks.entries())
    if (!Object.hasOwn(stickyChecks, check)) reader.note([...path, index], `${check} has no place in settings`)
  const sticky = checks.flatMap((check) => stickyChecks[check] ?? [])
  return sticky.includes("session") ? "session" : sticky[0]
}

const aliasesOf = (reader: Reader, places: ReadonlyArray<Path>): ReadonlyMap<string, string> => {
  const aliases = new Map<string, string>()
  for (const path of places)
    for (const alias of reader.keys(path)) {
      const at = [...path, alias]
      const isHidden = [...at, "hidden"]
      const target = reader.text(Predicate.isObject(reader.peek(at)) ? [...at, "model"] : at)
      if (reader.boolean(isHidden) === true) reader.note(isHidden, "an alias is never in the list of models: left out")
      if (target === undefined) reader.note(at, "is not the name of a model: left out")
      else if (!aliases.has(alias)) aliases.set(alias, target)
    }
  return aliases
}

const reasons = {
  fallbacks: "any",
  context_window_fallbacks: "contextWindow",
  content_policy_fallbacks: "contentPolicy"
} as const

const fallbacksOf = (reader: Reader, places: (name: string) => ReadonlyArray<Path>): ReadonlyMap<string, Written> => {
  const all = new Map<string, Written>()
  const add = (model: string, reason: string, path: Path) => {
    const names = reader.texts(path)
    const known = all.get(model) ?? {}
    if (names === undefined) reader.note(path, "is not a list of models: left out")
    else if (known[reason] === undefined) all.set(model, { ...known, [reason]: [...new Set(names)] })
  }
  for (const [name, reason] of Object.entries(reasons))
    for (const path of places(name)) {
      for (const model of reader.keys(path)) add(model, reason, [...path, model])
      for (let index = 0; index < reader.length(path); index++)
        for (const model of reader.keys([...path, index])) add(model, reason, [...path, index, model])
    }
  for (const path of places("default_fallbacks")) if (reader.peek(path) !== undefined) add("*", "any", path)
  return all
}
