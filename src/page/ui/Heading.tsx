import type { ComponentChildren } from "preact"

/** The head of a place: what it is, what it is for, and what can be done there. */
export const Heading = ({
  children,
  says,
  title
}: {
  readonly title: string
  readonly says?: ComponentChildren
  readonly children?: ComponentChildren
}) => (
  <header class="heading">
    <div>
      <h1>{title}</h1>
      {says !== undefined && <p class="muted">{says}</p>}
    </div>
    {children !== undefined && <div class="actions">{children}</div>}
  </header>
)
