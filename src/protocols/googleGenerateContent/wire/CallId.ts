/** Ids that were made here, because the server gave none, begin so. */
export const mark = "gemini-"

/**
 * An id for a call of a request that came without one. A request holds the whole conversation, so its calls are numbered.
 */
export const makeCallId = (index: number): string => `${mark}-${index}`

/** The id as the server knows it: none where it was made here. */
export const encodeCallId = (id: string): string | undefined => (id.startsWith(mark) ? undefined : id)
