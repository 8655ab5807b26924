import type { Settings } from "../schema/Settings.ts"

type Prices = NonNullable<Settings["prices"]>

/** The price of a model among those of the settings: by its name, or else by the longest pattern that its name fits. */
export const priceIn = (prices: Settings["prices"], model: string): Prices[string] | undefined => {
  if (prices === undefined) return undefined
  if (Object.hasOwn(prices, model)) return prices[model]
  const name = model.toLowerCase()
  let longest = ""
  for (const pattern in prices)
    if (pattern.length > longest.length && fits(name, pattern.toLowerCase())) longest = pattern
  return prices[longest]
}

const fits = (name: string, pattern: string): boolean => {
  const star = pattern.indexOf("*")
  if (star < 0) return name === pattern
  const [prefix, suffix] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return name.length >= prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix)
}
