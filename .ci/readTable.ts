import { inflateSync, strFromU8 } from "fflate"

/**
 * Reads what `embed.ts` made of a table. It is bundled with the code, and works in browsers as well: the streams of the
 * platform, which can inflate too, take ten times as long to be there, and modules would have to wait for them.
 */
export const readTable = (base64: string): unknown => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  const [table, none, columns] = JSON.parse(strFromU8(inflateSync(bytes))) as [
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
