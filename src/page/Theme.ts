import { effect, signal } from "@preact/signals"

export type Theme = "auto" | "light" | "dark"

const stored = "effect-llm-theme"
const isTheme = (text: string | null): text is Theme => text === "light" || text === "dark"
const kept = localStorage.getItem(stored)

/** The chosen colours; `auto` follows the system. */
export const theme = signal<Theme>(isTheme(kept) ? kept : "auto")

effect(() => {
  document.documentElement.dataset.theme = theme.value
  if (theme.value === "auto") localStorage.removeItem(stored)
  else localStorage.setItem(stored, theme.value)
})
