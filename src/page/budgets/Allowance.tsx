import { Bounds, MayCall } from "../keys/Bounds.tsx"
import type { Granted, Key } from "../keys/Key.ts"
import { KeyFacts } from "../keys/KeyFacts.tsx"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Empty } from "../ui/Empty.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { TableHead, TableScroll } from "../ui/TableScroll.tsx"
import { type BudgetState, BudgetTable } from "./BudgetTable.tsx"

interface Subject extends Granted {
  readonly id: string
  readonly name?: string
}

interface MyAccess {
  readonly keys: ReadonlyArray<Key>
  readonly user?: Subject
  readonly team?: Subject
  readonly budgets: ReadonlyArray<BudgetState>
}

/** The keys, permissions and remaining budgets of a caller who is not an administrator. */
export const Allowance = () => {
  const access = useResource("access", (signal) => request<MyAccess>("admin/me/access", { signal }))
  return (
    <>
      <Heading title="Allowance" says="Your keys, what they may do, and what is left of the budgets that hold for you.">
        <button type="button" disabled={access.isLoading.value} onClick={() => void access.reload()}>
          Refresh
        </button>
      </Heading>
      <Loaded of={access}>
        {({ budgets, keys, team, user }) => {
          const names = new Map(keys.map(({ id, name }) => [id, name]))
          const subjects = [
            ...(user === undefined ? [] : [["You", user] as const]),
            ...(team === undefined ? [] : [["Your team", team] as const])
          ]
          return (
            <>
              <section class="block">
                <h2>Budgets</h2>
                {budgets.length === 0 ? (
                  <Empty title="No budget holds for your key">
                    <p class="muted">An administrator can give it one.</p>
                  </Empty>
                ) : (
                  <BudgetTable
                    label="Allowance"
                    budgets={budgets}
                    whose={({ id, of }) => (of === "key" ? (names.get(id) ?? id) : id)}
                  />
                )}
              </section>
              {keys.length > 0 && (
                <section class="block">
                  <h2>Keys</h2>
                  <TableScroll label="Your keys" cards>
                    <TableHead names={["Name", "State", "May call", "Budgets and limits", "Expires"]} />
                    <tbody>
                      {keys.map((key) => (
                        <KeyFacts key={key.id} of={key} />
                      ))}
                    </tbody>
                  </TableScroll>
                </section>
              )}
              {subjects.length > 0 && (
                <section class="block">
                  <h2>You and your team</h2>
                  <TableScroll label="You and your team" cards>
                    <TableHead names={["Who", "May call", "Budgets and limits"]} />
                    <tbody>
                      {subjects.map(([who, subject]) => (
                        <tr key={who}>
                          <td>
                            {who}
                            <span class="under mono">{subject.id}</span>
                          </td>
                          <td>
                            <MayCall of={subject} />
                          </td>
                          <td>
                            <Bounds of={subject} />
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </TableScroll>
                </section>
              )}
            </>
          )
        }}
      </Loaded>
    </>
  )
}
