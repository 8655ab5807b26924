import { isImage } from "./Attachment.ts"
import { Icon } from "../ui/Icon.tsx"
import { type Lane, lanes, removeLane } from "./Lane.ts"
import { ModelInput } from "./ModelInput.tsx"
import { ReplyView } from "./ReplyView.tsx"
import type { Turn } from "./Turn.ts"

export const LaneView = ({ lane, position }: { readonly lane: Lane; readonly position: number }) => {
  const turns = lane.turns.value
  return (
    <section class="lane" aria-label={`Model ${position}`}>
      <header>
        <ModelInput label={`Model ${position}`} value={lane.model.value} change={(name) => (lane.model.value = name)} />
        {lanes.value.length > 1 && (
          <button type="button" class="quiet" aria-label={`Remove model ${position}`} onClick={() => removeLane(lane)}>
            <Icon name="close" />
          </button>
        )}
      </header>
      <div class="lane-scroll" tabIndex={0} role="region" aria-label={`Conversation with model ${position}`}>
        <div class="lane-turns">
          {turns.map((turn, index) => (
            <TurnView key={index} lane={lane} turn={turn} isLast={index === turns.length - 1} />
          ))}
        </div>
      </div>
    </section>
  )
}

const TurnView = ({ isLast, lane, turn }: { readonly lane: Lane; readonly turn: Turn; readonly isLast: boolean }) => {
  switch (turn.type) {
    case "reply":
      return <ReplyView lane={lane} reply={turn.reply} isLast={isLast} />
    case "toolResult":
      return <pre class="prompt mono">{turn.result}</pre>
    case "user":
      return (
        <div class="prompt">
          {turn.files.map((file) =>
            isImage(file) ? (
              <img key={file.name} src={file.dataUrl} alt={file.name} />
            ) : (
              <span key={file.name} class="chip">
                {file.name}
              </span>
            )
          )}
          {turn.text}
        </div>
      )
  }
}
