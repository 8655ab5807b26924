/**
 * Ids that were made here, because the server gave none, begin so.
 *
 * @since 0.1.0
 * @category constants
 */
export const mark = "gemini-"

/**
 * An id for a call of a request that came without one. A request holds the whole conversation, so its calls are numbered.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeCallId = (index: number): string => `${mark}-${index}`

/**
 * The id as the server knows it: none where it was made here.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeCallId = (id: string): string | undefined => (id.startsWith(mark) ? undefined : id)
