import { count, dollars, fromNow, none, percent } from "../Format.ts"
import { RowAction, TableHead, TableScroll } from "../ui/TableScroll.tsx"

/** The state of a budget. */
export interface BudgetState {
  readonly of: "key" | "user" | "team" | "settings"
  readonly id: string
  readonly budget: string
  /** What the budget is kept for separately, and which of them this is. */
  readonly each?: string
  readonly name?: string
  readonly unit: "usd" | "tokens"
  readonly limit: string
  readonly spent: string
  readonly reserved: string
  readonly resetsAt?: string
  readonly unpriced: number
}

interface Options {
  readonly label: string
  readonly budgets: ReadonlyArray<BudgetState>
  /** The name of the owner, if its id is not enough. */
  readonly whose?: (state: BudgetState) => string
  /** The text under the limit. */
  readonly note?: (state: BudgetState) => string | undefined
  readonly raise?: (state: BudgetState) => void
}

const columns = ["Whose", "Budget", "Used", "#Spent", "#Reserved", "#Limit", "Resets"]

export const BudgetTable = ({ budgets, label, ...options }: Options) => (
  <TableScroll label={label} cards>
    <TableHead names={options.raise === undefined ? columns : [...columns, ""]} />
    <tbody>
      {budgets.map((state) => (
        <BudgetRow key={`${state.of} ${state.id} ${state.budget} ${state.name}`} of={state} {...options} />
      ))}
    </tbody>
  </TableScroll>
)

const eachWords = (each: string, name: string | undefined): string =>
  name === undefined ? `each ${each}` : name === "" ? `no ${each}` : `${each} ${name}`

const BudgetRow = ({
  note,
  of: state,
  raise,
  whose = ({ id }) => id
}: Omit<Options, "label" | "budgets"> & { readonly of: BudgetState }) => {
  const { budget, limit, of, reserved, resetsAt, spent, unit, unpriced } = state
  const amount = (text: string) => (unit === "usd" ? dollars(text) : count(Number(text)))
  const share = Number(limit) === 0 ? 1 : Number(spent) / Number(limit)
  const said = note?.(state)
  return (
    <tr>
      <td>
        {whose(state)}
        <span class="under">{of === "settings" ? "in the settings" : of}</span>
      </td>
      <td>
        {budget}
        {state.each !== undefined && <span class="under">{eachWords(state.each, state.name)}</span>}
        {unpriced > 0 && <span class="under">{count(unpriced)} calls without a price</span>}
      </td>
      <td>
        <meter
          class="meter"
          aria-label={`Used of ${budget} of ${[whose(state), state.name].filter(Boolean).join(", ")}`}
          min={0}
          max={1}
          high={0.8}
          optimum={0}
          value={Math.min(1, share)}
        />
        <span class="under">{percent(share)}</span>
      </td>
      <td class="number" data-label="Spent">
        {amount(spent)}
      </td>
      <td class="number" data-label="Reserved">
        {amount(reserved)}
      </td>
      <td class="number" data-label="Limit">
        {amount(limit)}
        {said !== undefined && <span class="under">{said}</span>}
      </td>
      <td data-label="Resets">{resetsAt === undefined ? none : fromNow(resetsAt)}</td>
      {raise !== undefined && (
        <td class="row-actions">
          {of !== "settings" && (
            <RowAction name={`${budget} of ${whose(state)}`} action="Raise" run={() => raise(state)} />
          )}
        </td>
      )}
    </tr>
  )
}
