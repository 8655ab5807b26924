import { count, duration, percent, spent } from "../Format.ts"
import { useResource } from "../Resource.ts"
import { request } from "../server/Server.ts"
import { TableHead, TableScroll } from "../ui/TableScroll.tsx"

interface Side {
  readonly calls: number
  readonly failed: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly unpriced: number
  readonly cost: string
  readonly millis: { readonly median: number; readonly p95: number }
  readonly firstTokenMillis?: { readonly median: number }
}

interface Comparison {
  readonly model: string
  readonly shadow: string
  readonly pairs: number
  readonly primary: Side
  readonly mirrored: Side
}

/** Models and their shadows, where there are any. */
export const Shadows = ({ from }: { readonly from: string }) => {
  const shadows = useResource(from, (signal) =>
    request<{ readonly comparisons: ReadonlyArray<Comparison> }>(`admin/shadows?from=${from}`, { signal })
  )
  const { comparisons = [] } = shadows.value.value ?? {}
  if (comparisons.length === 0) return null
  return (
    <section class="block shadows">
      <h2>Shadows</h2>
      <p class="muted">
        Each model beside the one that its calls were mirrored to, by the requests that both have had.
      </p>
      <TableScroll label="Shadows" cards="dense">
        <TableHead
          names={["Model", "#Calls", "#Failed", "#p50", "#p95", "#First token", "#Tokens in", "#Tokens out", "#Cost"]}
        />
        <tbody>
          {comparisons.flatMap(({ mirrored, model, primary, shadow }) => [
            <Row key={`${model} ${shadow}`} name={model} side={primary} />,
            <Row key={`${model} ${shadow} shadow`} name={shadow} of={model} side={mirrored} />
          ])}
        </tbody>
      </TableScroll>
    </section>
  )
}

const Row = ({ name, of, side }: { readonly name: string; readonly of?: string; readonly side: Side }) => (
  <tr>
    <td>
      <span class="mono">{name}</span>
      {of !== undefined && <span class="under">shadow of {of}</span>}
    </td>
    <td class="number" data-label="Calls">
      {count(side.calls)}
    </td>
    <td class="number" data-label="Failed">
      {count(side.failed)} {side.failed > 0 && <span class="muted">{percent(side.failed / side.calls)}</span>}
    </td>
    <td class="number" data-label="p50">
      {duration(side.millis.median)}
    </td>
    <td class="number" data-label="p95">
      {duration(side.millis.p95)}
    </td>
    <td class="number" data-label="First token">
      {duration(side.firstTokenMillis?.median)}
    </td>
    <td class="number" data-label="Tokens in">
      {count(side.inputTokens)}
    </td>
    <td class="number" data-label="Tokens out">
      {count(side.outputTokens)}
    </td>
    <td
      class="number"
      data-label="Cost"
      title={side.unpriced > 0 ? `${count(side.unpriced)} calls without a price` : undefined}
    >
      {spent(side)}
    </td>
  </tr>
)
