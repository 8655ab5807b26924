import { useSignal } from "@preact/signals"
import { useMemo } from "preact/hooks"
import { request } from "../server/Server.ts"
import { CopyButton } from "../ui/CopyButton.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { Choice, TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Notice } from "../ui/Notice.tsx"
import { GrantFields, grantDraft, grantsOf } from "./GrantFields.tsx"
import type { IssuedKey, Key } from "./Key.ts"

interface Options {
  readonly close: () => void
  readonly issued: (key: IssuedKey) => void
}

export const CreateKey = ({ close, issued }: Options) => {
  const [name, user, team, expires] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")]
  const isAdmin = useSignal(false)
  const grants = useMemo(grantDraft, [])
  const submit = async () => {
    const body = {
      name: name.value.trim(),
      ...(user.value.trim() !== "" && { user: user.value.trim() }),
      ...(team.value.trim() !== "" && { team: team.value.trim() }),
      ...(expires.value !== "" && { expires: expires.value }),
      ...(isAdmin.value && { admin: true }),
      ...grantsOf(grants)
    }
    issued(await request<IssuedKey>("admin/keys", { body }))
  }
  return (
    <FormDialog title="New key" action="Create the key" submit={submit} close={close}>
      <TextField
        label="Name"
        hint="For people who read the list"
        required
        autofocus
        value={name.value}
        change={(text) => (name.value = text)}
      />
      <div class="pair">
        <TextField label="User" value={user.value} change={(text) => (user.value = text)} />
        <TextField label="Team" value={team.value} change={(text) => (team.value = text)} />
      </div>
      <GrantFields draft={grants} />
      <TextField label="Expires" type="date" value={expires.value} change={(text) => (expires.value = text)} />
      <label class="check">
        <input
          type="checkbox"
          checked={isAdmin.value}
          onChange={(event) => (isAdmin.value = event.currentTarget.checked)}
        />
        An administrator's key
      </label>
    </FormDialog>
  )
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

/** The secret of a key, this once. */
export const IssuedSecret = ({ close, issued }: { readonly issued: IssuedKey; readonly close: () => void }) => (
  <Dialog title={`The secret of ${issued.key.name}`} close={close}>
    <Notice kind="warn">Copy it now: it is shown this once, and nobody can show it again.</Notice>
    <div class="secret">
      <code>{issued.secret}</code>
      <CopyButton text={() => issued.secret} />
    </div>
    <div class="form-foot">
      <button type="button" class="primary" onClick={close}>
        I have it
      </button>
    </div>
  </Dialog>
)
