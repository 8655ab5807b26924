import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import * as ModelId from "effect-llm/domain/ModelId"
import { requestOf } from "effect-llm/domain/Wire"
import type { Routing } from "../calls/Call.ts"
import { type Failure, invalid } from "../calls/Failure.ts"
import { Models } from "../calls/Models.ts"
import { available } from "../responses/Continuation.ts"
import { isObject } from "./OpenAiShapes.ts"
import { type ProviderObject, ProviderObjects } from "./ProviderObjects.ts"

/** Who alone can serve a call. */
export type Bound = Pick<Routing, "deployment" | "fallbacks">

/** The files that a chat refers to by their ids. */
export const filesIn = (request: ChatRequest): ReadonlySet<string> => {
  const ids = new Set<string>()
  for (const { content } of request.messages)
    for (const part of content)
      if ("data" in part && typeof part.data === "object" && "fileId" in part.data) ids.add(part.data.fileId)
      else if (part.type === "provider") addIds(part.value, ids)
  const { tools } = requestOf(request)?.body ?? {}
  // Code that is run at the provider reads files, and so do other tools of its own.
  if (Array.isArray(tools)) for (const tool of tools) if (isObject(tool) && tool.type !== "function") addIds(tool, ids)
  return ids
}

/** Adds the ids in what only the provider understands. */
export const addIds = (value: unknown, ids: Set<string>): void => {
  if (Array.isArray(value)) for (const item of value) addIds(item, ids)
  else if (isObject(value))
    for (const [name, item] of Object.entries(value)) {
      const named = name === "file_id" ? [item] : name === "file_ids" && Array.isArray(item) ? item : undefined
      if (named === undefined) addIds(item, ids)
      else for (const id of named) if (typeof id === "string") ids.add(id)
    }
}

/** Google's clients refer to files by their addresses. */
const nameOf = (id: string): string => /^https?:\/\/[^/]+\/(?:.*\/)?(files\/[\w-]+)(?:[?#:].*)?$/.exec(id)?.[1] ?? id

/** The files of these ids that the caller has uploaded. One of another caller is refused; what nobody uploaded here, its provider judges. */
export const known = Effect.fnUntraced(function* (
  caller: string,
  ids: ReadonlySet<string>
): Effect.fn.Return<ReadonlyArray<ProviderObject>, Failure> {
  const objects = Option.getOrUndefined(yield* Effect.serviceOption(ProviderObjects))
  if (objects === undefined || ids.size === 0) return []
  const known = yield* available(objects.known("file", [...ids].map(nameOf)))
  const foreign = [...ids].find((id) => {
    const owners = known.filter((file) => file.id === nameOf(id))
    return owners.length > 0 && owners.every((file) => file.caller !== caller)
  })
  if (foreign !== undefined) return yield* invalid(`there is no file ${foreign}`, { at: "file_id", status: 404 })
  return known.filter((file) => file.caller === caller)
})

/** Where a call goes for the files that it refers to: to the account that keeps them. */
export const placeOf = Effect.fnUntraced(function* (
  caller: string,
  model: string,
  ids: ReadonlySet<string>
): Effect.fn.Return<Bound | undefined, Failure, Models> {
  const [own, ...others] = [...new Set((yield* known(caller, ids)).map(({ account }) => account))]
  if (own === undefined) return undefined
  if (others.length > 0)
    return yield* invalid(`the files are kept by ${[own, ...others].join(" and ")}: one call reads those of one`)
  const { explain, state } = yield* Models
  const { accounts } = yield* state
  const identity = accounts.get(own)?.identity
  const { asked, leftOut } = yield* explain(model, "")
  const place = [...asked, ...leftOut].find(({ model }) => {
    const provider = ModelId.parse(model)?.provider ?? ""
    return provider === own || (identity !== undefined && accounts.get(provider)?.identity === identity)
  })
  if (place === undefined)
    return yield* invalid(`the files are kept by ${own}, and ${model} is not there: upload them for ${model}`)
  return { deployment: place.deployment, fallbacks: false }
})
