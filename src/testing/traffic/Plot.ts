import * as Duration from "effect/Duration"
import type { Bucket, Report } from "./Report.ts"
import type { Outage } from "./SimulatedProvider.ts"

/**
 * - `shaded`: times that have a background of their own, those of outages for example.
 * - `percentiles`: which percentiles of the latency are drawn (the 99th and the median).
 */
export interface PlotOptions {
  readonly shaded?: ReadonlyArray<Pick<Outage, "from" | "lasts">> | undefined
  readonly percentiles?: ReadonlyArray<keyof typeof percentileNames> | undefined
}

const percentileNames = { p50: "median", p90: "90th percentile", p99: "99th percentile", max: "maximum" } as const

/** Colour-blind safe, readable on light and dark (Okabe and Ito). */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

const size = { width: 860, left: 72, right: 20, panel: 130, gap: 62, top: 36 }
const inner = size.width - size.left - size.right

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
const n = (value: number) => value.toFixed(1)

interface Series {
  readonly name: string
  readonly colour: string
  /** A line has a gap where there is no value. */
  readonly values: ReadonlyArray<number | undefined>
  readonly isDashed?: boolean
}

interface Panel {
  readonly title: string
  readonly series: ReadonlyArray<Series>
  readonly format: (value: number) => string
  readonly highest: number
}

/** The smallest round number that is at least this. */
const roundUp = (value: number): number => {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 3, 4, 6, 8, 10].find((factor) => factor * power >= value) ?? 10) * power
}

const highestOf = (series: ReadonlyArray<Series>): number =>
  Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)))

/** The middle of a stretch. */
const xOf = (index: number, count: number) => size.left + (inner * (index + 0.5)) / count

interface Point {
  readonly x: string
  readonly y: string
}

/** The points of a line, parted where a value is missing. */
const linesOf = (
  values: ReadonlyArray<number | undefined>,
  yOf: (value: number) => number
): ReadonlyArray<ReadonlyArray<Point>> => {
  const lines: Array<Array<Point>> = [[]]
  values.forEach((value, index) => {
    if (value === undefined) lines.push([])
    else lines.at(-1)?.push({ x: n(xOf(index, values.length)), y: n(yOf(value)) })
  })
  return lines
}

/** A line, or a dot where it would have one point. */
const lineOf = ({ colour, isDashed = false, name }: Series, points: ReadonlyArray<Point>): string => {
  const [first, second] = points
  if (first === undefined) return ""
  const title = `<title>${escape(name)}</title>`
  const paint = (attribute: string) => (isDashed ? 'class="failed"' : `${attribute}="${colour}"`)
  if (second === undefined) return `<circle cx="${first.x}" cy="${first.y}" r="2" ${paint("fill")}>${title}</circle>`
  const path = points.map(({ x, y }) => `${x},${y}`).join(" ")
  return `<polyline points="${path}" ${paint("stroke")}>${title}</polyline>`
}

const drawn = ({ format, highest: above, series, title }: Panel, top: number): string => {
  const highest = roundUp(above)
  const bottom = top + size.panel
  const yOf = (value: number) => bottom - (size.panel * value) / highest
  const grid = [0, 0.5, 1].map((share) => {
    const y = yOf(highest * share)
    return `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${n(y)}" y2="${n(y)}"/><text x="${size.left - 8}" y="${n(y + 4)}" text-anchor="end">${format(highest * share)}</text>`
  })
  const lines = series.flatMap((one) => linesOf(one.values, yOf).map((points) => lineOf(one, points)))
  return `<text class="title" x="${size.left}" y="${top - 12}">${escape(title)}</text>${grid.join("")}${lines.join("")}`
}

/** Ends at the right edge. */
const legend = (series: ReadonlyArray<Series>, y: number): string => {
  const named = series.filter(({ isDashed = false }) => !isDashed)
  let x = size.width - size.right - named.reduce((width, { name }) => width + 34 + name.length * 7, -14)
  return named
    .map(({ colour, name }) => {
      const entry = `<rect x="${x}" y="${y - 9}" width="14" height="4" fill="${colour}"/><text x="${x + 20}" y="${y - 3}">${escape(name)}</text>`
      x += 34 + name.length * 7
      return entry
    })
    .join("")
}

