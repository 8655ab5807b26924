import type { Signal } from "@preact/signals"
import { Choice, TextArea, TextField } from "../ui/Field.tsx"
import * as Setup from "./Setup.ts"

const formats: ReadonlyArray<readonly [Setup.Format, string]> = [
  ["text", "Text"],
  ["json_object", "JSON"],
  ["json_schema", "JSON of a schema"]
]

/** The parameters of requests. */
export const SetupPanel = () => (
  <aside class="setup stack" aria-label="Parameters">
    <Area label="System prompt" of={Setup.system} rows={4} placeholder="You are a concise assistant." />
    <div class="pair">
      <Figure label="Temperature" of={Setup.temperature} min={0} max={2} step={0.1} />
      <Figure label="Top P" of={Setup.topP} min={0} max={1} step={0.05} />
      <Figure label="Max tokens" of={Setup.maxTokens} min={1} step={1} />
      <Figure label="Seed" of={Setup.seed} step={1} />
    </div>
    <Choice
      label="Reasoning effort"
      value={Setup.effort.value}
      change={(effort) => (Setup.effort.value = effort as Setup.Effort | "")}
      choices={[["", "The model's own"], ...Setup.efforts.map((effort) => [effort, effort] as const)]}
    />
    <Area label="Stop sequences" hint="One a line" of={Setup.stop} rows={2} />
    <Choice
      label="Response format"
      value={Setup.format.value}
      choices={formats}
      change={(format) => {
        Setup.format.value = format as Setup.Format
        if (Setup.schema.value === "") Setup.schema.value = Setup.exampleSchema
      }}
    />
    {Setup.format.value === "json_schema" && (
      <Area label="JSON Schema" of={Setup.schema} rows={9} isCode problem={Setup.schemaProblem.value} />
    )}
    <Area
      label="Tools"
      hint="A list of functions: name, description, parameters"
      of={Setup.tools}
      rows={6}
      isCode
      problem={Setup.toolsProblem.value}
    />
    {Setup.tools.value === "" && (
      <button type="button" class="link" onClick={() => (Setup.tools.value = Setup.exampleTools)}>
        Begin with an example tool
      </button>
    )}
  </aside>
)

interface AreaOptions {
  readonly label: string
  readonly of: Signal<string>
  readonly rows: number
  readonly hint?: string
  readonly isCode?: boolean
  readonly placeholder?: string
  readonly problem?: string | undefined
}

const Area = ({ isCode = false, of, ...options }: AreaOptions) => (
  <TextArea
    {...options}
    class={isCode ? "mono" : ""}
    spellcheck={!isCode}
    value={of.value}
    change={(text) => (of.value = text)}
  />
)

interface FigureOptions {
  readonly label: string
  readonly of: Signal<string>
  readonly min?: number
  readonly max?: number
  readonly step: number
}

const Figure = ({ of, ...options }: FigureOptions) => (
  <TextField
    {...options}
    type="number"
    inputMode="decimal"
    placeholder="default"
    value={of.value}
    change={(text) => (of.value = text)}
  />
)
