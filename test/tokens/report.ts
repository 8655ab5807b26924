/** Prints how near the counts come to what providers reported: `node test/tokens/report.ts` (`--calls` for each). */
import { Effect } from "effect"
import { crossValidate, isInside, isNear, type Judged } from "./crossValidation.ts"
import { recordedCalls } from "./recordedCalls.ts"

/** Vendors with fewer calls are put together. */
const fewest = 8

const judged = await Effect.runPromise(crossValidate(recordedCalls))

const share = (calls: ReadonlyArray<Judged>, holds: (call: Judged) => boolean): string =>
  `${Math.round((calls.filter(holds).length / calls.length) * 100)} %`

const print = (label: string, calls: ReadonlyArray<Judged>): void => {
  if (calls.length === 0) return
  const near = (key: "fitted" | "heldOut") => share(calls, (call) => isNear(call[key], call.tokens))
  const inside = (key: "fitted" | "heldOut") => share(calls, (call) => isInside(call[key], call.tokens))
  console.log(
    `| ${label} | ${calls.length} | ${near("fitted")} | ${near("heldOut")} | ${inside("fitted")} | ${inside("heldOut")} |`
  )
}

console.log("| | calls | within 5 % or 5 | the same, held out | inside the bound | the same, held out |")
console.log("|---|---|---|---|---|---|")
const closed = judged.filter(({ isOpen }) => !isOpen)
const byVendor = [...Map.groupBy(closed, ({ vendor }) => vendor)].toSorted((a, b) => b[1].length - a[1].length)
for (const [vendor, calls] of byVendor) if (calls.length >= fewest) print(vendor, calls)
const others = byVendor.filter(([, calls]) => calls.length < fewest)
print(
  `${others.length} others`,
  others.flatMap(([, calls]) => calls)
)
print("all of these", closed)
print(
  "open (tools, files and conversations of the provider's own)",
  judged.filter(({ isOpen }) => isOpen)
)

if (process.argv.includes("--calls")) {
  for (const { file, fitted, heldOut, isOpen, model, tokens } of judged) {
    const mark = `${isNear(heldOut, tokens) ? " " : "*"}${isInside(heldOut, tokens) ? " " : "!"}${isOpen ? "?" : " "}`
    const { precision } = heldOut
    const bound = precision._tag === "Exact" ? 0 : Math.round(precision.expectedError * 100)
    console.log(`${mark} ${tokens}: ${fitted.tokens}, held out ${heldOut.tokens} ± ${bound} %; ${model}; ${file}`)
  }
}
