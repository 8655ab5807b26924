import type { Bucket, Report } from "./Report.ts"

/** Colour-blind safe, readable on light and dark (Okabe and Ito). */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

const size = { width: 860, left: 72, right: 20, panel: 130, gap: 56, top: 36 }
const inner = size.width - size.left - size.right

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
const n = (value: number) => value.toFixed(1)

interface Series {
  readonly name: string
  readonly colour: string
  readonly values: ReadonlyArray<number>
}

interface Panel {
  readonly title: string
  readonly series: ReadonlyArray<Series>
  readonly format: (value: number) => string
}

/** The smallest of 1, 2 or 5 times a power of ten that is at least this. */
const roundUp = (value: number): number => {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power
}

/** The middle of a stretch. */
const xOf = (index: number, count: number) => size.left + (inner * (index + 0.5)) / count

const drawn = ({ format, series, title }: Panel, top: number): string => {
  const highest = roundUp(Math.max(...series.flatMap(({ values }) => values)))
  const bottom = top + size.panel
  const yOf = (value: number) => bottom - (size.panel * value) / highest
  const grid = [0, 0.5, 1].map((share) => {
    const y = yOf(highest * share)
    return `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${n(y)}" y2="${n(y)}"/><text x="${size.left - 8}" y="${n(y + 4)}" text-anchor="end">${format(highest * share)}</text>`
  })
  const lines = series.map(({ colour, name, values }) => {
    const points = values.map((value, index) => `${n(xOf(index, values.length))},${n(yOf(value))}`)
    return `<polyline points="${points.join(" ")}" stroke="${colour}"><title>${escape(name)}</title></polyline>`
  })
  return `<text class="title" x="${size.left}" y="${top - 12}">${escape(title)}</text>${grid.join("")}${lines.join("")}`
}

/** Ends at the right edge. */
const legend = (series: ReadonlyArray<Series>, y: number): string => {
  let x = size.width - size.right - series.reduce((width, { name }) => width + 34 + name.length * 7, 0)
  return series
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

const percent = (value: number) => `${+value.toFixed(2)} %`
const seconds = (value: number) => `${+value.toFixed(2)} s`
const count = (value: number) => `${Math.round(value)}`

export const toSvg = (reports: Readonly<Record<string, Report>>): string => {
  const runs = Object.entries(reports)
  const [first] = runs
  if (first === undefined) throw new TypeError("a plot needs at least one report")
  const colourOf = (index: number) => colours[index % colours.length] ?? "#888888"
  const over = (value: (bucket: Bucket) => number) =>
    runs.map(([name, { buckets }], index) => ({ name, colour: colourOf(index), values: buckets.map(value) }))
  const providers = [...new Set(runs.flatMap(([, { providers }]) => Object.keys(providers)))]
  const requests = runs.map(([name, { buckets }]) => ({
    title: runs.length === 1 ? "requests by provider" : `requests by provider: ${name}`,
    series: providers.map((id, index) => ({
      name: id,
      colour: colourOf(index + (runs.length === 1 ? 1 : 0)),
      values: buckets.map(({ requests }) => requests[id] ?? 0)
    })),
    format: count
  }))
  const panels: ReadonlyArray<Panel> = [
    {
      title: "failed calls",
      series: over(({ calls, failed }) => (calls === 0 ? 0 : (100 * failed) / calls)),
      format: percent
    },
    {
      title: "latency of successful calls, 99th percentile",
      series: over(({ latency }) => latency.p99 / 1000),
      format: seconds
    },
    {
      title: "latency of successful calls, median",
      series: over(({ latency }) => latency.p50 / 1000),
      format: seconds
    },
    ...requests
  ]
  const step = size.panel + size.gap
  const height = size.top + panels.length * step + 20
  const body = panels.map((panel, index) => {
    const top = size.top + index * step
    const names = legend(panel.series, top - 8)
    return drawn(panel, top) + timeAxis(first[1], top + size.panel + 18) + names
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img" aria-label="${escape(runs.map(([name]) => name).join(" and "))} over time">
<style>svg{background:#fff;color-scheme:light dark}text{font:12px system-ui,sans-serif;fill:#555}.title{font-weight:600;fill:#222}polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}.grid{stroke:#ddd}@media (prefers-color-scheme:dark){svg{background:#16181d}text{fill:#a8adb7}.title{fill:#eee}.grid{stroke:#333}}</style>
${body.join("\n")}
</svg>
`
}
