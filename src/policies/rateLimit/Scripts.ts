import * as Redis from "effect/persistence/Redis"
import type { Claim, Settlement } from "../RateLimitStore.ts"
import { steps } from "./StepsScript.ts"

/*
 * Four keys for each claim:
 * - of a rate its `steps` and those of its calls that are `open` (StepsScript.ts); of places a `log`, a sorted set of ids by the time
 *   at which they end;
 * - state: a hash of what of a rate was `taken`, what `others` have taken until when, until when the limit is `paused`, and the time
 *   at which those were `said`;
 * - line: a sorted set of those who wait, `ticket|id|amount` by the time at which they are taken for dead.
 *
 * Times are milliseconds of Redis's own clock. What lies further ahead than it can is from before that clock was set back.
 */
const keysOf = ({ key, type }: Pick<Claim, "key" | "type">): ReadonlyArray<string> => [
  `${key}:${type === "rate" ? "steps" : "log"}`,
  `${key}:state`,
  `${key}:line`,
  `${key}:open`
]

/** How long a waiter is taken for alive after it has asked. */
const aliveMillis = 2000

const prelude = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000

local function keep(key, millis)
  if redis.call('PTTL', key) < millis then redis.call('PEXPIRE', key, math.ceil(millis)) end
end
${steps}
local function trimPlaces(taken, millis)
  redis.call('ZREMRANGEBYSCORE', taken, '-inf', now)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', taken, '(' .. now + millis + 1, '+inf')) do
    redis.call('ZADD', taken, math.ceil(now + millis), id)
  end
  return redis.call('ZCARD', taken)
end

-- What others have taken until when, until when the limit is paused, and what was taken of a rate.
local function read(state)
  local found = redis.call('HMGET', state, 'others', 'othersUntil', 'paused', 'said', 'taken')
  local others, othersUntil = tonumber(found[1] or '0'), tonumber(found[2] or '0')
  local paused, said = tonumber(found[3] or '0'), tonumber(found[4] or '0')
  if said > now then
    othersUntil, paused = othersUntil - (said - now), paused - (said - now)
    redis.call('HSET', state, 'othersUntil', othersUntil, 'paused', paused, 'said', now)
  end
  if othersUntil <= now then others = 0 end
  return others, othersUntil, paused, found[5]
end

-- Those who wait and are alive.
local function waiters(line)
  if redis.call('EXISTS', line) == 0 then return {} end
  redis.call('ZREMRANGEBYSCORE', line, '-inf', now)
  redis.call('ZREMRANGEBYSCORE', line, '(' .. now + ${aliveMillis + 1}, '+inf')
  return redis.call('ZRANGE', line, 0, -1)
end

local function waiter(ticket, id, amount)
  return string.format('%.0f|%s|%.0f', ticket, id, amount)
end
`

type AcquireParams = [id: string, ticket: number | undefined, waits: boolean, claims: ReadonlyArray<Claim>]

/** Returns 0 and what is left of each claim where all was granted; else the index of the claim, the wait (-1: unknown), the ticket, who waits before. */
export const acquire = Redis.script(
  (...[id, ticket, waits, claims]: AcquireParams) => [
    ...claims.flatMap(keysOf),
    id,
    ticket ?? 0,
    waits ? 1 : 0,
    ...claims.flatMap(({ amount, limit, millis, type }) => [type, limit, millis, amount])
  ],
  {
    numberOfKeys: (_id, _ticket, _waits, claims) => claims.length * 4,
    lua: `${prelude}
local id, ticket, waits = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local isKnown = ticket > 0
if not isKnown then ticket = time[1] * 1000000 + time[2] end
local claims = #KEYS / 4
local blocking, longest, waiting = 0, -2, 0
local lacking = {}
local left = { 0 }

for i = 1, claims do
  local taken, state, line, open = KEYS[4 * i - 3], KEYS[4 * i - 2], KEYS[4 * i - 1], KEYS[4 * i]
  local kind, limit = ARGV[4 * i], tonumber(ARGV[4 * i + 1])
  local millis, amount = tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  local others, othersUntil, paused, sum = read(state)
  local used = kind == 'rate' and trimSteps(taken, state, open, millis, sum) or trimPlaces(taken, millis)
  local missing = used + others + amount - limit
  left[i + 1] = math.floor(math.max(0, -missing))
  local before = 0
  for _, member in ipairs(waiters(line)) do
    local theirs, name, wanted = string.match(member, '^(%d+)|(.*)|(%d+)$')
    theirs = tonumber(theirs)
    if name ~= id and (theirs < ticket or (theirs == ticket and name < id)) then
      missing = missing + tonumber(wanted)
      before = before + 1
    end
  end
  local wait = nil
  if paused > now then
    wait = paused - now
  elseif missing > 0 then
    wait = kind == 'rate' and freeAt(taken, missing, millis, others, othersUntil) - now or -1
  end
  if wait then
    lacking[#lacking + 1] = i
    if wait > longest then blocking, longest, waiting = i, wait, before end
  end
end

if blocking > 0 then
  if waits then
    for _, i in ipairs(lacking) do
      redis.call('ZADD', KEYS[4 * i - 1], math.ceil(now + ${aliveMillis}), waiter(ticket, id, ARGV[4 * i + 3]))
      keep(KEYS[4 * i - 1], ${aliveMillis})
    end
  end
  return { blocking, math.ceil(longest), ticket, waiting }
end

for i = 1, claims do
  local taken, state, line, open = KEYS[4 * i - 3], KEYS[4 * i - 2], KEYS[4 * i - 1], KEYS[4 * i]
  local millis, amount = tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  if isKnown then redis.call('ZREM', line, waiter(ticket, id, amount)) end
  if ARGV[4 * i] == 'rate' then
    take(taken, state, open, id, amount, millis)
  else
    redis.call('ZADD', taken, math.ceil(now + millis), id)
    keep(taken, millis + 1000)
  end
end
return left`
  }
).withReturnType<ReadonlyArray<number>>()

type SettleParams = [id: string, ticket: number | undefined, settlements: ReadonlyArray<Settlement>]

export const settle = Redis.script(
  (...[id, ticket, settlements]: SettleParams) => [
    ...settlements.flatMap(({ claim }) => keysOf(claim)),
    id,
    ticket ?? 0,
    ...settlements.flatMap(({ amount, claim, pauseMillis, remaining, resetMillis }) => [
      claim.type,
      claim.limit,
      claim.millis,
      claim.amount,
      amount,
      pauseMillis ?? 0,
      resetMillis === undefined ? -1 : (remaining ?? -1),
      resetMillis ?? 0
    ])
  ],
  {
    numberOfKeys: (_id, _ticket, settlements) => settlements.length * 4,
    lua: `${prelude}
local id, ticket = ARGV[1], tonumber(ARGV[2])
for i = 1, #KEYS / 4 do
  local log, state, line, open = KEYS[4 * i - 3], KEYS[4 * i - 2], KEYS[4 * i - 1], KEYS[4 * i]
  local at = 8 * i - 5
  local kind, limit, millis = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local taken, amount = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local pause, remaining, reset = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
  if ticket > 0 then
    redis.call('ZREM', line, waiter(ticket, id, taken))
  else
    -- A call that left while it was given its ticket does not know it.
    for _, member in ipairs(redis.call('ZRANGE', line, 0, -1)) do
      if string.match(member, '^%d+|(.*)|%d+$') == id then redis.call('ZREM', line, member) end
    end
  end
  if kind == 'rate' then correct(log, state, open, id, taken, amount) else redis.call('ZREM', log, id) end
  if pause > 0 or remaining >= 0 then
    local _, _, paused, sum = read(state)
    redis.call('HSET', state, 'paused', math.max(paused, now + pause), 'said', now)
    keep(state, pause + 1000)
    if kind == 'rate' and remaining >= 0 then
      local others = math.max(0, math.ceil(limit - remaining - trimSteps(log, state, open, millis, sum)))
      redis.call('HSET', state, 'others', others, 'othersUntil', now + reset)
      keep(state, reset + 1000)
    end
  end
end`
  }
)

interface Place {
  readonly id: string
  readonly key: string
  readonly millis: number
}

export const renew = Redis.script(
  (places: ReadonlyArray<Place>) => [
    ...places.map(({ key }) => `${key}:log`),
    ...places.flatMap(({ id, millis }) => [id, millis])
  ],
  {
    numberOfKeys: (places) => places.length,
    lua: `${prelude}
for i, log in ipairs(KEYS) do
  local millis = tonumber(ARGV[2 * i])
  redis.call('ZADD', log, math.ceil(now + millis), ARGV[2 * i - 1])
  keep(log, millis + 1000)
end`
  }
)
