import type { Signal } from "@preact/signals"
import { Choice, TextField } from "../ui/Field.tsx"
import { Icon } from "../ui/Icon.tsx"
import { type BudgetDraft, budgetDraft, type GrantDraft, type LimitDraft, limitDraft } from "./GrantDraft.ts"

const windows: ReadonlyArray<readonly [string, string]> = [
  ["day", "a day"],
  ["week", "a week"],
  ["month", "a month"],
  ["year", "a year"],
  ["within", "a rolling time"],
  ["", "in all"]
]

const owners: ReadonlyArray<readonly [string, string]> = [
  ["", "all calls together"],
  ["session", "each session"],
  ["run", "each run"],
  ["user", "each user"],
  ["tag", "each tag"],
  ["value", "each value of a tag"]
]

const units: ReadonlyArray<readonly [string, string]> = [
  ["usd", "dollars"],
  ["tokens", "tokens"]
]

const bind = <A extends string>(field: Signal<A>) => ({
  value: field.value,
  change: (text: string) => {
    field.value = text as A
  }
})

/** A list of drafts, to add to and remove from. */
const Several = <A extends { readonly id: number }>({
  add,
  drafts,
  fields,
  name
}: {
  readonly name: string
  readonly drafts: Signal<ReadonlyArray<A>>
  readonly add: () => A
  readonly fields: (draft: A) => preact.ComponentChildren
}) => (
  <fieldset class="several">
    <legend class="hidden">{`${name}s`}</legend>
    {drafts.value.map((draft, index) => (
      <div key={draft.id} class="one-of-several">
        <div class="stack tight">{fields(draft)}</div>
        <button
          type="button"
          class="quiet"
          aria-label={`Take ${name} ${index + 1} away`}
          onClick={() => (drafts.value = drafts.value.filter(({ id }) => id !== draft.id))}
        >
          <Icon name="close" />
        </button>
      </div>
    ))}
    <button type="button" class="link" onClick={() => (drafts.value = [...drafts.value, add()])}>
      {drafts.value.length === 0 ? `Add a ${name}` : `Add another ${name}`}
    </button>
  </fieldset>
)

const BudgetFields = ({ draft }: { readonly draft: BudgetDraft }) => {
  const words = draft.unit.value === "usd" ? "dollars" : "tokens"
  return (
    <>
      <div class="triple">
        <TextField
          label={`Budget in ${words}`}
          type="number"
          min={0}
          step={draft.unit.value === "usd" ? "any" : 1}
          placeholder="none"
          {...bind(draft.amount)}
        />
        <Choice label="Unit" choices={units} {...bind(draft.unit)} />
        <Choice label="Within" choices={windows} {...bind(draft.window)} />
      </div>
      {draft.window.value === "within" && (
        <TextField label="Rolling time" hint="Such as 24h or 7d" required {...bind(draft.within)} />
      )}
      <div class="pair">
        <Choice label="For" choices={owners} {...bind(draft.each)} />
        {draft.each.value === "value" && (
          <TextField label="Tag" hint="Its name, such as project" required {...bind(draft.tag)} />
        )}
      </div>
      {(draft.of.raise !== undefined || draft.raiseTo.value !== "") && (
        <div class="pair">
          <TextField label="Raised to" type="number" min={0} step="any" {...bind(draft.raiseTo)} />
          <TextField label="Until" type="date" {...bind(draft.raiseUntil)} />
        </div>
      )}
    </>
  )
}

const LimitFields = ({ draft }: { readonly draft: LimitDraft }) => {
  const per = draft.per.value.trim()
  const within = per === "" || per === "1m" ? "a minute" : `per ${per}`
  const whole = { type: "number", min: 1, step: 1, placeholder: "no limit" } as const
  return (
    <div class="two">
      <TextField label={`Requests ${within}`} {...whole} {...bind(draft.requests)} />
      <TextField label={`Tokens ${within}`} {...whole} {...bind(draft.tokens)} />
      <TextField label="Time" placeholder="1m" {...bind(draft.per)} />
      <TextField label="Calls at once" {...whole} {...bind(draft.concurrency)} />
    </div>
  )
}

/** What a key, a user or a team may call, spend and send. */
export const GrantFields = ({ draft }: { readonly draft: GrantDraft }) => (
  <>
    <TextField
      label="Models"
      hint="Names with commas between; * stands for anything. Empty: all"
      {...bind(draft.models)}
    />
    <section class="stack tight">
      <h3>Budgets</h3>
      <Several
        name="budget"
        drafts={draft.budgets}
        add={budgetDraft}
        fields={(budget) => <BudgetFields draft={budget} />}
      />
    </section>
    <section class="stack tight">
      <h3>Limits</h3>
      <Several name="limit" drafts={draft.limits} add={limitDraft} fields={(limit) => <LimitFields draft={limit} />} />
    </section>
    <details
      class="more-fields"
      open={[draft.deny, draft.routes, draft.objects, draft.tags].some(({ value }) => value !== "")}
    >
      <summary>More</summary>
      <div class="stack">
        <TextField label="Denied" hint="Models that may not be called" {...bind(draft.deny)} />
        <TextField label="Paths" hint="Such as /chat/completions. Empty: all" {...bind(draft.routes)} />
        <TextField label="Objects" hint="Vector stores, prompts and the like, by their ids" {...bind(draft.objects)} />
        <TextField label="Tags" hint="What calls are counted under" {...bind(draft.tags)} />
      </div>
    </details>
  </>
)
