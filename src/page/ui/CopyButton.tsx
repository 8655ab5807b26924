import { useSignal } from "@preact/signals"
import { Icon } from "./Icon.tsx"

/** Puts text on the clipboard, and says so. */
export const CopyButton = ({ label = "Copy", text }: { readonly text: () => string; readonly label?: string }) => {
  const outcome = useSignal<string | undefined>(undefined)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text())
      outcome.value = "Copied"
    } catch {
      // Browsers give the clipboard to secure pages only.
      outcome.value = "Select and copy it by hand"
    }
    setTimeout(() => (outcome.value = undefined), 1600)
  }
  return (
    <button type="button" class="small" onClick={copy}>
      <Icon name={outcome.value === "Copied" ? "check" : "copy"} />
      <span aria-live="polite">{outcome.value ?? label}</span>
    </button>
  )
}
