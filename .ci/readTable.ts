import { inflate } from "./inflate.ts"

/**
 * Reads what `embed.ts` made of a table: text that says `length` bytes, which inflate to `size`. It is bundled with the
 * code, and works in browsers as well.
 */
export const readTable = (text: string, length: number, size: number): unknown => {
  const digit = (index: number) => text.charCodeAt(index) - (text.charCodeAt(index) < 92 ? 35 : 36)
  const bytes = new Uint8Array(length)
  let at = 0
  let held = 0
  let bits = 0
  for (let index = 0; index < text.length; index += 2) {
    held |= (digit(index) + digit(index + 1) * 91) << bits
    for (bits += 13; bits > 7; bits -= 8) {
      bytes[at++] = held
      held >>>= 8
    }
  }
  const [table, none, columns] = JSON.parse(new TextDecoder().decode(inflate(bytes, size))) as [
    unknown,
    unknown,
    Array<[string, Array<unknown>]>
  ]
  let next = 0
  const row = () => {
    const row: Record<string, unknown> = {}
    for (const [key, values] of columns) if (values[next] !== none) row[key] = values[next]
    next++
    return row
  }
  const filled = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value
    if ("" in value) return Array.from({ length: Number(value[""]) }, row)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]))
  }
  return filled(table)
}
