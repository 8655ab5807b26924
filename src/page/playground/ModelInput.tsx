import { models } from "../models/Models.ts"

/** The name of a model: one of the list, or any other. */
export const ModelInput = ({
  change,
  label,
  placeholder = "Choose a model",
  value
}: {
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  readonly change: (name: string) => void
}) => (
  <input
    class="model-input mono"
    aria-label={label}
    list="models"
    placeholder={placeholder}
    autocomplete="off"
    autocapitalize="off"
    spellcheck={false}
    value={value}
    onInput={(event) => change(event.currentTarget.value)}
  />
)

/** The names that model inputs suggest; once on the page. */
export const ModelNames = () => (
  <datalist id="models">
    {models.value.map(({ id, provider }) => (
      <option key={id} value={id} label={provider} />
    ))}
  </datalist>
)
