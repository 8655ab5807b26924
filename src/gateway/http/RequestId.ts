/** As many digits of base 36 as milliseconds have until the year 5188. */
const timeDigits = 9

const digitsOf = (value: number, digits: number): string => value.toString(36).padStart(digits, "0")

/** What the ids of requests since a moment sort behind. */
export const from = (millis: number): string => `req_${digitsOf(Math.floor(Math.max(0, millis)), timeDigits)}`

/** How many digits of the time change from one request to the next: the others change every 47 seconds. */
const changing = 3

const period = 36 ** changing

/** Makes ids of requests, which sort by time and are those of one process alone. */
export const maker = (instance: string): ((millis: number) => string) => {
  let count = 0
  let last = { periods: -1, beginning: "" }
  return (millis) => {
    const whole = Math.floor(Math.max(0, millis))
    const periods = Math.floor(whole / period)
    if (periods !== last.periods) last = { periods, beginning: `req_${digitsOf(periods, timeDigits - changing)}` }
    return `${last.beginning}${digitsOf(whole - periods * period, changing)}${instance}${(++count).toString(36)}`
  }
}

/** When the request of an id began. */
export const millisOf = (id: string): number | undefined => {
  const digits = /^req_([0-9a-z]{9})/.exec(id)?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 36)
}
