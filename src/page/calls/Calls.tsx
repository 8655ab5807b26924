import { useSignal } from "@preact/signals"
import { useEffect, useMemo } from "preact/hooks"
import { count, dateAndTime, dollars, duration, none, timeOfDay } from "../Format.ts"
import { keyNames } from "../keys/KeyNames.ts"
import { ModelInput, ModelNames } from "../playground/ModelInput.tsx"
import { isAdmin } from "../session/Session.ts"
import { Badge } from "../ui/Badge.tsx"
import { Empty } from "../ui/Empty.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Failed } from "../ui/Notice.tsx"
import { TableHead, TableScroll } from "../ui/TableScroll.tsx"
import { type Call, outcomes, shadowOf, toneOf, whoOf } from "./Call.ts"
import { CallDialog } from "./CallDialog.tsx"
import { CallLog, noFilters } from "./CallLog.ts"
import { liveCalls } from "./LiveCalls.ts"

export const Calls = () => {
  const log = useMemo(() => new CallLog(), [])
  const live = useMemo(() => (isAdmin() ? liveCalls(log.add) : undefined), [log])
  const shown = useSignal<Call | undefined>(undefined)
  useEffect(() => {
    void log.load()
    return live?.stop
  }, [log, live])
  const calls = log.calls.value
  const isFiltered = Object.values(log.filters.value).some((value) => value !== "")
  return (
    <>
      <Heading
        title="Calls"
        says={`${isAdmin() ? "Every call" : "Your calls"}, the newest first: who made it, who served it, and what it took.`}
      >
        {live === undefined ? (
          <button type="button" disabled={log.isLoading.value} onClick={() => void log.load()}>
            Refresh
          </button>
        ) : (
          <span class="live" data-on={live.isLive.value} role="status">
            {live.isLive.value ? "Live" : "Connecting"}
          </span>
        )}
      </Heading>
      <FilterBar log={log} />
      {log.error.value !== undefined && <Failed error={log.error.value} retry={() => void log.load()} />}
      {calls.length > 0 && <CallTable calls={calls} show={(call) => (shown.value = call)} />}
      {calls.length === 0 && log.isLoading.value && <p class="waiting">Loading</p>}
      {calls.length === 0 && !log.isLoading.value && log.error.value === undefined && (
        <NoCalls isFiltered={isFiltered} clear={() => log.filter(noFilters)} />
      )}
      {log.next.value !== undefined && (
        <button type="button" class="more" disabled={log.isLoading.value} onClick={() => void log.load(true)}>
          Show older calls
        </button>
      )}
      {shown.value !== undefined && <CallDialog call={shown.value} close={() => (shown.value = undefined)} />}
      <ModelNames />
      <datalist id="keys">
        {keyNames.value.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  )
}

const NoCalls = ({ clear, isFiltered }: { readonly isFiltered: boolean; readonly clear: () => void }) =>
  isFiltered ? (
    <Empty title="No call is like that">
      <button type="button" onClick={clear}>
        Show all calls
      </button>
    </Empty>
  ) : (
    <Empty title="Nothing has been called yet">
      <p class="muted">
        Calls appear here as they end. Make the first in the <a href="#/playground">playground</a>.
      </p>
    </Empty>
  )

const FilterBar = ({ log }: { readonly log: CallLog }) => {
  const { key, model, outcome, user } = log.filters.value
  return (
    <div class="filters" role="search" aria-label="Calls">
      <ModelInput label="Model" placeholder="Any model" value={model} change={(model) => log.filter({ model })} />
      <select
        aria-label="Outcome"
        value={outcome}
        onChange={(event) => log.filter({ outcome: event.currentTarget.value })}
      >
        <option value="">Any outcome</option>
        {outcomes.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      {isAdmin() && (
        <>
          <input
            aria-label="Key"
            placeholder="Any key"
            list="keys"
            autocomplete="off"
            value={key}
            onChange={(event) => log.filter({ key: event.currentTarget.value.trim() })}
          />
          <input
            aria-label="User"
            placeholder="Any user"
            value={user}
            onChange={(event) => log.filter({ user: event.currentTarget.value.trim() })}
          />
        </>
      )}
    </div>
  )
}

const CallTable = ({ calls, show }: { readonly calls: ReadonlyArray<Call>; readonly show: (call: Call) => void }) => (
  <TableScroll label="Calls" cards="dense">
    <TableHead names={["Time", "Model", "Who", "Outcome", "#Attempts", "#Tokens", "#First token", "#Total", "#Cost"]} />
    <tbody>
      {calls.map((call) => (
        <tr key={call.id}>
          <td title={dateAndTime(call.at)}>
            <button type="button" class="link" onClick={() => show(call)}>
              {timeOfDay(call.at)}
            </button>
          </td>
          <td>
            <span class="mono">{call.model}</span>
            {shadowOf(call) !== undefined && <span class="under">shadow of {shadowOf(call)}</span>}
            {call.servedModel !== undefined && call.servedModel !== call.model && (
              <span class="under mono">{call.servedModel}</span>
            )}
          </td>
          <td data-label="Who">{whoOf(call) || <span class="muted">{none}</span>}</td>
          <td>
            <Badge tone={toneOf(call.outcome)} words={call.outcome} />
            {call.error !== undefined && <span class="under">{call.error}</span>}
          </td>
          <td class="number rare">{call.attempts?.length ?? (call.outcome === "refused" ? 0 : 1)}</td>
          <td class="number" data-label="Tokens">
            {count(call.inputTokens)} <span class="muted">→</span> {count(call.outputTokens)}
          </td>
          <td class="number rare">{duration(call.firstTokenMillis)}</td>
          <td class="number" data-label="Total">
            {duration(call.millis)}
          </td>
          <td class="number" data-label="Cost" title={call.unpriced}>
            {call.unpriced === undefined ? dollars(call.cost) : "unpriced"}
          </td>
        </tr>
      ))}
    </tbody>
  </TableScroll>
)
