/** A state in one word, and by colour. */
export const Badge = ({
  tone,
  words
}: {
  readonly words: string
  readonly tone: "good" | "warn" | "bad" | "plain"
}) => <span class={`state ${tone}`}>{words}</span>
