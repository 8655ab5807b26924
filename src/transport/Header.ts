/**
 * What is wrong with a header that is to be sent, in words that do not repeat its value; `undefined` when HTTP can carry
 * it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-fields
 */
export const problemOf = (name: string, value: unknown): string | undefined => {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return "has a name that a header cannot have"
  if (typeof value !== "string") return "is not text"
  if (/[\r\n]/.test(value)) return "holds a line break: remove it (often the last character)"
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : "holds a character that a header cannot carry"
}
