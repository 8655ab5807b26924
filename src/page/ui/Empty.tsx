import type { ComponentChildren } from "preact"

/** Nothing is here yet, and what to do about it. */
export const Empty = ({ children, title }: { readonly title: string; readonly children?: ComponentChildren }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
)
