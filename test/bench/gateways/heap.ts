/** Loaded into a gateway with `--import`: at SIGUSR2, collects garbage and writes the bytes of objects in use to `BENCH_HEAP`. */
import { renameSync, writeFileSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

const { BENCH_HEAP: file } = process.env
if (file === undefined) throw new Error("BENCH_HEAP is not set")

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

process.on("SIGUSR2", () => {
  collect()
  // What waited for a finalizer is collected the second time.
  setTimeout(() => {
    collect()
    writeFileSync(`${file}.new`, String(process.memoryUsage().heapUsed))
    renameSync(`${file}.new`, file)
  }, 100)
})
