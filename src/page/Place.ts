import { signal } from "@preact/signals"
import type { IconName } from "./ui/Icon.tsx"

/** The places of the page, in the order of the navigation. */
export const places = {
  playground: { title: "Playground", who: "everybody" },
  calls: { title: "Calls", who: "everybody" },
  usage: { title: "Usage", who: "everybody" },
  keys: { title: "Keys", who: "admin" },
  people: { title: "Users and teams", who: "admin" },
  allowance: { title: "Allowance", who: "others" },
  budgets: { title: "Budgets", who: "admin" },
  providers: { title: "Providers", who: "admin" },
  explain: { title: "Explain", who: "admin" },
  settings: { title: "Settings", who: "admin" }
} as const satisfies {
  readonly [name in IconName]?: { readonly title: string; readonly who: "everybody" | "admin" | "others" }
}

export type PlaceName = keyof typeof places

export const placeNames = Object.keys(places) as ReadonlyArray<PlaceName>

const current = (): PlaceName => placeNames.find((name) => location.hash === `#/${name}`) ?? "playground"

/** The current place: the part after `#/` in the address. */
export const place = signal<PlaceName>(current())

addEventListener("hashchange", () => {
  place.value = current()
})
