import { useSignal } from "@preact/signals"
import { date, fromNow } from "../Format.ts"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Badge } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Icon } from "../ui/Icon.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Heads, TableScroll } from "../ui/TableScroll.tsx"
import { budgetWords, type IssuedKey, type Key, limitWords } from "./Key.ts"
import { CreateKey, IssuedSecret, RotateKey } from "./KeyDialogs.tsx"

type Doing =
  | { readonly type: "create" }
  | { readonly type: "rotate" | "block"; readonly key: Key }
  | { readonly type: "issued"; readonly issued: IssuedKey }

export const Keys = () => {
  const keys = useResource("keys", (signal) =>
    request<{ readonly keys: ReadonlyArray<Key> }>("admin/keys?limit=1000", { signal })
  )
  const doing = useSignal<Doing | undefined>(undefined)
  const close = () => (doing.value = undefined)
  const issued = (key: IssuedKey) => {
    doing.value = { type: "issued", issued: key }
    void keys.reload()
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
              rotate={(key) => (doing.value = { type: "rotate", key })}
              block={(key) => (doing.value = { type: "block", key })}
              unblock={(key) => void setBlocked(key, false)}
            />
          )
        }
      </Loaded>
      {now?.type === "create" && <CreateKey close={close} issued={issued} />}
      {now?.type === "rotate" && <RotateKey of={now.key} close={close} issued={issued} />}
      {now?.type === "issued" && <IssuedSecret issued={now.issued} close={close} />}
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
    </>
  )
}

interface KeyActions {
  readonly rotate: (key: Key) => void
  readonly block: (key: Key) => void
  readonly unblock: (key: Key) => void
}

const tones = { active: "good", blocked: "bad", expired: "warn" } as const

const KeyTable = ({ keys, ...actions }: KeyActions & { readonly keys: ReadonlyArray<Key> }) => (
  <TableScroll label="Keys">
    <Heads names={["Name", "State", "Whose", "May call", "Budgets and limits", "Expires", ""]} />
    <tbody>
      {keys.map((key) => (
        <KeyRow key={key.id} of={key} {...actions} />
      ))}
    </tbody>
  </TableScroll>
)

const KeyRow = ({ block, of: key, rotate, unblock }: KeyActions & { readonly of: Key }) => {
  const { admin, budgets = [], expires, limits = [], models, name, secrets, source, status, team, user } = key
  const bounds = [...budgets.map(budgetWords), ...limits.map(limitWords)]
  return (
    <tr>
      <td>
        {name} {admin === true && <span class="badge">admin</span>}
        {secrets.map(({ hint, until }) => (
          <span key={hint} class="under mono">
            {hint}
            {until !== undefined && `, ends ${fromNow(until)}`}
          </span>
        ))}
      </td>
      <td>
        <Badge tone={tones[status]} words={status} />
      </td>
      <td>
        {user ?? ""}
        {team !== undefined && <span class="under">{team}</span>}
      </td>
      <td class="mono">{models?.join(", ") ?? "everything"}</td>
      <td>
        {bounds.map((words) => (
          <div key={words}>{words}</div>
        ))}
      </td>
      <td>{expires === undefined ? "" : date(expires)}</td>
      <td class="row-actions">
        {source === "settings" ? (
          <span class="fine">in the settings</span>
        ) : (
          <>
            <button type="button" class="small" aria-label={`Rotate ${name}`} onClick={() => rotate(key)}>
              Rotate
            </button>
            {key.blocked ? (
              <button type="button" class="small" aria-label={`Unblock ${name}`} onClick={() => unblock(key)}>
                Unblock
              </button>
            ) : (
              <button type="button" class="small" aria-label={`Block ${name}`} onClick={() => block(key)}>
                Block
              </button>
            )}
          </>
        )}
      </td>
    </tr>
  )
}
