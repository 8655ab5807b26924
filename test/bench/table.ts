/** A table that can go into a Markdown page as it is. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? "").length)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n")
}

export const median = (numbers: ReadonlyArray<number>): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length === 0
    ? Number.NaN
    : ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}

/** Half of the numbers lie within the median plus or minus this. */
export const spread = (numbers: ReadonlyArray<number>): number => {
  const middle = median(numbers)
  return median(numbers.map((n) => Math.abs(n - middle)))
}

/** A goal and whether it was met. */
export const goal = (name: string, ratio: number, limit: number) => {
  console.log(`${ratio <= limit ? "met   " : "MISSED"} ${name}: ${ratio.toFixed(2)} (at most ${limit})`)
  return { name, ratio, limit, met: ratio <= limit }
}
