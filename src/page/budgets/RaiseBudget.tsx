import { useSignal } from "@preact/signals"
import { budgetName, budgetWords, type Granted, type OwnBudget, raiseWords } from "../keys/Key.ts"
import { request } from "../server/Server.ts"
import { TextField } from "../ui/Field.tsx"
import { FormDialog } from "../ui/FormDialog.tsx"

interface Options {
  readonly kind: "key" | "user" | "team"
  readonly owner: Granted & { readonly id: string; readonly name?: string }
  readonly budget: OwnBudget
  readonly close: () => void
  readonly done: () => void
}

/** Raises the limit of a budget until a day, or ends that now. */
export const RaiseBudget = ({ budget, close, done, kind, owner }: Options) => {
  const to = useSignal(String(budget.raise?.to ?? ""))
  const until = useSignal(budget.raise?.until.slice(0, 10) ?? "")
  const raised = raiseWords(budget)
  const save = async (raise: OwnBudget["raise"]) => {
    const { raise: _, ...plain } = budget
    const changed: OwnBudget = raise === undefined ? plain : { ...plain, raise }
    const budgets = (owner.budgets ?? []).map((one) => (one === budget ? changed : one))
    await request(`admin/${kind}s/${encodeURIComponent(owner.id)}`, { method: "PATCH", body: { budgets } })
    done()
  }
  return (
    <FormDialog
      title={`Raise ${budgetName(budget)} of ${owner.name ?? owner.id}`}
      action="Raise"
      submit={() => save({ to: to.value.trim(), until: until.value })}
      close={close}
      also={raised === undefined ? undefined : { action: "End the raise now", run: () => save(undefined) }}
    >
      <p class="muted">
        {raised === undefined
          ? `It is ${budgetWords(budget)}. What was spent counts on, and the limit is the old one again after the day.`
          : `It is ${budgetWords(budget)}, raised to ${raised}.`}
      </p>
      <div class="pair">
        <TextField
          label={budget.usd === undefined ? "Tokens" : "Dollars"}
          type="number"
          min={0}
          step={budget.usd === undefined ? 1 : "any"}
          required
          autofocus
          value={to.value}
          change={(text) => (to.value = text)}
        />
        <TextField label="Until" type="date" required value={until.value} change={(text) => (until.value = text)} />
      </div>
    </FormDialog>
  )
}
