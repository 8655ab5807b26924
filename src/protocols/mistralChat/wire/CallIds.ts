const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** FNV-1a, over UTF-16 code units. */
const hash = (text: string): number => {
  let h = 0x811c9dc5
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193)
  return h >>> 0
}

/**
 * The id of a call as Mistral takes it: nine letters or digits. Another protocol's id becomes one that is always the
 * same for it.
 */
export const encodeCallId = (id: string): string => {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id
  let rest = BigInt(hash(id)) * 0x100000000n + BigInt(hash(`${id} `))
  let short = ""
  while (short.length < 9) {
    short += letters[Number(rest % 62n)]
    rest /= 62n
  }
  return short
}
