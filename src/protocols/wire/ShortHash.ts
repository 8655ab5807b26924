/** FNV-1a over UTF-16 code units, in eight hexadecimal digits: tells names apart that were cut to one length. */
export const shortHash = (text: string): string => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, "0")
}
