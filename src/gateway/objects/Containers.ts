import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Pull from "effect/Pull"
import type { Caller } from "../access/Caller.ts"
import type { Failure, Refused } from "../calls/Failure.ts"
import type { Answer, AnswerBody } from "../http/Answer.ts"
import { available } from "../responses/Continuation.ts"
import { mayNotName } from "./ObjectNames.ts"
import { isObject } from "./OpenAiShapes.ts"
import { ProviderObjects } from "./ProviderObjects.ts"

type Body = { readonly [field: string]: unknown }

/** Whether the provider may run code for a request, in a container that it goes on with or makes. */
export const mayMakeSome = ({ container, tools }: Body): boolean =>
  (container ?? undefined) !== undefined || (Array.isArray(tools) && tools.some(runsCode))

const runsCode = (tool: unknown): boolean =>
  isObject(tool) &&
  (tool.container !== undefined ||
    tool.environment !== undefined ||
    (typeof tool.type === "string" && /^(?:code_|shell)/.test(tool.type)))

/** The containers that a request goes on with. */
const namedIn = ({ container, tools }: Body): ReadonlySet<string> => {
  const ids = new Set<string>()
  const add = (value: unknown): void => {
    const id = isObject(value) ? (value.id ?? value.container_id) : value
    if (typeof id === "string") ids.add(id)
  }
  add(container)
  if (Array.isArray(tools))
    for (const tool of tools)
      if (isObject(tool)) {
        add(tool.container)
        if (isObject(tool.environment)) add(tool.environment)
      }
  return ids
}

/**
 * A call that goes on with containers of its caller's alone, or with those that it may name: others hold what other keys have made.
 * Those that its answer names are the caller's from then on.
 */
export const guarded = <R>(
  { id: caller, mayName }: Pick<Caller, "id" | "mayName">,
  body: Body,
  call: Effect.Effect<Answer, Failure, R>
): Effect.Effect<Answer, Failure, R> =>
  Effect.gen(function* () {
    const objects = Option.getOrUndefined(yield* Effect.serviceOption(ProviderObjects))
    if (objects === undefined) return yield* call
    const own = new Set<string>()
    for (const id of namedIn(body)) {
      const found: Effect.Effect<unknown, Refused> = available(objects.find(caller, "container", id))
      if ((yield* found) !== undefined) own.add(id)
      else if (!mayName(id)) return yield* mayNotName(id, "container")
    }
    const answer = yield* call
    const { "x-effect-llm-provider": account = "" } = answer.headers
    const noted = (text: string): Effect.Effect<void> => {
      const made = namedInText(text).filter((id) => !own.has(id) && !mayName(id))
      if (made.length === 0) return Effect.void
      for (const id of made) own.add(id)
      return Effect.catch(
        objects.save(...made.map((id) => ({ caller, kind: "container" as const, id, account, details: {} }))),
        (error) => Effect.logWarning("Whose a container is was not stored", error)
      )
    }
    return yield* watched(answer, noted)
  })

/** Quotes within texts are escaped, so that no text of a model names one. */
const named = /"container_id"\s*:\s*"([^"\\]+)"|"container"\s*:\s*\{[^{}]*?"id"\s*:\s*"([^"\\]+)"/g

const namedInText = (text: string): ReadonlyArray<string> => [
  ...new Set([...text.matchAll(named)].map(([, id, other]) => id ?? other ?? ""))
]

/** Passes the text of a response to `see` before it is sent. */
const watched = (answer: Answer, see: (text: string) => Effect.Effect<void>): Effect.Effect<Answer> => {
  const { body } = answer
  if (body === undefined) return Effect.succeed(answer)
  if (typeof body === "string" || body instanceof Uint8Array) return Effect.as(see(textOf(body)), answer)
  const seen: Exclude<AnswerBody, string | Uint8Array> = Effect.flatMap(
    body,
    (pieces): Pull.Pull<ReadonlyArray<string | Uint8Array>> => Effect.as(see(pieces.map(textOf).join("")), pieces)
  )
  return Effect.succeed({ ...answer, body: seen })
}

const decoder = new TextDecoder()

const textOf = (piece: string | Uint8Array): string => (typeof piece === "string" ? piece : decoder.decode(piece))