const clock = (millis: number) => {
  const minutes = Math.round(millis / 60_000)
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`
}

const timeAxis = ({ bucketMillis, buckets }: Report, y: number): string => {
  const steps = 6
  return Array.from({ length: steps + 1 }, (_, step) => {
    const x = size.left + (inner * step) / steps
    return `<text x="${n(x)}" y="${y}" text-anchor="middle">${clock((bucketMillis * buckets.length * step) / steps)}</text>`
  }).join("")
}

const shade = ({ bucketMillis, buckets }: Report, { shaded = [] }: PlotOptions, top: number): string =>
  shaded
    .map(({ from, lasts }) => {
      const at = (millis: number) => size.left + inner * Math.min(1, millis / (bucketMillis * buckets.length))
      const start = Duration.toMillis(Duration.fromInputUnsafe(from))
      const end = start + Duration.toMillis(Duration.fromInputUnsafe(lasts))
      return `<rect class="shade" x="${n(at(start))}" y="${top}" width="${n(at(end) - at(start))}" height="${size.panel}"/>`
    })
    .join("")

const percent = (value: number) => `${+value.toFixed(2)} %`
const seconds = (value: number) => `${+value.toFixed(2)} s`
const count = (value: number) => `${Math.round(value)}`

const colourOf = (index: number) => colours[index % colours.length] ?? "#888888"

type Runs = ReadonlyArray<readonly [string, Report]>

/** The requests of a provider in each stretch; those that failed are a dashed line over it. */
const requestsOf = ({ buckets }: Report, provider: string, name: string, colour: string): ReadonlyArray<Series> => {
  const all = { name, colour, values: buckets.map(({ requests }) => requests[provider] ?? 0) }
  const values = buckets.map(({ failedRequests }) => failedRequests[provider])
  return values.every((value) => value === undefined)
    ? [all]
    : [all, { name: `${name}: failed`, colour, values, isDashed: true }]
}

/** One panel where there is one provider, else one for each run, all to the same scale. */
const requestPanels = (runs: Runs): ReadonlyArray<Panel> => {
  const providers = [...new Set(runs.flatMap(([, { providers }]) => Object.keys(providers)))]
  const [only, ...others] = providers
  const panels =
    only !== undefined && others.length === 0
      ? [
          {
            title: `requests to ${only}`,
            series: runs.flatMap(([name, run], index) => requestsOf(run, only, name, colourOf(index)))
          }
        ]
      : runs.map(([name, run]) => ({
          title: runs.length === 1 ? "requests by provider" : `requests by provider: ${name}`,
          series: providers.flatMap((id, index) => requestsOf(run, id, id, colourOf(index + runs.length)))
        }))
  const highest = highestOf(panels.flatMap(({ series }) => series))
  return panels.map(({ series, title }) => ({
    title: series.some(({ isDashed }) => isDashed) ? `${title} (dashed: failed)` : title,
    series,
    highest,
    format: count
  }))
}

export const toSvg = (reports: Readonly<Record<string, Report>>, options: PlotOptions = {}): string => {
  const { percentiles = ["p99", "p50"] } = options
  const runs: Runs = Object.entries(reports)
  const [first] = runs
  if (first === undefined) throw new TypeError("a plot needs at least one report")
  const over = (title: string, format: Panel["format"], value: (bucket: Bucket) => number | undefined): Panel => {
    const series = runs.map(([name, { buckets }], index) => ({
      name,
      colour: colourOf(index),
      values: buckets.map(value)
    }))
    return { title, series, format, highest: highestOf(series) }
  }
  const ofSuccessful = (which: keyof Bucket["latency"]) => (bucket: Bucket) =>
    bucket.calls === bucket.failed ? undefined : bucket.latency[which] / 1000
  const failures = over("failed calls", percent, ({ calls, failed }) => (calls === 0 ? 0 : (100 * failed) / calls))
  const panels: ReadonlyArray<Panel> = [
    ...(failures.highest === 0 ? [] : [failures]),
    ...percentiles.map((which) =>
      over(`latency of successful calls, ${percentileNames[which]}`, seconds, ofSuccessful(which))
    ),
    ...requestPanels(runs)
  ]
  const step = size.panel + size.gap
  const height = size.top + panels.length * step
  const body = panels.map((panel, index) => {
    const top = size.top + index * step
    const axis = timeAxis(first[1], top + size.panel + 18)
    return shade(first[1], options, top) + drawn(panel, top) + axis + legend(panel.series, top - 8)
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img" aria-label="${escape(runs.map(([name]) => name).join(" and "))} over time">
<style>svg{background:#fff;color-scheme:light dark}text{font:12px system-ui,sans-serif;fill:#555}.title{font-weight:600;fill:#222}polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}.failed{stroke:#222}polyline.failed{stroke-width:1.4;stroke-dasharray:2 3}.grid{stroke:#ddd}.shade{fill:#d55e00;opacity:.1}@media (prefers-color-scheme:dark){svg{background:#16181d}text{fill:#a8adb7}.title{fill:#eee}.failed{stroke:#eee}.grid{stroke:#333}.shade{opacity:.2}}</style>
${body.join("\n")}
</svg>
`
}
