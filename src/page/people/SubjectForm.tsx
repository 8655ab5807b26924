import { useSignal } from "@preact/signals"
import { useMemo } from "preact/hooks"
import { changeOf, grantDraft, grantNames, grantsOf } from "../keys/GrantDraft.ts"
import { GrantFields } from "../keys/GrantFields.tsx"
import { request } from "../server/Server.ts"
import { Check, TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { type Kind, type Subject, words } from "./Subject.ts"

/** Makes a user or a team, or changes one. */
export const SubjectForm = ({
  close,
  done,
  kind,
  of
}: {
  readonly kind: Kind
  readonly of: Subject | undefined
  readonly close: () => void
  readonly done: () => void
}) => {
  const [id, name, email, team] = [
    useSignal(of?.id ?? ""),
    useSignal(of?.name ?? ""),
    useSignal(of?.email ?? ""),
    useSignal(of?.team ?? "")
  ]
  const isAdmin = useSignal(of?.admin ?? false)
  const grants = useMemo(() => grantDraft(of), [])
  const { one } = words[kind]
  const isUser = kind === "users"
  const submit = async () => {
    const own = isUser ? { name, email, team } : { name }
    const typed = Object.entries(own).flatMap(([field, { value }]) =>
      value.trim() === "" ? [] : [[field, value.trim()] as const]
    )
    const fields = {
      ...Object.fromEntries(typed),
      ...(isUser && isAdmin.value && { admin: true }),
      ...grantsOf(grants)
    }
    const names = [...Object.keys(own), ...(isUser ? ["admin"] : []), ...grantNames]
    await (of === undefined
      ? request(`admin/${kind}`, { body: { id: id.value.trim(), ...fields } })
      : request(`admin/${kind}/${encodeURIComponent(of.id)}`, { method: "PATCH", body: changeOf(names, fields) }))
    done()
  }
  return (
    <FormDialog
      title={of === undefined ? `New ${one}` : `Edit ${of.id}`}
      action={of === undefined ? `Create the ${one}` : "Save"}
      submit={submit}
      close={close}
    >
      {of === undefined && (
        <TextField
          label="Id"
          hint="By which keys name it"
          required
          autofocus
          value={id.value}
          change={(text) => (id.value = text)}
        />
      )}
      <TextField label="Name" value={name.value} change={(text) => (name.value = text)} />
      {isUser && (
        <div class="pair">
          <TextField label="Email" value={email.value} change={(text) => (email.value = text)} />
          <TextField label="Team" value={team.value} change={(text) => (team.value = text)} />
        </div>
      )}
      <GrantFields draft={grants} />
      {isUser && <Check label="An administrator" of={isAdmin} />}
    </FormDialog>
  )
}
