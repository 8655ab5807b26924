/** As many digits of base 36 as milliseconds have until the year 5188. */
const timeDigits = 9

const timeOf = (millis: number): string => Math.floor(millis).toString(36).padStart(timeDigits, "0")

/** What the ids of requests since a moment sort behind. */
export const from = (millis: number): string => `req_${timeOf(Math.max(0, millis))}`

/** Makes ids of requests, which sort by time and are those of one process alone. */
export const maker = (instance: string): ((millis: number) => string) => {
  let count = 0
  let last = { millis: -1, beginning: "" }
  return (millis) => {
    // Requests that come together share the time.
    if (millis !== last.millis) last = { millis, beginning: from(millis) + instance }
    return last.beginning + (++count).toString(36)
  }
}

/** When the request of an id began. */
export const millisOf = (id: string): number | undefined => {
  const digits = /^req_([0-9a-z]{9})/.exec(id)?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 36)
}
