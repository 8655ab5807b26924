import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { type ServerError, toServerError } from "../server/ServerError.ts"
import { Dialog } from "./Dialog.tsx"
import { Failed } from "./Notice.tsx"

/** A form in a dialog. What the gateway says against it is shown above its buttons, and what was typed stays. */
export const FormDialog = ({
  action,
  children,
  close,
  isDangerous = false,
  submit,
  title
}: {
  readonly title: string
  readonly action: string
  readonly isDangerous?: boolean
  readonly submit: () => Promise<void>
  readonly close: () => void
  readonly children: ComponentChildren
}) => {
  const error = useSignal<ServerError | undefined>(undefined)
  const isBusy = useSignal(false)
  const send = async (event: Event) => {
    event.preventDefault()
    isBusy.value = true
    try {
      await submit()
    } catch (thrown) {
      error.value = toServerError(thrown)
    }
    isBusy.value = false
  }
  return (
    <Dialog title={title} close={close}>
      <form class="stack" onSubmit={send}>
        {children}
        {error.value !== undefined && <Failed error={error.value} />}
        <div class="form-foot">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? "danger" : "primary"} disabled={isBusy.value}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
