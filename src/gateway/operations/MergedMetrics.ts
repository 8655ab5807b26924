/** A sample of a metric: its name with its labels, and its value. */
const sample = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$/

interface Family {
  readonly head: Array<string>
  readonly isGauge: boolean
  readonly values: Map<string, number>
}

const labelled = (labels: string | undefined, worker: number): string =>
  labels === undefined ? `{worker="${worker}"}` : `${labels.slice(0, -1)},worker="${worker}"}`

/** The metrics of several processes as those of one: counts are added up, and gauges are told apart by a label. */
export const merged = (texts: ReadonlyArray<string>): string => {
  const families = new Map<string, Family>()
  texts.forEach((text, index) => {
    let family: Family | undefined
    for (const line of text.split("\n")) {
      const [, what, name = ""] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? []
      if (what !== undefined) {
        family = families.get(name) ?? { head: [], isGauge: text.includes(`# TYPE ${name} gauge`), values: new Map() }
        families.set(name, family)
        if (!family.head.includes(line)) family.head.push(line)
        continue
      }
      const [, id, labels, value] = sample.exec(line) ?? []
      if (id === undefined || family === undefined) continue
      const key = `${id}${family.isGauge ? labelled(labels, index + 1) : (labels ?? "")}`
      family.values.set(key, (family.values.get(key) ?? 0) + Number(value))
    }
  })
  const lines: Array<string> = []
  for (const { head, values } of families.values()) {
    lines.push(...head)
    for (const [key, value] of values) lines.push(`${key} ${value}`)
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`
}
