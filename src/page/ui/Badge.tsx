/** A state in one word; colour says it a second time. */
export const Badge = ({
  tone,
  words
}: {
  readonly words: string
  readonly tone: "good" | "warn" | "bad" | "plain"
}) => <span class={`state ${tone}`}>{words}</span>
