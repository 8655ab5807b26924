import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import * as ModelId from "effect-llm/domain/ModelId"
import { requestOf } from "effect-llm/domain/Wire"
import type { Caller } from "../access/Caller.ts"
import type { Routing } from "../calls/Call.ts"
import { type Failure, invalid } from "../calls/Failure.ts"
import { Models } from "../calls/Models.ts"
import { available } from "../responses/Continuation.ts"
import { isObject } from "./OpenAiShapes.ts"
import { type ProviderObject, ProviderObjects } from "./ProviderObjects.ts"

/** Who alone can serve a call. */
export type Bound = Pick<Routing, "deployment" | "fallbacks">

/** Files by their ids: those that a provider is to read, and those that it has named itself in earlier responses. */
export interface Files {
  readonly read: Set<string>
  readonly named: Set<string>
}

/** No files yet. */
export const noFiles = (): Files => ({ read: new Set(), named: new Set() })

/** The files that a chat refers to by their ids. */
export const filesIn = (request: ChatRequest): Files => {
  const files = noFiles()
  for (const { content, role } of request.messages)
    for (const part of content)
      if ("data" in part) addData(part.data, files)
      else if (part.type === "provider") addIds(part.value, role === "assistant" ? files.named : files.read)
  const { tools } = requestOf(request)?.body ?? {}
  // Code that is run at the provider reads files, and so do other tools of its own.
  if (Array.isArray(tools))
    for (const tool of tools) if (isObject(tool) && tool.type !== "function") addIds(tool, files.read)
  return files
}

/** The same of a request for anything else. */
export const filesInInputs = (value: unknown, files = noFiles()): Files => {
  if (Array.isArray(value)) for (const item of value) filesInInputs(item, files)
  else if (isObject(value) && !(value instanceof Uint8Array))
    for (const [name, item] of Object.entries(value))
      if (name === "data") addData(item, files)
      else filesInInputs(item, files)
  return files
}

/** Adds a file of an account: by its id, or by its place in a bucket that the account can read. */
const addData = (data: unknown, { read }: Files): void => {
  const id = isObject(data) ? data.fileId : data
  if (typeof id === "string" && (isObject(data) || inBucket.test(id))) read.add(id)
}

const inBucket = /^(?:gs|s3):\/\//

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

/** An address that is not of a file at an account is anybody's. */
const isPublic = (id: string): boolean => /^https?:\/\//.test(id) && nameOf(id) === id

/**
 * The files of these ids that the caller has uploaded. One of another caller is refused, and so is one that nobody uploaded here,
 * unless the caller may name it: every key of an account could read it.
 */
export const known = Effect.fnUntraced(function* (
  { id: caller, mayName }: Pick<Caller, "id" | "mayName">,
  { read, named }: Files
): Effect.fn.Return<ReadonlyArray<ProviderObject>, Failure> {
  const objects = Option.getOrUndefined(yield* Effect.serviceOption(ProviderObjects))
  const ids = [...read, ...named].filter((id) => !isPublic(id))
  if (objects === undefined || ids.length === 0) return []
  const known = yield* available(objects.known("file", ids.map(nameOf)))
  const refused = ids.find((id) => {
    const owners = known.filter((file) => file.id === nameOf(id))
    if (owners.length > 0) return owners.every((file) => file.caller !== caller)
    return read.has(id) && !mayName(nameOf(id))
  })
  if (refused !== undefined)
    return yield* invalid(
      `this key has no file ${refused}. Upload it through this gateway, or ask its administrator to add it to the objects of the key, its user or its team, or to sharedObjects`,
      { at: "file_id", status: 404 }
    )
  return known.filter((file) => file.caller === caller)
})

/** Where a call goes for the files that it refers to: to the account that keeps them. */
export const placeOf = Effect.fnUntraced(function* (
  caller: Pick<Caller, "id" | "mayName">,
  model: string,
  files: Files
): Effect.fn.Return<Bound | undefined, Failure, Models> {
  const [own, ...others] = [...new Set((yield* known(caller, files)).map(({ account }) => account))]
  if (own === undefined) return undefined
  if (others.length > 0)
    return yield* invalid(`the files are kept by ${[own, ...others].join(" and ")}: one call reads those of one`)
  const { explain, state } = yield* Models
  const { accounts } = yield* state
  const identity = accounts.get(own)?.identity
  const { deployments, leftOut } = yield* explain(model, "")
  const place = [...deployments, ...leftOut].find(({ model }) => {
    const provider = ModelId.parse(model)?.provider ?? ""
    return provider === own || (identity !== undefined && accounts.get(provider)?.identity === identity)
  })
  if (place === undefined)
    return yield* invalid(`the files are kept by ${own}, and ${model} is not there: upload them for ${model}`)
  return { deployment: place.deployment, fallbacks: false }
})
