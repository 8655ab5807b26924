import { PermissionDeniedError } from "effect-llm/domain/CallErrors"
import type { Caller } from "../access/Caller.ts"
import { worded } from "../calls/Advice.ts"
import { Refused } from "../calls/Failure.ts"
import { isObject } from "./OpenAiShapes.ts"

/** The fields in which a request names what is kept at its provider's account, where every key of that account finds it. */
const nouns: { readonly [field: string]: string } = {
  vector_store_ids: "vector store",
  vector_store_id: "vector store",
  collection_ids: "collection",
  library_ids: "library",
  agent_id: "agent",
  skill_id: "skill",
  cachedContent: "cached content",
  cached_content: "cached content",
  fileSearchStoreNames: "file search store",
  file_search_store_names: "file search store",
  ragCorpus: "corpus",
  rag_corpus: "corpus",
  datastore: "data store"
}

/** Where a request has such fields: not in its messages, which are only texts to the provider. */
const places = ["tools", "tool_resources", "toolResources", "container", "agent_id", "cachedContent", "cached_content"]

/** What functions of the client are made of: their fields are the client's own. */
const ofClients: ReadonlySet<string> = new Set([
  "function",
  "functionDeclarations",
  "function_declarations",
  "input_schema",
  "parameters"
])

/** The objects of an account that a request names. */
export const namedIn = (body: { readonly [field: string]: unknown }): ReadonlyMap<string, string> => {
  const named = new Map<string, string>()
  for (const place of places) {
    const value = body[place]
    if (value !== undefined) add(place, value, named)
  }
  const { prompt } = body
  // Other prompts are texts.
  if (isObject(prompt) && typeof prompt.id === "string") named.set(prompt.id, "prompt")
  return named
}

const add = (field: string, value: unknown, named: Map<string, string>): void => {
  if (Array.isArray(value)) for (const item of value) add(field, item, named)
  else if (isObject(value)) {
    // Skills of the provider's own are everybody's.
    const isOfProvider = value.type === "anthropic"
    for (const [name, item] of Object.entries(value))
      if (!ofClients.has(name) && !(isOfProvider && name === "skill_id")) add(name, item, named)
  } else if (typeof value === "string" && Object.hasOwn(nouns, field)) named.set(value, nouns[field] ?? field)
}

/** The refusal of a request that names an object which its caller may not. */
export const refused = (
  body: { readonly [field: string]: unknown },
  { mayName }: Pick<Caller, "mayName">
): Refused | undefined => {
  for (const [id, noun] of namedIn(body)) if (!mayName(id)) return mayNotName(id, noun)
  return undefined
}

/** The refusal of an object that is not the caller's to name. */
export const mayNotName = (id: string, noun: string): Refused =>
  new Refused({
    error: worded(
      new PermissionDeniedError({}),
      `This key may not name the ${noun} ${id}. Leave it out, or ask the administrator of this gateway to add it to the objects of the key, its user or its team, or to sharedObjects.`
    )
  })
