import { count, dollars, fromNow, none } from "../Format.ts"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import type { Me, Remaining } from "../session/Session.ts"
import { Empty } from "../ui/Empty.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { Heads, TableScroll } from "../ui/TableScroll.tsx"

/** What a caller who is no administrator may still spend. */
export const Allowance = () => {
  const me = useResource("me", (signal) => request<Me>("auth/session", { signal }))
  return (
    <>
      <Heading title="Allowance" says="What is left of the budgets that hold for your key.">
        <button type="button" disabled={me.isLoading.value} onClick={() => void me.reload()}>
          Refresh
        </button>
      </Heading>
      <Loaded of={me}>
        {({ remaining = [] }) =>
          remaining.length === 0 ? (
            <Empty title="No budget holds for your key">
              <p class="muted">An administrator can give it one.</p>
            </Empty>
          ) : (
            <TableScroll label="Allowance">
              <Heads names={["Of", "Window", "#Left", "#Limit", "Begins anew"]} />
              <tbody>
                {remaining.map((each) => (
                  <RemainingRow key={`${each.of} ${each.id} ${each.window}`} of={each} />
                ))}
              </tbody>
            </TableScroll>
          )
        }
      </Loaded>
    </>
  )
}

const RemainingRow = ({ of: { limit, of, remaining, resetsAtMillis, unit, window } }: { readonly of: Remaining }) => {
  const amount = (text: string) => (unit === "usd" ? dollars(text) : count(Number(text)))
  return (
    <tr>
      <td>{of === "settings" ? "this gateway" : `your ${of}`}</td>
      <td>{window}</td>
      <td class="number">{amount(remaining)}</td>
      <td class="number">{amount(limit)}</td>
      <td>{resetsAtMillis === undefined ? none : fromNow(resetsAtMillis)}</td>
    </tr>
  )
}
