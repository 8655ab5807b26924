const units: { readonly [unit: string]: number } = { "": 1, k: 1e3, m: 1e6 }

/** Parses a whole number: `3000`, `3_000`, `3,000`, `200k`, `1.5M`. */
export const parse = (text: string): number | undefined => {
  const [, digits, unit] = /^(\d[\d_,]*(?:\.\d+)?)([kKmM]?)$/.exec(text.trim()) ?? []
  if (digits === undefined) return undefined
  const number = Math.round(Number(digits.replace(/[_,]/g, "")) * (units[unit?.toLowerCase() ?? ""] ?? 1) * 1e6) / 1e6
  return Number.isSafeInteger(number) ? number : undefined
}

/** Formats a number with thousands separators: `1,048,576`. */
export const format = (number: number): string => number.toLocaleString("en-US", { maximumFractionDigits: 20 })

/** Formats a number briefly: `200k`, `1.05M`. */
export const short = (number: number): string =>
  number >= 999_500
    ? `${Number((number / 1e6).toFixed(2))}M`
    : number >= 1000
      ? `${Math.round(number / 1000)}k`
      : String(number)

/** Formats what calls cost: `$1.2`, `$1.2 and more` if some have no price, `unpriced` if none has one. */
export const spent = ({ cost, unpriced }: { readonly cost: string; readonly unpriced: number }): string =>
  unpriced === 0 ? `$${cost}` : cost === "0" ? "unpriced" : `$${cost} and more`
