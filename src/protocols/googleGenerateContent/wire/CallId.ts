/** Ids that were made here, because the server gave none, begin so. */
const mark = "gemini-"

/**
 * An id for a call that came without one: of one answer or conversation (`scope`) always the same.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeCallId = (scope: string, index: number): string => `${mark}${scope}-${index}`

/**
 * The id as the server knows it: none where it was made here.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeCallId = (id: string): string | undefined => (id.startsWith(mark) ? undefined : id)
