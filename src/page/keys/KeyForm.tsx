import { useSignal } from "@preact/signals"
import { useMemo } from "preact/hooks"
import { request } from "../server/Server.ts"
import { session } from "../session/Session.ts"
import { Check, Choice, TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Notice } from "../ui/Notice.tsx"
import { changeOf, dayOrBefore, grantDraft, grantNames, grantsOf } from "./GrantDraft.ts"
import { GrantFields } from "./GrantFields.tsx"
import type { IssuedKey, Key } from "./Key.ts"

const asSettings: ReadonlyArray<readonly [string, string]> = [
  ["", "as the settings say"],
  ["true", "yes"],
  ["false", "no"]
]

/** A choice that may be left to the settings. */
const choiceOf = (value: boolean | undefined): string => (value === undefined ? "" : String(value))

/** The fields of a key, new or as it is. */
const useDraft = (key: Partial<Key>) => ({
  name: useSignal(key.name ?? ""),
  user: useSignal(key.user ?? ""),
  team: useSignal(key.team ?? ""),
  expires: useSignal(key.expires?.slice(0, 10) ?? ""),
  expiresBefore: key.expires,
  isAdmin: useSignal(key.admin ?? false),
  mayBringKeys: useSignal(key.ownProviderKeys ?? false),
  texts: useSignal(choiceOf(key.texts)),
  storeResponses: useSignal(choiceOf(key.storeResponses)),
  grants: useMemo(() => grantDraft(key), [])
})

type Draft = ReturnType<typeof useDraft>

const fieldsOf = (draft: Draft) => {
  const [user, team] = [draft.user.value.trim(), draft.team.value.trim()]
  return {
    name: draft.name.value.trim(),
    ...(user !== "" && { user }),
    ...(team !== "" && { team }),
    ...(draft.expires.value !== "" && { expires: dayOrBefore(draft.expires.value, draft.expiresBefore) }),
    ...(draft.isAdmin.value && { admin: true }),
    ...(draft.mayBringKeys.value && { ownProviderKeys: true }),
    ...(draft.texts.value !== "" && { texts: draft.texts.value === "true" }),
    ...(draft.storeResponses.value !== "" && { storeResponses: draft.storeResponses.value === "true" }),
    ...grantsOf(draft.grants)
  }
}

const emptied = ["user", "team", "expires", "admin", "ownProviderKeys", "texts", "storeResponses", ...grantNames]

const Fields = ({ draft }: { readonly draft: Draft }) => (
  <>
    <TextField
      label="Name"
      hint="For people who read the list"
      required
      autofocus
      value={draft.name.value}
      change={(text) => (draft.name.value = text)}
    />
    <div class="pair">
      <TextField label="User" value={draft.user.value} change={(text) => (draft.user.value = text)} />
      <TextField label="Team" value={draft.team.value} change={(text) => (draft.team.value = text)} />
    </div>
    <GrantFields draft={draft.grants} />
    <TextField
      label="Expires"
      type="date"
      value={draft.expires.value}
      change={(text) => (draft.expires.value = text)}
    />
    <div class="pair">
      <Choice
        label="Keep its texts"
        choices={asSettings}
        value={draft.texts.value}
        change={(value) => (draft.texts.value = value)}
      />
      <Choice
        label="Keep its responses"
        choices={asSettings}
        value={draft.storeResponses.value}
        change={(value) => (draft.storeResponses.value = value)}
      />
    </div>
    <div>
      <Check label="An administrator's key" of={draft.isAdmin} />
      <Check label="May send provider keys of its own" of={draft.mayBringKeys} />
    </div>
  </>
)

interface CreateOptions {
  readonly close: () => void
  readonly issued: (key: IssuedKey) => void
}

export const CreateKey = ({ close, issued }: CreateOptions) => {
  const now = session.value
  // The first key closes an open gateway, so its creator has to stay signed in.
  const isFirst = now.state === "signedIn" && now.me.via === "nothing"
  const draft = useDraft({ admin: isFirst })
  const submit = async () => issued(await request<IssuedKey>("admin/keys", { body: fieldsOf(draft) }))
  return (
    <FormDialog title="New key" action="Create the key" submit={submit} close={close}>
      {isFirst && (
        <Notice kind="warn">
          Nobody needs a key yet. With the first one, everybody does, this page too: make it an administrator's.
        </Notice>
      )}
      <Fields draft={draft} />
    </FormDialog>
  )
}

export const EditKey = ({
  changed,
  close,
  of
}: {
  readonly of: Key
  readonly close: () => void
  readonly changed: () => void
}) => {
  const draft = useDraft(of)
  const submit = async () => {
    const body = changeOf(emptied, fieldsOf(draft))
    await request(`admin/keys/${encodeURIComponent(of.id)}`, { method: "PATCH", body })
    changed()
  }
  return (
    <FormDialog title={`Edit ${of.name}`} action="Save" submit={submit} close={close}>
      <Fields draft={draft} />
    </FormDialog>
  )
}
