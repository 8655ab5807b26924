import { budgetWords, type Granted, limitWords, raiseWords } from "./Key.ts"

/** The models that a key, a user or a team may call. */
export const MayCall = ({ of: { deny, models, routes } }: { readonly of: Granted }) => (
  <>
    <span class="mono">{models?.join(", ") ?? "everything"}</span>
    {deny !== undefined && <span class="under mono">not {deny.join(", ")}</span>}
    {routes !== undefined && <span class="under mono">at {routes.join(", ")}</span>}
  </>
)

/** The budgets and limits of a key, a user or a team. */
export const Bounds = ({ of: { budgets = [], limits = [] } }: { readonly of: Granted }) => (
  <>
    {budgets.map((budget) => {
      const raised = raiseWords(budget)
      return (
        <div key={budgetWords(budget)}>
          {budgetWords(budget)}
          {raised !== undefined && <span class="under">raised to {raised}</span>}
        </div>
      )
    })}
    {limits.map((limit) => (
      <div key={limitWords(limit)}>{limitWords(limit)}</div>
    ))}
  </>
)
