import { useSignal } from "@preact/signals"
import { request } from "../server/Server.ts"
import { begin, signIn } from "../session/Session.ts"
import { CopyButton } from "../ui/CopyButton.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { Choice } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Notice } from "../ui/Notice.tsx"
import type { IssuedKey, Key } from "./Key.ts"

interface Options {
  readonly close: () => void
  readonly issued: (key: IssuedKey) => void
}

const overlaps: ReadonlyArray<readonly [string, string]> = [
  ["1h", "one hour"],
  ["1d", "one day"],
  ["7d", "a week"],
  ["0s", "no longer: it ends now"]
]

export const RotateKey = ({ close, issued, of }: Options & { readonly of: Key }) => {
  const overlap = useSignal("1d")
  const submit = async () => {
    const path = `admin/keys/${encodeURIComponent(of.id)}/rotate`
    issued(await request<IssuedKey>(path, { body: { overlap: overlap.value } }))
  }
  return (
    <FormDialog title={`Rotate ${of.name}`} action="Rotate" submit={submit} close={close}>
      <p class="muted">The key gets a new secret. Limits, budgets and what was spent stay.</p>
      <Choice
        label="The secret that is in use holds for"
        value={overlap.value}
        choices={overlaps}
        change={(value) => (overlap.value = value)}
      />
    </FormDialog>
  )
}

/** Shows the secret of a key, once. The creator of the first key is signed in with it. */
export const IssuedSecret = ({ close, issued }: { readonly issued: IssuedKey; readonly close: () => void }) => {
  const { key, notice, secret } = issued
  const leave = async () => {
    if (notice !== undefined) await (key.admin === true ? signIn(secret) : begin())
    close()
  }
  return (
    <Dialog title={`The secret of ${key.name}`} close={() => void leave()} held>
      {notice !== undefined && <Notice kind="info">{notice}</Notice>}
      <Notice kind="warn">Copy it now: it is shown this once, and nobody can show it again.</Notice>
      <div class="secret">
        <code>{secret}</code>
        <CopyButton text={() => secret} />
      </div>
      <div class="form-foot">
        <button type="button" class="primary" onClick={() => void leave()}>
          I have it
        </button>
      </div>
    </Dialog>
  )
}
