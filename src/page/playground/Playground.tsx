import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { loadModels, models } from "../models/Models.ts"
import { Empty } from "../ui/Empty.tsx"
import { Icon } from "../ui/Icon.tsx"
import { CodeDialog } from "./CodeDialog.tsx"
import { Composer } from "./Composer.tsx"
import { draft } from "./Draft.ts"
import { addLane, clear, hasTurns, lanes, mostLanes } from "./Lane.ts"
import { LaneView } from "./LaneView.tsx"
import { ModelNames } from "./ModelInput.tsx"
import { settingCount } from "./Setup.ts"
import { SetupPanel } from "./SetupPanel.tsx"

/** Models side by side, which get the same prompts. */
export const Playground = () => {
  const hasSetup = useSignal(false)
  const hasCode = useSignal(false)
  useEffect(() => {
    loadModels().then(chooseFirst, () => undefined)
  }, [])
  return (
    <div class="playground" data-setup={hasSetup.value}>
      <header class="toolbar">
        <h1>Playground</h1>
        <div class="actions">
          <button type="button" disabled={lanes.value.length >= mostLanes} onClick={() => addLane(nextModel())}>
            <Icon name="add" />
            Add a model
          </button>
          <button type="button" aria-pressed={hasSetup.value} onClick={() => (hasSetup.value = !hasSetup.value)}>
            <Icon name="tune" />
            Parameters
            {settingCount.value > 0 && <span class="badge">{settingCount.value}</span>}
          </button>
          <button type="button" onClick={() => (hasCode.value = true)}>
            <Icon name="code" />
            Code
          </button>
          <button type="button" disabled={!hasTurns.value} onClick={clear}>
            Clear
          </button>
        </div>
      </header>
      <div class="lanes" data-count={lanes.value.length}>
        {lanes.value.map((lane, index) => (
          <LaneView key={lane.id} lane={lane} position={index + 1} />
        ))}
        {!hasTurns.value && <Beginning />}
      </div>
      {hasSetup.value && <SetupPanel />}
      <Composer sent={() => isSmall() && (hasSetup.value = false)} />
      <ModelNames />
      {hasCode.value && <CodeDialog close={() => (hasCode.value = false)} />}
    </div>
  )
}

/** Where the parameters cover the responses. */
const isSmall = (): boolean => matchMedia("(max-width: 800px)").matches

const chooseFirst = (): void => {
  const [lane] = lanes.value
  if (lane !== undefined && lane.model.value === "") lane.model.value = models.value[0]?.id ?? ""
}

/** The first model without a lane. */
const nextModel = (): string => {
  const chosen = new Set(lanes.value.map(({ model }) => model.value))
  return models.value.find(({ id }) => !chosen.has(id))?.id ?? ""
}

const examples = [
  "Explain backpressure to a new colleague in five sentences.",
  "Write a regular expression for ISO 8601 dates, with three tests.",
  "Name three European capitals and their population, as a table."
]

const Beginning = () => (
  <Empty title="Ask several models at once">
    <p class="muted">Choose a model, add others to compare with, and write a prompt. Or begin with one of these.</p>
    <div class="examples">
      {examples.map((example) => (
        <button key={example} type="button" onClick={() => (draft.value = example)}>
          {example}
        </button>
      ))}
    </div>
  </Empty>
)
