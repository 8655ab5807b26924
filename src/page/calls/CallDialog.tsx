import { count, dateAndTime, dollars, duration } from "../Format.ts"
import { nameOfKey } from "../keys/KeyNames.ts"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { isAdmin } from "../session/Session.ts"
import { Badge } from "../ui/Badge.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Code } from "../ui/Markdown.tsx"
import { TableHead, TableScroll } from "../ui/TableScroll.tsx"
import { type Attempt, type Call, toneOf } from "./Call.ts"

interface CallWithTexts {
  readonly call: Call
  readonly texts?: { readonly [name: string]: string }
}

/** One call: its facts, each attempt and why there was another, and its texts if they are stored. */
export const CallDialog = ({ call, close }: { readonly call: Call; readonly close: () => void }) => {
  const whole = useResource(call.id, (signal) =>
    isAdmin()
      ? request<CallWithTexts>(`admin/calls/${encodeURIComponent(call.id)}`, { signal })
      : Promise.resolve<CallWithTexts>({ call })
  )
  return (
    <Dialog title={`Call of ${call.model}`} close={close} wide>
      <Facts call={call} />
      {call.outcome !== "refused" && (
        <Attempts attempts={call.attempts ?? [{ model: servedOf(call), millis: call.millis }]} />
      )}
      <Loaded of={whole}>
        {({ texts = {} }) =>
          Object.entries(texts).map(([name, text]) => <Code key={name} language={name} code={text} />)
        }
      </Loaded>
    </Dialog>
  )
}

const servedOf = ({ model, provider, servedModel }: Call): string =>
  servedModel === undefined ? model : provider === undefined ? servedModel : `${provider}/${servedModel}`

const isSome = (tokens: number | undefined) => tokens !== undefined && tokens > 0

const tokens = (call: Call): string =>
  [
    `${count(call.inputTokens)} in`,
    isSome(call.cacheReadTokens) && `${count(call.cacheReadTokens)} from a cache`,
    isSome(call.cacheWriteTokens) && `${count(call.cacheWriteTokens)} into a cache`,
    `${count(call.outputTokens)} out`,
    isSome(call.reasoningTokens) && `${count(call.reasoningTokens)} of them reasoning`
  ]
    .filter(Boolean)
    .join(", ")

/** What the ledger writes where a call has no price. */
const unpricedReasons: { readonly [reason: string]: string } = {
  NoPrice: "no price is known for this model",
  NoRate: "the price of this model lacks a rate",
  UnknownUsage: "the number of tokens is unknown",
  InvalidUsage: "the usage cannot be priced",
  Subscription: "a subscription covers this model"
}

const costOf = ({ cost, estimated, unpriced }: Call): string =>
  unpriced === undefined
    ? `${dollars(cost)}${estimated === true ? ", estimated" : ""}`
    : `unpriced: ${unpricedReasons[unpriced] ?? unpriced}`

const timeOf = ({ firstTokenMillis, millis }: Call): string =>
  firstTokenMillis === undefined
    ? duration(millis)
    : `${duration(millis)}, first token after ${duration(firstTokenMillis)}`

const Facts = ({ call }: { readonly call: Call }) => {
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ["When", dateAndTime(call.at)],
    ["Served by", call.cached === true ? "a cache of responses" : servedOf(call)],
    ["Error", call.error && `${call.error}${call.status === undefined ? "" : ` (${call.status})`}`],
    ["Ended by", call.finishReason],
    ["Took", timeOf(call)],
    ["Tokens", tokens(call)],
    ["Cost", costOf(call)],
    ["Key", call.key && nameOfKey(call.key)],
    ["User", [call.user, call.endUser].filter(Boolean).join(" for ") || undefined],
    ["Team", call.team],
    ["Session", call.session],
    ["Run", call.run],
    ["Tags", call.tags?.join(", ")],
    ["Request", call.id],
    ["Their request", call.requestId],
    ["Trace", call.traceId]
  ]
  return (
    <dl class="facts">
      <div>
        <dt>Outcome</dt>
        <dd>
          <Badge tone={toneOf(call.outcome)} words={call.outcome} />
        </dd>
      </div>
      {rows.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          )
      )}
    </dl>
  )
}

const Attempts = ({ attempts }: { readonly attempts: ReadonlyArray<Attempt> }) => (
  <section>
    <h3>{attempts.length === 1 ? "One attempt" : `${attempts.length} attempts`}</h3>
    <TableScroll label="Attempts">
      <TableHead names={["No.", "Model", "Ended with", "#Waited before", "#Took", "#Cost"]} />
      <tbody>
        {attempts.map(({ cost, error, millis, model, waitMillis }, index) => (
          <tr key={index}>
            <td>{index + 1}</td>
            <td class="mono">{model}</td>
            <td>{error ?? "its response"}</td>
            <td class="number">{waitMillis === undefined ? "" : duration(waitMillis)}</td>
            <td class="number">{duration(millis)}</td>
            <td class="number">{cost === undefined ? "" : dollars(cost)}</td>
          </tr>
        ))}
      </tbody>
    </TableScroll>
  </section>
)
