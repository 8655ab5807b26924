import type { Signal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"

interface FieldOptions {
  readonly label: string
  /** A short explanation. */
  readonly hint?: string | undefined
  /** Why the value is invalid. */
  readonly problem?: string | undefined
}

interface FieldAttributes {
  readonly id: string
  readonly "aria-describedby": string | undefined
  readonly "aria-invalid": boolean
}

/** A control with its label. Screen readers read the hint and the problem after it, not as part of its name. */
export const Field = ({
  children,
  hint,
  label,
  problem
}: FieldOptions & { readonly children: (attributes: FieldAttributes) => ComponentChildren }) => {
  const id = useId()
  const note = problem ?? hint
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": note === undefined ? undefined : `${id}-note`,
        "aria-invalid": problem !== undefined
      })}
      {note !== undefined && (
        <span id={`${id}-note`} class={problem === undefined ? "fine" : "field-problem"}>
          {note}
        </span>
      )}
    </div>
  )
}

interface InputOptions {
  readonly type?: "number" | "date" | "datetime-local"
  readonly autofocus?: boolean
  readonly required?: boolean
  readonly placeholder?: string
  readonly inputMode?: "decimal"
  readonly min?: number
  readonly max?: number
  readonly step?: number | "any"
}

interface AreaOptions {
  readonly class?: string
  readonly rows: number
  readonly required?: boolean
  readonly spellcheck?: boolean
  readonly placeholder?: string
}

type Change = { readonly value: string; readonly change: (value: string) => void }

export const TextField = ({
  change,
  hint,
  label,
  problem,
  type,
  value,
  ...attributes
}: FieldOptions & Change & InputOptions) => (
  <Field label={label} hint={hint} problem={problem}>
    {(own) => (
      <input
        {...attributes}
        {...own}
        {...(type !== undefined && { type })}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    )}
  </Field>
)

export const TextArea = ({
  change,
  hint,
  label,
  problem,
  value,
  ...attributes
}: FieldOptions & Change & AreaOptions) => (
  <Field label={label} hint={hint} problem={problem}>
    {(own) => (
      <textarea {...attributes} {...own} value={value} onInput={(event) => change(event.currentTarget.value)} />
    )}
  </Field>
)

/** A choice among values, each with its label. */
export const Choice = ({
  change,
  choices,
  hint,
  label,
  value
}: FieldOptions & Change & { readonly choices: ReadonlyArray<readonly [string, string]> }) => (
  <Field label={label} hint={hint}>
    {(own) => (
      <select {...own} value={value} onChange={(event) => change(event.currentTarget.value)}>
        {choices.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    )}
  </Field>
)

/** A checkbox. */
export const Check = ({ label, of }: { readonly label: string; readonly of: Signal<boolean> }) => (
  <label class="check">
    <input type="checkbox" checked={of.value} onChange={(event) => (of.value = event.currentTarget.checked)} />
    {label}
  </label>
)
