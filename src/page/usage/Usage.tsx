import { useComputed, useSignal } from "@preact/signals"
import { count, percent, shortCount, spent } from "../Format.ts"
import { meetKey, nameOfKey } from "../keys/KeyNames.ts"
import { useResource } from "../Resource.ts"
import { open, request } from "../server/Server.ts"
import { isAdmin, ownPath } from "../session/Session.ts"
import { Empty } from "../ui/Empty.tsx"
import { Choice } from "../ui/Field.tsx"
import { type FigureRow, FigureRows } from "../ui/FigureRows.tsx"
import { Heading } from "../ui/Heading.tsx"
import { Loaded } from "../ui/Loaded.tsx"
import { TableHead, TableScroll } from "../ui/TableScroll.tsx"
import { Shadows } from "./Shadows.tsx"
import * as Spend from "./Spend.ts"
import { tints } from "./Tints.ts"

const ranges: ReadonlyArray<readonly [string, string]> = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "A year"]
]

export const Usage = () => {
  const range = useSignal("30")
  const by = useSignal<Spend.Dimension>("model")
  const measure = useSignal<Spend.Measure>("cost")
  const query = useComputed(() => `by=day,${by.value}&from=${Spend.daysAgo(Number(range.value) - 1)}`)
  const spend = useResource(query.value, (signal) =>
    request<Spend.Spend>(`${ownPath("spend")}?${query.value}`, { signal })
  )
  for (const { key } of spend.value.value?.groups ?? []) meetKey(key)
  return (
    <>
      <Heading
        title="Usage"
        says={`What ${isAdmin() ? "was" : "you have"} spent and used, by day (UTC). It is what the ledger sums up, so it agrees with budgets.`}
      >
        {isAdmin() && (
          <button type="button" onClick={() => void download(`admin/spend.csv?${query.value}`)}>
            Download CSV
          </button>
        )}
      </Heading>
      <div class="filters">
        <Choice label="Time" value={range.value} choices={ranges} change={(days) => (range.value = days)} />
        <Choice
          label="Group by"
          value={by.value}
          choices={(isAdmin() ? Spend.dimensions : Spend.ownDimensions).map((name) => [name, name])}
          change={(name) => (by.value = name as Spend.Dimension)}
        />
        <Choice
          label="Measure"
          value={measure.value}
          choices={Object.entries(Spend.measures)}
          change={(name) => (measure.value = name as Spend.Measure)}
        />
      </div>
      <Loaded of={spend}>
        {(value) => <Report spend={Spend.withNames(value, nameOfKey)} by={by.value} measure={measure.value} />}
      </Loaded>
      {isAdmin() && <Shadows from={Spend.daysAgo(Number(range.value) - 1)} />}
    </>
  )
}

const download = async (path: string): Promise<void> => {
  const response = await open(path)
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement("a")
  link.href = url
  link.download = "spend.csv"
  link.click()
  URL.revokeObjectURL(url)
}

interface ReportOptions {
  readonly spend: Spend.Spend
  readonly by: Spend.Dimension
  readonly measure: Spend.Measure
}

/** The chart library is the larger half of the page, so it is loaded where it is needed. */
const loadChart = () => import("./SpendChart.tsx")

const Report = ({ by, measure, spend }: ReportOptions) => {
  const chart = useResource("chart", loadChart)
  const { total } = spend
  if (total.calls === 0)
    return (
      <Empty title="Nothing was used in this time">
        <p class="muted">
          Choose a longer time, or make a call in the <a href="#/playground">playground</a>.
        </p>
      </Empty>
    )
  const days = Spend.daysOf(spend)
  const series = Spend.seriesOf(spend, by, measure)
  return (
    <>
      <Tiles total={total} />
      <Loaded of={chart}>
        {({ SpendChart }) => (
          <SpendChart
            label={`${Spend.measures[measure]} by day and ${by}, from ${spend.from} to ${spend.to}`}
            days={days}
            series={series}
            measure={measure}
          />
        )}
      </Loaded>
      <GroupTable spend={spend} by={by} names={series.map(({ name }) => name)} />
    </>
  )
}

const Tiles = ({ total }: { readonly total: Spend.Sums }) => {
  const { cacheReadTokens, calls, failed, inputTokens, outputTokens, refused, unpriced } = total
  const tiles: ReadonlyArray<FigureRow> = [
    ["Spent", spent(total), unpriced > 0 ? `${count(unpriced)} calls without a price` : ""],
    ["Calls", count(calls), refused > 0 ? `${count(refused)} refused by limits or budgets` : ""],
    ["Failed", count(failed), calls > 0 ? percent(failed / calls) : ""],
    [
      "Tokens in",
      shortCount(inputTokens),
      inputTokens > 0 && cacheReadTokens > 0 ? `${percent(cacheReadTokens / inputTokens)} from caches` : ""
    ],
    ["Tokens out", shortCount(outputTokens), ""]
  ]
  return <FigureRows class="tiles" rows={tiles} />
}

/** The sums of each group over all days. */
const sumsBy = ({ groups }: Spend.Spend, by: Spend.Dimension) => {
  const sums = new Map<
    string,
    { calls: number; failed: number; input: number; output: number; cost: number; unpriced: number }
  >()
  for (const group of groups) {
    const name = group[by] || `no ${by}`
    const sum = sums.get(name) ?? { calls: 0, failed: 0, input: 0, output: 0, cost: 0, unpriced: 0 }
    sum.calls += group.calls
    sum.failed += group.failed
    sum.input += group.inputTokens
    sum.output += group.outputTokens
    sum.cost += Number(group.cost)
    sum.unpriced += group.unpriced
    sums.set(name, sum)
  }
  return [...sums].toSorted(([, a], [, b]) => b.cost - a.cost || b.calls - a.calls)
}

const GroupTable = ({
  by,
  names,
  spend
}: {
  readonly spend: Spend.Spend
  readonly by: Spend.Dimension
  /** In the order of the chart, for the colours. */
  readonly names: ReadonlyArray<string>
}) => (
  <TableScroll label={`Spend by ${by}`} cards="dense">
    <TableHead names={[by, "#Calls", "#Failed", "#Tokens in", "#Tokens out", "#Cost"]} />
    <tbody>
      {sumsBy(spend, by).map(([name, { calls, cost, failed, input, output, unpriced }]) => {
        const at = names.indexOf(name)
        const tint = tints[at === -1 ? tints.length - 1 : at % tints.length]
        return (
          <tr key={name}>
            <td class="mono">
              <i class="swatch" style={{ background: `var(${tint})` }} />
              {name}
            </td>
            <td class="number" data-label="Calls">
              {count(calls)}
            </td>
            <td class="number" data-label="Failed">
              {count(failed)}
            </td>
            <td class="number" data-label="Tokens in">
              {count(input)}
            </td>
            <td class="number" data-label="Tokens out">
              {count(output)}
            </td>
            <td
              class="number"
              data-label="Cost"
              title={unpriced > 0 ? `${count(unpriced)} calls without a price` : undefined}
            >
              {spent({ cost, unpriced })}
            </td>
          </tr>
        )
      })}
    </tbody>
  </TableScroll>
)
