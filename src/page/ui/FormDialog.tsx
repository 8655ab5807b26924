import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { type ServerError, toServerError } from "../server/ServerError.ts"
import { Dialog } from "./Dialog.tsx"
import { Failed } from "./Notice.tsx"

/** A form in a dialog. Errors of the gateway are shown above its buttons, and the input stays. */
export const FormDialog = ({
  action,
  also,
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
  /** Another action. */
  readonly also?: { readonly action: string; readonly run: () => Promise<void> } | undefined
  readonly close: () => void
  readonly children: ComponentChildren
}) => {
  const error = useSignal<ServerError | undefined>(undefined)
  const isBusy = useSignal(false)
  const attempt = async (run: () => Promise<void>) => {
    isBusy.value = true
    try {
      await run()
    } catch (thrown) {
      error.value = toServerError(thrown)
    }
    isBusy.value = false
  }
  const send = (event: Event) => {
    event.preventDefault()
    void attempt(submit)
  }
  return (
    <Dialog title={title} close={close}>
      <form class="stack" onSubmit={send}>
        {children}
        {error.value !== undefined && <Failed error={error.value} />}
        <div class="form-foot">
          {also !== undefined && (
            <button type="button" class="first" disabled={isBusy.value} onClick={() => void attempt(also.run)}>
              {also.action}
            </button>
          )}
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
