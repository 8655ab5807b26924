import { useSignal } from "@preact/signals"
import { budgetName, type Granted, type OwnBudget, raiseWords } from "../keys/Key.ts"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { Empty } from "../ui/Empty.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { type BudgetState, BudgetTable } from "./BudgetTable.tsx"
import { RaiseBudget } from "./RaiseBudget.tsx"

interface Budgeted extends Granted {
  readonly id: string
  readonly name?: string
}

/** A budget and its owner. */
export interface Standing {
  readonly state: BudgetState
  readonly owner: Budgeted | undefined
}

const kinds = ["key", "user", "team"] as const

/** The budgets of the settings, and those of every key, user and team that has some. */
const loadBudgets = async (signal: AbortSignal): Promise<ReadonlyArray<Standing>> => {
  const read = async (query: string, owner?: Budgeted): Promise<ReadonlyArray<Standing>> => {
    const path = `admin/budgets${query}`
    const { budgets } = await request<{ readonly budgets: ReadonlyArray<BudgetState> }>(path, { signal })
    return budgets.map((state) => ({ state, owner }))
  }
  const ofKind = async (kind: (typeof kinds)[number]) => {
    const listed = await request<{ readonly [list: string]: ReadonlyArray<Budgeted> }>(`admin/${kind}s?limit=1000`, {
      signal
    })
    const budgeted = (listed[`${kind}s`] ?? []).filter(({ budgets = [] }) => budgets.length > 0)
    return Promise.all(budgeted.map((owner) => read(`?${kind}=${encodeURIComponent(owner.id)}`, owner)))
  }
  const [settings, ...others] = await Promise.all([read(""), ...kinds.map(ofKind)])
  // A key of the settings names budgets of the settings.
  return [...settings, ...others.flat(2).filter(({ state }) => state.of !== "settings")]
}

/** The budget as its owner sees it. */
const ownOf = ({ owner, state }: Standing): OwnBudget | undefined =>
  owner?.budgets?.find(
    (budget) => budgetName(budget) === state.budget && (budget.usd === undefined) === (state.unit === "tokens")
  )

export const Budgets = () => {
  const budgets = useResource("budgets", loadBudgets)
  const raising = useSignal<Standing | undefined>(undefined)
  const standing = raising.value
  const own = standing && ownOf(standing)
  return (
    <>
      <Heading title="Budgets" says="What is spent and reserved, by the counters that calls are checked against.">
        <button type="button" disabled={budgets.isLoading.value} onClick={() => void budgets.reload()}>
          Refresh
        </button>
      </Heading>
      <Loaded of={budgets}>
        {(all) => {
          const standingOf = (state: BudgetState) => all.find((one) => one.state === state)
          const budgetOf = (state: BudgetState) => {
            const one = standingOf(state)
            return one && ownOf(one)
          }
          return all.length === 0 ? (
            <Empty title="There are no budgets yet">
              <p class="muted">
                Give a <a href="#/keys">key</a>, a <a href="#/people">user or a team</a> one, or write it into the
                settings.
              </p>
            </Empty>
          ) : (
            <BudgetTable
              label="Budgets"
              budgets={all.map(({ state }) => state)}
              whose={(state) => standingOf(state)?.owner?.name ?? state.id}
              note={(state) => {
                const budget = budgetOf(state)
                const raised = budget && raiseWords(budget)
                return raised && `raised: ${raised}`
              }}
              raise={(state) => (raising.value = standingOf(state))}
            />
          )
        }}
      </Loaded>
      {standing?.owner !== undefined && own !== undefined && standing.state.of !== "settings" && (
        <RaiseBudget
          kind={standing.state.of}
          owner={standing.owner}
          budget={own}
          close={() => (raising.value = undefined)}
          done={() => {
            raising.value = undefined
            void budgets.reload()
          }}
        />
      )}
    </>
  )
}
