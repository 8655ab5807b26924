import { useSignal, useSignalEffect } from "@preact/signals"
import type { FunctionComponent } from "preact"
import { useRef } from "preact/hooks"
import { Allowance } from "./budgets/Allowance.tsx"
import { Budgets } from "./budgets/Budgets.tsx"
import { Calls } from "./calls/Calls.tsx"
import { Explain } from "./explain/Explain.tsx"
import { Keys } from "./keys/Keys.tsx"
import { People } from "./people/People.tsx"
import { place, placeNames, places, type PlaceName } from "./Place.ts"
import { Playground } from "./playground/Playground.tsx"
import { Providers } from "./providers/Providers.tsx"
import { key } from "./server/Server.ts"
import { type Me, signOut } from "./session/Session.ts"
import { SettingsInUse } from "./settings/SettingsInUse.tsx"
import { type Theme, theme } from "./Theme.ts"
import { Brand } from "./ui/Brand.tsx"
import { Icon } from "./ui/Icon.tsx"
import { Usage } from "./usage/Usage.tsx"

const contents: { readonly [name in PlaceName]: FunctionComponent } = {
  playground: Playground,
  calls: Calls,
  usage: Usage,
  keys: Keys,
  people: People,
  allowance: Allowance,
  budgets: Budgets,
  providers: Providers,
  explain: Explain,
  settings: SettingsInUse
}

export const Shell = ({ me }: { readonly me: Me }) => {
  const isOpen = useSignal(false)
  const main = useRef<HTMLElement>(null)
  const open = placeNames.filter(
    (name) => places[name].who === "everybody" || (places[name].who === "admin") === me.isAdmin
  )
  const name = open.includes(place.value) ? place.value : "playground"
  const Content = contents[name]
  useSignalEffect(() => {
    document.title = `${places[place.value].title} · effect-llm`
    isOpen.value = false
  })
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the content
      </a>
      <header class="side" data-open={isOpen.value}>
        <div class="side-top">
          <Brand />
          <button
            type="button"
            class="quiet menu-button"
            aria-expanded={isOpen.value}
            aria-controls="places"
            onClick={() => (isOpen.value = !isOpen.value)}
          >
            <Icon name={isOpen.value ? "close" : "menu"} />
            <span class="hidden">Menu</span>
          </button>
        </div>
        <div class="side-rest" id="places">
          <nav aria-label="Places">
            {open.map((other) => (
              <a key={other} href={`#/${other}`} aria-current={other === name ? "page" : undefined}>
                <Icon name={other} />
                {places[other].title}
              </a>
            ))}
          </nav>
          <div class="side-foot">
            <ThemeSwitch />
            <p class="fine who">
              {me.isAdmin ? "Administrator" : (me.user ?? me.name ?? me.id)}
              {(key.value !== undefined || me.via === "session") && (
                <button type="button" class="link" onClick={() => void signOut()}>
                  Sign out
                </button>
              )}
            </p>
          </div>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1} class={name === "playground" ? "full" : ""}>
        <Content />
      </main>
    </div>
  )
}

const themes: ReadonlyArray<readonly [Theme, string]> = [
  ["auto", "Auto"],
  ["light", "Light"],
  ["dark", "Dark"]
]

const ThemeSwitch = () => (
  <fieldset class="switch">
    <legend class="hidden">Colours</legend>
    {themes.map(([value, label]) => (
      <label key={value}>
        <input type="radio" name="theme" checked={theme.value === value} onChange={() => (theme.value = value)} />
        <span>{label}</span>
      </label>
    ))}
  </fieldset>
)
