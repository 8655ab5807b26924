import { useSignal } from "@preact/signals"
import { Bounds, MayCall } from "../keys/Bounds.tsx"
import { type Resource, useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Empty } from "../ui/Empty.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { RowAction, TableHead, TableScroll } from "../ui/TableScroll.tsx"
import { type Kind, type Subject, words } from "./Subject.ts"
import { SubjectForm } from "./SubjectForm.tsx"

type Doing =
  | { readonly type: "form"; readonly kind: Kind; readonly of?: Subject | undefined }
  | { readonly type: "remove"; readonly kind: Kind; readonly of: Subject }

export const People = () => {
  const users = useResource("users", (signal) =>
    request<{ readonly users: ReadonlyArray<Subject> }>("admin/users?limit=1000", { signal })
  )
  const teams = useResource("teams", (signal) =>
    request<{ readonly teams: ReadonlyArray<Subject> }>("admin/teams?limit=1000", { signal })
  )
  const doing = useSignal<Doing | undefined>(undefined)
  const now = doing.value
  const close = () => (doing.value = undefined)
  const done = () => {
    close()
    void users.reload()
    void teams.reload()
  }
  return (
    <>
      <Heading title="Users and teams" says="Keys that belong to a user or a team share its limits and budgets.">
        <button type="button" onClick={() => (doing.value = { type: "form", kind: "teams" })}>
          New team
        </button>
        <button type="button" class="primary" onClick={() => (doing.value = { type: "form", kind: "users" })}>
          New user
        </button>
      </Heading>
      <Subjects kind="users" of={users} list={(value) => value.users} ask={(next) => (doing.value = next)} />
      <Subjects kind="teams" of={teams} list={(value) => value.teams} ask={(next) => (doing.value = next)} />
      {now?.type === "form" && <SubjectForm kind={now.kind} of={now.of} close={close} done={done} />}
      {now?.type === "remove" && (
        <FormDialog
          title={`Remove ${now.of.id}?`}
          action="Remove"
          isDangerous
          close={close}
          submit={async () => {
            await request(`admin/${now.kind}/${encodeURIComponent(now.of.id)}`, { method: "DELETE" })
            done()
          }}
        >
          <p class="muted">
            Its keys go on, without the limits and budgets of this {words[now.kind].one}. What was spent stays in the
            ledger.
          </p>
        </FormDialog>
      )}
    </>
  )
}

const Subjects = <A,>({
  ask,
  kind,
  list,
  of
}: {
  readonly kind: Kind
  readonly of: Resource<A>
  readonly list: (value: A) => ReadonlyArray<Subject>
  readonly ask: (doing: Doing) => void
}) => (
  <section class="block">
    <h2>{words[kind].title}</h2>
    <Loaded of={of}>
      {(value) =>
        list(value).length === 0 ? (
          <Empty title={words[kind].empty} />
        ) : (
          <TableScroll label={words[kind].title} cards>
            <TableHead
              names={["Id", kind === "users" ? "Name and team" : "Name", "May call", "Budgets and limits", ""]}
            />
            <tbody>
              {list(value).map((subject) => (
                <SubjectRow key={subject.id} of={subject} kind={kind} ask={ask} />
              ))}
            </tbody>
          </TableScroll>
        )
      }
    </Loaded>
  </section>
)

const SubjectRow = ({
  ask,
  kind,
  of
}: {
  readonly of: Subject
  readonly kind: Kind
  readonly ask: (doing: Doing) => void
}) => {
  const { admin, email, id, name, source, team } = of
  return (
    <tr>
      <td>
        <span class="mono">{id}</span> {admin === true && <span class="badge">admin</span>}
      </td>
      <td>
        {name ?? email ?? ""}
        {name !== undefined && email !== undefined && <span class="under">{email}</span>}
        {team !== undefined && <span class="under">{team}</span>}
      </td>
      <td data-label="May call">
        <MayCall of={of} />
      </td>
      <td>
        <Bounds of={of} />
      </td>
      <td class="row-actions">
        {source === "settings" ? (
          <span class="fine">in the settings</span>
        ) : (
          <>
            <RowAction name={id} action="Edit" run={() => ask({ type: "form", kind, of })} />
            <RowAction name={id} action="Remove" run={() => ask({ type: "remove", kind, of })} />
          </>
        )}
      </td>
    </tr>
  )
}
