import { count, dollars, fromNow, none, percent } from "../Format.ts"
import type { Granted } from "../keys/Key.ts"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Empty } from "../ui/Empty.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Heads, TableScroll } from "../ui/TableScroll.tsx"

interface BudgetState {
  readonly of: "key" | "user" | "team" | "settings"
  readonly id: string
  readonly budget: string
  readonly unit: "usd" | "tokens"
  readonly limit: string
  readonly spent: string
  readonly reserved: string
  readonly resetsAt?: string
  readonly unpriced: number
}

interface Budgeted extends Granted {
  readonly id: string
}

const kinds = ["key", "user", "team"] as const

/** The budgets of the settings, and those of every key, user and team that has some. */
const loadBudgets = async (signal: AbortSignal): Promise<ReadonlyArray<BudgetState>> => {
  const read = async (query: string) =>
    (await request<{ readonly budgets: ReadonlyArray<BudgetState> }>(`admin/budgets${query}`, { signal })).budgets
  const ofKind = async (kind: (typeof kinds)[number]) => {
    const listed = await request<{ readonly [list: string]: ReadonlyArray<Budgeted> }>(`admin/${kind}s?limit=1000`, {
      signal
    })
    const budgeted = (listed[`${kind}s`] ?? []).filter(({ budgets = [] }) => budgets.length > 0)
    return Promise.all(budgeted.map(({ id }) => read(`?${kind}=${encodeURIComponent(id)}`)))
  }
  const [settings, ...others] = await Promise.all([read(""), ...kinds.map(ofKind)])
  return [...settings, ...others.flat(2)]
}

export const Budgets = () => {
  const budgets = useResource("budgets", loadBudgets)
  return (
    <>
      <Heading title="Budgets" says="Where they stand, by the same counter that calls are checked with.">
        <button type="button" disabled={budgets.isLoading.value} onClick={() => void budgets.reload()}>
          Refresh
        </button>
      </Heading>
      <Loaded of={budgets}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="There are no budgets yet">
              <p class="muted">
                Give a <a href="#/keys">key</a>, a <a href="#/people">user or a team</a> one, or write it into the
                settings.
              </p>
            </Empty>
          ) : (
            <TableScroll label="Budgets">
              <Heads names={["Whose", "Budget", "Used", "#Spent", "#Reserved", "#Limit", "Begins anew"]} />
              <tbody>
                {all.map((budget) => (
                  <BudgetRow key={`${budget.of} ${budget.id} ${budget.budget}`} of={budget} />
                ))}
              </tbody>
            </TableScroll>
          )
        }
      </Loaded>
    </>
  )
}

const BudgetRow = ({ of: state }: { readonly of: BudgetState }) => {
  const { budget, id, limit, of, reserved, resetsAt, spent, unit, unpriced } = state
  const amount = (text: string) => (unit === "usd" ? dollars(text) : count(Number(text)))
  const share = Number(limit) === 0 ? 1 : Number(spent) / Number(limit)
  return (
    <tr>
      <td>
        <span class="mono">{id}</span>
        <span class="under">{of === "settings" ? "in the settings" : of}</span>
      </td>
      <td>
        {budget}
        {unpriced > 0 && <span class="under">{count(unpriced)} calls without a price</span>}
      </td>
      <td>
        <meter
          class="meter"
          aria-label={`Used of ${budget} of ${id}`}
          min={0}
          max={1}
          high={0.8}
          optimum={0}
          value={Math.min(1, share)}
        />
        <span class="under">{percent(share)}</span>
      </td>
      <td class="number">{amount(spent)}</td>
      <td class="number">{amount(reserved)}</td>
      <td class="number">{amount(limit)}</td>
      <td>{resetsAt === undefined ? none : fromNow(resetsAt)}</td>
    </tr>
  )
}
