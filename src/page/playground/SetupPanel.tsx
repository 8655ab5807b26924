import type { Signal } from "@preact/signals"
import * as Setup from "./Setup.ts"

/** Everything that goes with the prompts. */
export const SetupPanel = () => (
  <aside class="setup stack" aria-label="Parameters" tabIndex={-1}>
    <Area label="System prompt" value={Setup.system} rows={4} placeholder="You are a concise assistant." />
    <div class="pair">
      <Figure label="Temperature" value={Setup.temperature} min={0} max={2} step={0.1} />
      <Figure label="Top P" value={Setup.topP} min={0} max={1} step={0.05} />
      <Figure label="Max tokens" value={Setup.maxTokens} min={1} step={1} />
      <Figure label="Seed" value={Setup.seed} step={1} />
    </div>
    <label class="field">
      <span>Reasoning effort</span>
      <select
        value={Setup.effort.value}
        onChange={(event) => (Setup.effort.value = event.currentTarget.value as Setup.Effort | "")}
      >
        <option value="">The model's own</option>
        {Setup.efforts.map((effort) => (
          <option key={effort}>{effort}</option>
        ))}
      </select>
    </label>
    <Area label="Stop sequences, one a line" value={Setup.stop} rows={2} />
    <label class="field">
      <span>Response format</span>
      <select
        value={Setup.format.value}
        onChange={(event) => {
          Setup.format.value = event.currentTarget.value as Setup.Format
          if (Setup.schema.value === "") Setup.schema.value = Setup.exampleSchema
        }}
      >
        <option value="text">Text</option>
        <option value="json_object">JSON</option>
        <option value="json_schema">JSON of a schema</option>
      </select>
    </label>
    {Setup.format.value === "json_schema" && (
      <Area label="JSON Schema" value={Setup.schema} rows={9} isCode problem={Setup.schemaProblem.value} />
    )}
    <Area label="Tools" value={Setup.tools} rows={6} isCode problem={Setup.toolsProblem.value} />
    {Setup.tools.value === "" && (
      <button type="button" class="link" onClick={() => (Setup.tools.value = Setup.exampleTools)}>
        Begin with an example tool
      </button>
    )}
  </aside>
)

const Area = ({
  isCode = false,
  label,
  placeholder = "",
  problem,
  rows,
  value
}: {
  readonly label: string
  readonly value: Signal<string>
  readonly rows: number
  readonly isCode?: boolean
  readonly placeholder?: string
  readonly problem?: string | undefined
}) => (
  <label class="field">
    <span>{label}</span>
    <textarea
      class={isCode ? "mono" : ""}
      rows={rows}
      spellcheck={!isCode}
      placeholder={placeholder}
      aria-invalid={problem !== undefined}
      value={value.value}
      onInput={(event) => (value.value = event.currentTarget.value)}
    />
    {problem !== undefined && <span class="field-problem">{problem}</span>}
  </label>
)

const Figure = ({
  label,
  value,
  ...limits
}: {
  readonly label: string
  readonly value: Signal<string>
  readonly min?: number
  readonly max?: number
  readonly step: number
}) => (
  <label class="field">
    <span>{label}</span>
    <input
      type="number"
      inputMode="decimal"
      placeholder="default"
      {...limits}
      value={value.value}
      onInput={(event) => (value.value = event.currentTarget.value)}
    />
  </label>
)
