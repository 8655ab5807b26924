import { useSignal } from "@preact/signals"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Empty } from "../ui/Empty.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Icon } from "../ui/Icon.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { RowAction, TableHead, TableScroll } from "../ui/TableScroll.tsx"
import type { IssuedKey, Key } from "./Key.ts"
import { IssuedSecret, RotateKey } from "./KeyDialogs.tsx"
import { KeyFacts } from "./KeyFacts.tsx"
import { CreateKey, EditKey } from "./KeyForm.tsx"

type Doing =
  | { readonly type: "create" }
  | { readonly type: "edit" | "rotate" | "block" | "remove"; readonly key: Key }
  | { readonly type: "issued"; readonly issued: IssuedKey }

export const Keys = () => {
  const keys = useResource("keys", (signal) =>
    request<{ readonly keys: ReadonlyArray<Key> }>("admin/keys?limit=1000", { signal })
  )
  const doing = useSignal<Doing | undefined>(undefined)
  const close = () => (doing.value = undefined)
  const issued = (key: IssuedKey) => {
    doing.value = { type: "issued", issued: key }
  }
  const changed = () => {
    close()
    void keys.reload()
  }
  const remove = async (key: Key) => {
    await request(`admin/keys/${encodeURIComponent(key.id)}`, { method: "DELETE" })
    changed()
  }
  const setBlocked = async (key: Key, isBlocked: boolean) => {
    await request(`admin/keys/${encodeURIComponent(key.id)}/${isBlocked ? "block" : "unblock"}`, { method: "POST" })
    close()
    await keys.reload()
  }
  const now = doing.value
  return (
    <>
      <Heading title="Keys" says="What callers present. A secret is shown once and stored as a hash.">
        <button type="button" class="primary" onClick={() => (doing.value = { type: "create" })}>
          <Icon name="add" />
          New key
        </button>
      </Heading>
      <Loaded of={keys}>
        {({ keys: all }) =>
          all.length === 0 ? (
            <Empty title="There are no keys yet">
              <p class="muted">
                Give each person and each program a key of its own: then each has its own limits, and the ledger knows
                who spent what.
              </p>
            </Empty>
          ) : (
            <KeyTable
              keys={all}
              ask={(type, key) => (doing.value = { type, key })}
              unblock={(key) => void setBlocked(key, false)}
            />
          )
        }
      </Loaded>
      {now?.type === "create" && <CreateKey close={close} issued={issued} />}
      {now?.type === "edit" && <EditKey of={now.key} close={close} changed={changed} />}
      {now?.type === "rotate" && <RotateKey of={now.key} close={close} issued={issued} />}
      {now?.type === "issued" && <IssuedSecret issued={now.issued} close={changed} />}
      {now?.type === "block" && (
        <FormDialog
          title={`Block ${now.key.name}?`}
          action="Block"
          isDangerous
          close={close}
          submit={() => setBlocked(now.key, true)}
        >
          <p class="muted">Calls with this key fail from now on, on every instance, until you unblock it.</p>
        </FormDialog>
      )}
      {now?.type === "remove" && (
        <FormDialog
          title={`Remove ${now.key.name}?`}
          action="Remove"
          isDangerous
          close={close}
          submit={() => remove(now.key)}
        >
          <p class="muted">
            Calls with this key fail from now on, and it cannot be brought back. What it has spent stays in the ledger.
          </p>
        </FormDialog>
      )}
    </>
  )
}

interface KeyActions {
  readonly ask: (type: "edit" | "rotate" | "block" | "remove", key: Key) => void
  readonly unblock: (key: Key) => void
}

const KeyTable = ({ keys, ...actions }: KeyActions & { readonly keys: ReadonlyArray<Key> }) => (
  <TableScroll label="Keys" cards>
    <TableHead names={["Name", "State", "Whose", "May call", "Budgets and limits", "Expires", ""]} />
    <tbody>
      {keys.map((key) => (
        <KeyRow key={key.id} of={key} {...actions} />
      ))}
    </tbody>
  </TableScroll>
)

const KeyRow = ({ ask, of: key, unblock }: KeyActions & { readonly of: Key }) => {
  const { blocked, name, source, team, user } = key
  return (
    <KeyFacts
      of={key}
      whose={
        <>
          {user ?? ""}
          {team !== undefined && <span class="under">{team}</span>}
        </>
      }
      actions={
        source === "settings" ? (
          <span class="fine">in the settings</span>
        ) : (
          <>
            <RowAction name={name} action="Edit" run={() => ask("edit", key)} />
            <RowAction name={name} action="Rotate" run={() => ask("rotate", key)} />
            {blocked ? (
              <RowAction name={name} action="Unblock" run={() => unblock(key)} />
            ) : (
              <RowAction name={name} action="Block" run={() => ask("block", key)} />
            )}
            <RowAction name={name} action="Remove" run={() => ask("remove", key)} />
          </>
        )
      }
    />
  )
}
