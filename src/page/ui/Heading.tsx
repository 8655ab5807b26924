import type { ComponentChildren } from "preact"

/** The heading of a place: its title, its purpose, and its actions. */
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
