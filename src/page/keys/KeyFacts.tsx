import type { ComponentChildren } from "preact"
import { date, fromNow } from "../Format.ts"
import { Badge } from "../ui/Badge.tsx"
import { Bounds, MayCall } from "./Bounds.tsx"
import type { Key } from "./Key.ts"

const tones = { active: "good", blocked: "bad", expired: "warn" } as const

/** The row of a key in a table. */
export const KeyFacts = ({
  actions,
  of: key,
  whose
}: {
  readonly of: Key
  readonly whose?: ComponentChildren
  readonly actions?: ComponentChildren
}) => (
  <tr>
    <td>
      {key.name} {key.admin === true && <span class="badge">admin</span>}
      {key.secrets.map(({ hint, until }) => (
        <span key={hint} class="under mono">
          {hint}
          {until !== undefined && `, ends ${fromNow(until)}`}
        </span>
      ))}
    </td>
    <td>
      <Badge tone={tones[key.status]} words={key.status} />
    </td>
    {whose !== undefined && <td>{whose}</td>}
    <td data-label="May call">
      <MayCall of={key} />
    </td>
    <td>
      <Bounds of={key} />
    </td>
    {key.expires === undefined ? <td /> : <td data-label="Expires">{date(key.expires)}</td>}
    {actions !== undefined && <td class="row-actions">{actions}</td>}
  </tr>
)
