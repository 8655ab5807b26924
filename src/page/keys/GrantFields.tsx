import { type Signal, signal } from "@preact/signals"
import { Choice, TextField } from "../ui/Field.tsx"
import type { Granted } from "./Key.ts"

/** What a key, a user or a team may do, while it is typed. */
export interface GrantDraft {
  readonly models: Signal<string>
  readonly usd: Signal<string>
  readonly every: Signal<string>
  readonly requests: Signal<string>
  readonly concurrency: Signal<string>
}

export const grantDraft = (): GrantDraft => ({
  models: signal(""),
  usd: signal(""),
  every: signal("month"),
  requests: signal(""),
  concurrency: signal("")
})

const windows: ReadonlyArray<readonly [string, string]> = [
  ["day", "a day"],
  ["week", "a week"],
  ["month", "a month"],
  ["", "in all"]
]

const figure = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text))

/** What was typed, as the admin API takes it. */
export const grantsOf = ({ concurrency, every, models, requests, usd }: GrantDraft): Granted => {
  const names = models.value.split(/[\s,]+/).filter((name) => name !== "")
  const [mostRequests, mostAtOnce] = [figure(requests.value), figure(concurrency.value)]
  const hasLimits = mostRequests !== undefined || mostAtOnce !== undefined
  return {
    ...(names.length > 0 && { models: names }),
    ...(usd.value.trim() !== "" && {
      budgets: [{ usd: usd.value.trim(), ...(every.value !== "" && { every: every.value }) }]
    }),
    ...(hasLimits && {
      limits: [
        {
          ...(mostRequests !== undefined && { requests: mostRequests }),
          ...(mostAtOnce !== undefined && { concurrency: mostAtOnce })
        }
      ]
    })
  }
}

export const GrantFields = ({ draft }: { readonly draft: GrantDraft }) => {
  const bind = (field: Signal<string>) => ({
    value: field.value,
    change: (text: string) => {
      field.value = text
    }
  })
  return (
    <>
      <TextField
        label="Models"
        hint="Names with commas between; * stands for anything. Empty: all"
        {...bind(draft.models)}
      />
      <div class="pair">
        <TextField label="Budget in dollars" type="number" min={0} step="any" placeholder="none" {...bind(draft.usd)} />
        <Choice label="Within" choices={windows} {...bind(draft.every)} />
      </div>
      <div class="pair">
        <TextField
          label="Requests a minute"
          type="number"
          min={1}
          step={1}
          placeholder="no limit"
          {...bind(draft.requests)}
        />
        <TextField
          label="Calls at once"
          type="number"
          min={1}
          step={1}
          placeholder="no limit"
          {...bind(draft.concurrency)}
        />
      </div>
    </>
  )
}
