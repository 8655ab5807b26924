import { useSignal } from "@preact/signals"
import { count, dollars, duration, none } from "../Format.ts"
import { TextArea } from "../ui/Field.tsx"
import { type FigureRow, FigureRows } from "../ui/FigureRows.tsx"
import { Code, Markdown } from "../ui/Markdown.tsx"
import { Failed } from "../ui/Notice.tsx"
import type { Lane } from "./Lane.ts"
import type { Figures, Reply, ToolCall } from "./Reply.ts"
import { StreamedText } from "./StreamedText.tsx"
import type { Turn } from "./Turn.ts"

/** A response: plain text while it streams, and laid out once it is complete. */
export const ReplyView = ({
  isLast,
  lane,
  reply
}: {
  readonly lane: Lane
  readonly reply: Reply
  readonly isLast: boolean
}) => {
  const state = reply.state.value
  return (
    <article class="reply" aria-busy={!reply.isOver} aria-label={`Response of ${reply.model}`}>
      {reply.hasReasoning.value && (
        <details class="reasoning" open={!reply.isOver}>
          <summary>Reasoning</summary>
          <StreamedText text={reply.reasoning} />
        </details>
      )}
      {state === "waiting" && <p class="waiting">Waiting for the first token</p>}
      {state === "done" ? <Whole text={reply.text.value} /> : <StreamedText text={reply.text} />}
      {reply.images.value.map((url) => (
        <img key={url} src={url} alt={`Made by ${reply.model}`} />
      ))}
      {reply.toolCalls.value.map((call) => (
        <Code key={call.id} language={`${call.name} was called`} code={pretty(call.arguments)} />
      ))}
      {state === "stopped" && <p class="fine">Stopped.</p>}
      {reply.error.value !== undefined && (
        <Failed error={reply.error.value} {...(isLast && { retry: () => void lane.repeat() })} />
      )}
      {state === "done" && isLast && reply.toolCalls.value.length > 0 && (
        <ToolResults lane={lane} calls={reply.toolCalls.value} />
      )}
      {reply.isOver && <FigureList figures={reply.figures.value} />}
    </article>
  )
}

const pretty = (json: string): string => {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

const Whole = ({ text }: { readonly text: string }) =>
  /^\s*[{[][^]*[}\]]\s*$/.test(text) && pretty(text) !== text ? (
    <Code language="json" code={pretty(text)} />
  ) : (
    <Markdown text={text} />
  )

/** What the tools returned is typed here, and goes back to the model. */
const ToolResults = ({ calls, lane }: { readonly lane: Lane; readonly calls: ReadonlyArray<ToolCall> }) => {
  const results = useSignal<ReadonlyArray<string>>(calls.map(() => ""))
  const send = (event: Event) => {
    event.preventDefault()
    const turns = calls.map(({ id }, index): Turn => ({
      type: "toolResult",
      callId: id,
      result: results.value[index] ?? ""
    }))
    void lane.send(turns)
  }
  return (
    <form class="stack tool-results" onSubmit={send}>
      {calls.map(({ id, name }, index) => (
        <TextArea
          key={id}
          label={`Result of ${name}`}
          rows={2}
          required
          value={results.value[index] ?? ""}
          change={(text) => (results.value = results.value.with(index, text))}
        />
      ))}
      <button type="submit">Send {calls.length === 1 ? "the result" : "the results"}</button>
    </form>
  )
}

const speedOf = ({ firstTokenMillis, outputTokens, totalMillis }: Figures): string => {
  if (firstTokenMillis === undefined || outputTokens === undefined || totalMillis === undefined) return none
  const seconds = (totalMillis - firstTokenMillis) / 1000
  return seconds < 0.02 ? none : `${Math.round(outputTokens / seconds)} tok/s`
}

const FigureList = ({ figures }: { readonly figures: Figures }) => {
  const { attempts, cost, finishReason, firstTokenMillis, requestId, servedBy, totalMillis } = figures
  const { cachedTokens = 0, inputTokens, outputTokens, reasoningTokens = 0 } = figures
  const rows: ReadonlyArray<FigureRow> = [
    ["First token", duration(firstTokenMillis)],
    ["Total", duration(totalMillis)],
    ["Speed", speedOf(figures)],
    ["Tokens in", count(inputTokens), cachedTokens > 0 ? `${count(cachedTokens)} cached` : ""],
    ["Tokens out", count(outputTokens), reasoningTokens > 0 ? `${count(reasoningTokens)} reasoning` : ""],
    ["Cost", cost === undefined ? none : dollars(cost)]
  ]
  return (
    <footer class="figures">
      <FigureRows rows={rows} />
      <p class="fine">
        {[
          servedBy !== undefined && `Served by ${servedBy}`,
          attempts !== undefined && attempts > 1 && `${attempts} attempts`,
          finishReason !== undefined && finishReason !== "stop" && `Ended by ${finishReason}`,
          requestId
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </footer>
  )
}
