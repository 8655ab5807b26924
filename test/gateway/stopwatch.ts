/** Starts a stopwatch: how many milliseconds its thread took, without what a busy machine took from it in between. */
export const stopwatch = (): (() => number) => {
  const cpu = process.threadCpuUsage()
  let last = performance.now()
  let millis = 0
  const tick = () => {
    const now = performance.now()
    millis += Math.min(now - last, 2)
    last = now
  }
  const ticking = setInterval(tick, 1)
  return () => {
    clearInterval(ticking)
    tick()
    // A thread that computes does not tick, and what it computes counts.
    const { system, user } = process.threadCpuUsage(cpu)
    return Math.max(millis, (user + system) / 1000)
  }
}
