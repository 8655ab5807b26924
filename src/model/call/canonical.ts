import * as Effect from "effect/Effect"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import * as ModelId from "../../domain/ModelId.ts"

/** A symbol, so that copies of a request (`{ ...request, seed: 1 }`) keep it. */
const Refusal = Symbol.for("effect-llm/model/Refusal")

/** The requests that were made here: all policies of a call see the same one, which is checked once. */
const known = new WeakSet<object>()

const isSame = (a: unknown, b: unknown): boolean => a === b

const isObject = (u: unknown): u is object => typeof u === "object" && u !== null

/** Of `Canonical`, what is needed here. */
export interface Form<in Input, Request> {
  readonly check?: ((input: unknown) => InvalidRequestError | undefined) | undefined
  readonly empty?: Request | undefined
  readonly make: (input: Input) => Request
}

/**
 * Checks an input and brings it into canonical form. Of one that is wrong it makes an empty request that holds the error:
 * whatever policies do with it, the model that they end at refuses it (`refusalOf`), so that retries, fallbacks and
 * observers see an ordinary failure.
 */
export const canonical = <Input, Request extends object>(
  { check, empty, make }: Form<Input, Request>,
  input: Input
): Request => {
  if (check === undefined) return make(input)
  if (isObject(input) && known.has(input)) return input as object as Request
  const error = check(input)
  const made = error === undefined ? make(input) : ({ ...empty, [Refusal]: error } as Request)
  // The caller's own object may change before the next call.
  const request = isSame(made, input) ? { ...made } : made
  known.add(request)
  return request
}

/** Why a request is not asked, if it is not. */
export const refusalOf = (request: object): InvalidRequestError | undefined =>
  (request as { readonly [Refusal]?: InvalidRequestError })[Refusal]

/**
 * Fails with the error of a request that its types forbid. The type says `never`: who is held to the types of requests
 * does not get here.
 */
export const refuse = (id: string, { at, detail }: InvalidRequestError): Effect.Effect<never> => {
  const { model, provider } = ModelId.parse(id) ?? { model: id, provider: undefined }
  return Effect.fail(new InvalidRequestError({ provider, model, at, detail })) as Effect.Effect<never, never>
}
