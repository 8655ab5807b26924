import * as Redis from "effect/persistence/Redis"
import type { Claim, Settlement } from "../RateLimitStore.ts"

/*
 * Three keys for each claim:
 * - log: a sorted set of what was taken, `id|amount` by the time of taking; of places, ids by the time at which they end;
 * - state: a hash with the `sum` of the log, what `others` have taken until when, and until when the limit is `paused`;
 * - line: a sorted set of those who wait, `ticket|id|amount` by the time at which they are taken for dead.
 *
 * Times are milliseconds of Redis's own clock.
 */
const keysOf = ({ key }: Pick<Claim, "key">): ReadonlyArray<string> => [`${key}:log`, `${key}:state`, `${key}:line`]

const prelude = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000

local function keep(key, millis)
  if redis.call('PTTL', key) < millis then redis.call('PEXPIRE', key, math.ceil(millis)) end
end

local function trim(kind, log, state, millis)
  if kind == 'concurrency' then
    redis.call('ZREMRANGEBYSCORE', log, '-inf', now)
    return redis.call('ZCARD', log)
  end
  local sum = tonumber(redis.call('HGET', state, 'sum') or '0')
  local ended = redis.call('ZRANGEBYSCORE', log, '-inf', now - millis)
  if #ended > 0 then
    for _, member in ipairs(ended) do sum = sum - tonumber(string.match(member, '|(%d+)$')) end
    redis.call('ZREMRANGEBYSCORE', log, '-inf', now - millis)
    redis.call('HSET', state, 'sum', sum)
  end
  return sum
end

local function waiter(ticket, id, amount)
  return string.format('%.0f|%s|%d', ticket, id, amount)
end
`

/** How long a waiter is taken for alive after it has asked. */
const aliveMillis = 2000

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
    numberOfKeys: (_id, _ticket, _waits, claims) => claims.length * 3,
    lua: `${prelude}
local id, ticket, waits = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
if ticket == 0 then ticket = time[1] * 1000000 + time[2] end
local claims = #KEYS / 3
local blocking, longest, waiting = 0, -2, 0
local lacking = {}
local left = { 0 }

local function freeAt(log, missing, millis, others, othersUntil)
  local freed = 0
  local at = 0
  while true do
    local batch = redis.call('ZRANGE', log, at, at + 99, 'WITHSCORES')
    if #batch == 0 then break end
    for i = 1, #batch, 2 do
      local ends = tonumber(batch[i + 1]) + millis
      if others > 0 and othersUntil <= ends then
        freed = freed + others
        others = 0
        if freed >= missing then return othersUntil end
      end
      freed = freed + tonumber(string.match(batch[i], '|(%d+)$'))
      if freed >= missing then return ends end
    end
    at = at + 100
  end
  if others > 0 and freed + others >= missing then return othersUntil end
  return now - 1
end

for i = 1, claims do
  local log, state, line = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local kind, limit = ARGV[4 * i], tonumber(ARGV[4 * i + 1])
  local millis, amount = tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  local used = trim(kind, log, state, millis)
  local said = redis.call('HMGET', state, 'others', 'othersUntil', 'paused')
  local others, othersUntil = tonumber(said[1] or '0'), tonumber(said[2] or '0')
  local paused = tonumber(said[3] or '0')
  if othersUntil <= now then others = 0 end
  local missing = used + others + amount - limit
  left[i + 1] = math.floor(math.max(0, -missing))
  redis.call('ZREMRANGEBYSCORE', line, '-inf', now)
  local before = 0
  for _, member in ipairs(redis.call('ZRANGE', line, 0, -1)) do
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
    wait = kind == 'rate' and freeAt(log, missing, millis, others, othersUntil) - now or -1
  end
  if wait then
    lacking[#lacking + 1] = i
    if wait > longest then blocking, longest, waiting = i, wait, before end
  end
end

if blocking > 0 then
  if waits then
    for _, i in ipairs(lacking) do
      redis.call('ZADD', KEYS[3 * i], now + ${aliveMillis}, waiter(ticket, id, ARGV[4 * i + 3]))
      keep(KEYS[3 * i], ${aliveMillis})
    end
  end
  return { blocking, math.ceil(longest), ticket, waiting }
end

for i = 1, claims do
  local log, state = KEYS[3 * i - 2], KEYS[3 * i - 1]
  local millis, amount = tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  redis.call('ZREM', KEYS[3 * i], waiter(ticket, id, amount))
  if ARGV[4 * i] == 'concurrency' then
    redis.call('ZADD', log, now + millis, id)
  else
    redis.call('ZADD', log, now, id .. '|' .. string.format('%d', amount))
    redis.call('HINCRBY', state, 'sum', amount)
    keep(state, millis + 1000)
  end
  keep(log, millis + 1000)
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
    numberOfKeys: (_id, _ticket, settlements) => settlements.length * 3,
    lua: `${prelude}
local id, ticket = ARGV[1], tonumber(ARGV[2])
for i = 1, #KEYS / 3 do
  local log, state, line = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
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
  local used = trim(kind, log, state, millis)
  if kind == 'concurrency' then
    redis.call('ZREM', log, id)
  else
    local member = id .. '|' .. string.format('%d', taken)
    local since = redis.call('ZSCORE', log, member)
    if since and amount ~= taken then
      redis.call('ZREM', log, member)
      if amount > 0 then redis.call('ZADD', log, since, id .. '|' .. string.format('%d', amount)) end
      used = redis.call('HINCRBY', state, 'sum', amount - taken)
    end
    if remaining >= 0 then
      redis.call('HSET', state, 'others', math.max(0, math.ceil(limit - remaining - used)), 'othersUntil', now + reset)
      keep(state, reset + 1000)
    end
  end
  if pause > 0 and tonumber(redis.call('HGET', state, 'paused') or '0') < now + pause then
    redis.call('HSET', state, 'paused', now + pause)
    keep(state, pause + 1000)
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
  redis.call('ZADD', log, now + millis, ARGV[2 * i - 1])
  keep(log, millis + 1000)
end`
  }
)
