import { useSignal } from "@preact/signals"
import { useMemo } from "preact/hooks"
import { GrantFields, grantDraft, grantsOf } from "../keys/GrantFields.tsx"
import { budgetWords, type Granted, limitWords } from "../keys/Key.ts"
import { type Resource, useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Empty } from "../ui/Empty.tsx"
import { TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Heads, TableScroll } from "../ui/TableScroll.tsx"

interface Subject extends Granted {
  readonly id: string
  readonly name?: string
  readonly email?: string
  readonly team?: string
  readonly admin?: boolean
  readonly source: "settings" | "database"
}

type Kind = "users" | "teams"

const words = {
  users: { one: "user", title: "Users", empty: "There are no users yet" },
  teams: { one: "team", title: "Teams", empty: "There are no teams yet" }
} as const

export const People = () => {
  const users = useResource("users", (signal) =>
    request<{ readonly users: ReadonlyArray<Subject> }>("admin/users?limit=1000", { signal })
  )
  const teams = useResource("teams", (signal) =>
    request<{ readonly teams: ReadonlyArray<Subject> }>("admin/teams?limit=1000", { signal })
  )
  const adding = useSignal<Kind | undefined>(undefined)
  const close = () => (adding.value = undefined)
  const added = () => {
    close()
    void users.reload()
    void teams.reload()
  }
  return (
    <>
      <Heading title="Users and teams" says="Keys that belong to a user or a team share its limits and budgets.">
        <button type="button" onClick={() => (adding.value = "teams")}>
          New team
        </button>
        <button type="button" class="primary" onClick={() => (adding.value = "users")}>
          New user
        </button>
      </Heading>
      <Subjects kind="users" of={users} list={(value) => value.users} />
      <Subjects kind="teams" of={teams} list={(value) => value.teams} />
      {adding.value !== undefined && <CreateSubject kind={adding.value} close={close} added={added} />}
    </>
  )
}

const Subjects = <A,>({
  kind,
  list,
  of
}: {
  readonly kind: Kind
  readonly of: Resource<A>
  readonly list: (value: A) => ReadonlyArray<Subject>
}) => (
  <section class="block">
    <h2>{words[kind].title}</h2>
    <Loaded of={of}>
      {(value) =>
        list(value).length === 0 ? (
          <Empty title={words[kind].empty} />
        ) : (
          <TableScroll label={words[kind].title}>
            <Heads names={["Id", kind === "users" ? "Name and team" : "Name", "May call", "Budgets and limits"]} />
            <tbody>
              {list(value).map((subject) => (
                <SubjectRow key={subject.id} of={subject} />
              ))}
            </tbody>
          </TableScroll>
        )
      }
    </Loaded>
  </section>
)

const SubjectRow = ({ of }: { readonly of: Subject }) => {
  const { admin, budgets = [], email, id, limits = [], models, name, source, team } = of
  return (
    <tr>
      <td>
        <span class="mono">{id}</span> {admin === true && <span class="badge">admin</span>}
        {source === "settings" && <span class="under">in the settings</span>}
      </td>
      <td>
        {name ?? email ?? ""}
        {team !== undefined && <span class="under">{team}</span>}
      </td>
      <td class="mono">{models?.join(", ") ?? "everything"}</td>
      <td>
        {[...budgets.map(budgetWords), ...limits.map(limitWords)].map((bound) => (
          <div key={bound}>{bound}</div>
        ))}
      </td>
    </tr>
  )
}

const CreateSubject = ({
  added,
  close,
  kind
}: {
  readonly kind: Kind
  readonly close: () => void
  readonly added: () => void
}) => {
  const [id, name, team] = [useSignal(""), useSignal(""), useSignal("")]
  const grants = useMemo(grantDraft, [])
  const submit = async () => {
    const body = {
      id: id.value.trim(),
      ...(name.value.trim() !== "" && { name: name.value.trim() }),
      ...(team.value.trim() !== "" && { team: team.value.trim() }),
      ...grantsOf(grants)
    }
    await request(`admin/${kind}`, { body })
    added()
  }
  return (
    <FormDialog title={`New ${words[kind].one}`} action={`Create the ${words[kind].one}`} submit={submit} close={close}>
      <TextField
        label="Id"
        hint="By which keys name it"
        required
        autofocus
        value={id.value}
        change={(text) => (id.value = text)}
      />
      <TextField label="Name" value={name.value} change={(text) => (name.value = text)} />
      {kind === "users" && <TextField label="Team" value={team.value} change={(text) => (team.value = text)} />}
      <GrantFields draft={grants} />
    </FormDialog>
  )
}
