import type { ProviderFailure } from "../ProviderFailure.ts"

/**
 * The failure of a stream in which a second response begins before the first one has ended, as a proxy sends it that asks
 * again in the middle: the two are not one response.
 */
export const spliced = (body: unknown): ProviderFailure => ({
  _tag: "ProviderFailure",
  isInterrupted: true,
  message: "another response began in the middle of this one",
  body
})
