import type { CallResponse } from "./CallResponse.ts"

// Apart from CallResponse: every model needs this at the start of a page, and none of the schemas.

/**
 * A copy of a response with some fields replaced: of a plain object, or of a class such as `ChatResponse`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withFields = <Response extends object>(response: Response, fields: Partial<CallResponse>): Response => ({
  // V8 keeps objects of a literal in one shape; those of `Object.create` with many fields become dictionaries.
  __proto__: Object.getPrototypeOf(response) as unknown,
  ...response,
  ...fields
})
