import type { ComponentChildren } from "preact"
import type { ServerError } from "../server/ServerError.ts"

/** A sentence that stands out: what went wrong, or what to know. */
export const Notice = ({
  children,
  kind
}: {
  readonly kind: "bad" | "warn" | "info"
  readonly children: ComponentChildren
}) => (
  <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
    {children}
  </div>
)

/** Why something is not there, and a way to try again. */
export const Failed = ({ error, retry }: { readonly error: ServerError; readonly retry?: () => void }) => (
  <Notice kind="bad">
    <p>{error.message}</p>
    <p class="notice-foot">
      {error.requestId !== undefined && <span class="mono">{error.requestId}</span>}
      {retry !== undefined && (
        <button type="button" class="small" onClick={retry}>
          Try again
        </button>
      )}
    </p>
  </Notice>
)
