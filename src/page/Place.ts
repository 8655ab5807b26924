import { signal } from "@preact/signals"
import type { IconName } from "./ui/Icon.tsx"

/** The places of the page, in the order of the navigation. */
export const places = {
  playground: { title: "Playground", isAdmin: false },
  calls: { title: "Calls", isAdmin: true },
  usage: { title: "Usage", isAdmin: true },
  keys: { title: "Keys", isAdmin: true },
  people: { title: "Users and teams", isAdmin: true },
  budgets: { title: "Budgets", isAdmin: true },
  providers: { title: "Providers", isAdmin: true },
  explain: { title: "Explain", isAdmin: true },
  settings: { title: "Settings", isAdmin: true }
} as const satisfies { readonly [name in IconName]?: { readonly title: string; readonly isAdmin: boolean } }

export type PlaceName = keyof typeof places

export const placeNames = Object.keys(places) as ReadonlyArray<PlaceName>

const current = (): PlaceName => placeNames.find((name) => location.hash === `#/${name}`) ?? "playground"

/** Where the page is: what stands behind `#/` in its address. */
export const place = signal<PlaceName>(current())

addEventListener("hashchange", () => {
  place.value = current()
})
