import type { Logprob } from "../../../domain/Logprob.ts"
import type { Json } from "../../../domain/Json.ts"
import * as Logprobs from "../../wire/Logprobs.ts"
import { array, type WireObject } from "./Wire.ts"

/** The log probabilities of a choice, those of a refusal after those of the text. */
export const decodeLogprobs = (logprobs: WireObject): ReadonlyArray<Logprob> =>
  Logprobs.decodeLogprobs([...array(logprobs.content), ...array(logprobs.refusal)])

export const encodeLogprobs = (logprobs: ReadonlyArray<Logprob>): Json => ({
  content: Logprobs.encodeLogprobs(logprobs),
  refusal: null
})
