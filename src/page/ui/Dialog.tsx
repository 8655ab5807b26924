import type { ComponentChildren } from "preact"
import { useEffect, useId, useRef } from "preact/hooks"
import { Icon } from "./Icon.tsx"

/** What had the focus before the first of dialogs that follow one another. */
let opener: Element | null = null

const noteOpener = (): void => {
  const { activeElement } = document
  if (activeElement !== document.body && activeElement?.closest("dialog") === null) opener = activeElement
}

/** The browser gives the focus back to what is gone where one dialog followed another. */
const giveBack = (): void => {
  if (document.activeElement !== document.body || document.querySelector("dialog[open]") !== null) return
  const next = opener?.isConnected === true ? opener : document.getElementById("main")
  if (next instanceof HTMLElement) next.focus()
}

/**
 * A dialog over the page. The browser keeps the focus in it, and closes it with Escape. One that is `held` is closed by what is in it
 * alone.
 */
export const Dialog = ({
  children,
  close,
  held = false,
  title,
  wide = false
}: {
  readonly title: string
  readonly close: () => void
  readonly held?: boolean
  readonly wide?: boolean
  readonly children: ComponentChildren
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const isShown = useRef(false)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    noteOpener()
    element?.showModal()
    isShown.current = true
    return () => {
      // Closing gives the focus back. Its event comes later, when another dialog may be there.
      isShown.current = false
      element?.close()
      setTimeout(giveBack)
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={wide ? "wide" : ""}
      aria-labelledby={id}
      onClose={() => isShown.current && close()}
      onCancel={(event) => held && event.preventDefault()}
      onClick={(event) => !held && event.target === dialog.current && close()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          {!held && (
            <button type="button" class="quiet" aria-label="Close" onClick={close}>
              <Icon name="close" />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  )
}
