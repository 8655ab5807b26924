import { useEffect, useRef } from "preact/hooks"
import uPlot from "uplot"
import { dollars, shortCount } from "../Format.ts"
import { theme } from "../Theme.ts"
import type { Measure, Series } from "./Spend.ts"
import { tints } from "./Tints.ts"

const height = 260

const halfDay = 43_200

/** Bars by day, one group upon another. What it shows is also in the table below it. */
export const SpendChart = ({
  days,
  label,
  measure,
  series
}: {
  readonly label: string
  readonly days: ReadonlyArray<string>
  readonly series: ReadonlyArray<Series>
  readonly measure: Measure
}) => {
  const root = useRef<HTMLDivElement>(null)
  const colours = theme.value
  useEffect(() => {
    const element = root.current
    if (element === null) return
    const draw = () => {
      chart?.destroy()
      chart = new uPlot(optionsOf(element, series, measure), dataOf(days, series), element)
    }
    let chart: uPlot | undefined
    draw()
    const dark = matchMedia("(prefers-color-scheme: dark)")
    dark.addEventListener("change", draw)
    const resized = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    return () => {
      dark.removeEventListener("change", draw)
      resized.disconnect()
      chart?.destroy()
    }
  }, [days, series, measure, colours])
  return <div class="chart" ref={root} role="img" aria-label={label} />
}

/** Each series upon those before it, the tallest first, as the later ones are painted over it. */
const dataOf = (days: ReadonlyArray<string>, series: ReadonlyArray<Series>): uPlot.AlignedData => {
  const times = days.map((day) => Date.parse(day) / 1000)
  const sums = days.map(() => 0)
  const stacked = series.map(({ values }) =>
    values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + value
      return sums[index] ?? 0
    })
  )
  return [times, ...stacked.toReversed()]
}

const optionsOf = (element: HTMLElement, series: ReadonlyArray<Series>, measure: Measure): uPlot.Options => {
  const style = getComputedStyle(element)
  /** A canvas takes colours and not what they depend on, so they are read off an element that has them. */
  const colour = (name: string): string => {
    const probe = document.createElement("i")
    probe.style.color = `var(${name})`
    element.append(probe)
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
  const { bars } = uPlot.paths
  const paths = bars?.({ size: [0.7, 36], gap: 1 })
  const grid = { stroke: colour("--line"), width: 1 }
  const font = `12px ${style.fontFamily}`
  const axis = { stroke: colour("--muted"), grid, ticks: { show: false }, font }
  return {
    width: element.clientWidth,
    height,
    padding: [12, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    scales: {
      x: { range: (_, least, most) => [least - halfDay, most + halfDay] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] }
    },
    axes: [
      { ...axis, grid: { show: false }, values: "{D} {MMM}", space: 64 },
      {
        ...axis,
        size: (_, values) => Math.max(64, 14 + 7.5 * Math.max(0, ...(values ?? []).map(({ length }) => length))),
        values: (_, values) => values.map((value) => (measure === "cost" ? dollars(value) : shortCount(value)))
      }
    ],
    series: [
      {},
      ...series.map((_, index) => {
        const fill = colour(tints[index % tints.length] ?? "--muted")
        return { fill, stroke: fill, width: 0, points: { show: false }, ...(paths !== undefined && { paths }) }
      })
    ].map((each, index, all) => (index === 0 ? each : (all[all.length - index] ?? each)))
  }
}
