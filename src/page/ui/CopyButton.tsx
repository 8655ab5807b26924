import { useSignal } from "@preact/signals"
import { Icon } from "./Icon.tsx"

/** Puts text on the clipboard, and says so. */
export const CopyButton = ({ label = "Copy", text }: { readonly text: () => string; readonly label?: string }) => {
  const said = useSignal<string | undefined>(undefined)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text())
      said.value = "Copied"
    } catch {
      // Browsers give the clipboard to secure pages only.
      said.value = "Select and copy it by hand"
    }
    setTimeout(() => (said.value = undefined), 1600)
  }
  return (
    <button type="button" class="small" onClick={copy}>
      <Icon name={said.value === "Copied" ? "check" : "copy"} />
      <span aria-live="polite">{said.value ?? label}</span>
    </button>
  )
}
