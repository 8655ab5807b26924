import { mostSteps } from "./Taken.ts"

/*
 * What was taken of a rate, in Redis: the same steps as in memory (`Taken.ts`), so that a busy limit takes no more memory than one
 * of some thousand calls.
 *
 * - steps: a sorted set of `last|amount` by the time of the first taking of each step; the step ends a window after its `last` one;
 * - open: a sorted set of `id|amount` of the calls that are not settled, by their steps;
 * - the field `taken` of the state: the sum of all steps.
 *
 * Times are whole microseconds, since Redis compares fractions in small sets at ten times the cost.
 */

/**
 * Lua functions, for scripts that have `now` in milliseconds and `keep(key, millis)`. Scores are handed on as Redis wrote them, so
 * that they stay the same.
 */
export const steps = `
local function micros(millis)
  return string.format('%.0f', millis * 1000)
end

local function split(step)
  local last, amount = string.match(step, '^(.*)|(%d+)$')
  return tonumber(last) / 1000, tonumber(amount)
end

local function sum(all)
  local total = 0
  for _, step in ipairs(all) do
    local _, amount = split(step)
    total = total + amount
  end
  return total
end

local function put(steps, start, last, amount)
  redis.call('ZADD', steps, start, string.format('%s|%.0f', micros(last), amount))
end

-- In this order, since a set that is empty for a moment loses its time to live.
local function replace(steps, step, start, last, amount)
  put(steps, start, last, amount)
  redis.call('ZREM', steps, step)
end

local function opened(id, amount)
  return string.format('%s|%.0f', id, amount)
end

-- Of nothing, the negative would be -0, which Redis does not take for an integer.
local function count(state, amount)
  return redis.call('HINCRBY', state, 'taken', amount + 0)
end

-- Adds to the current step, or to a new one, and returns its start.
local function add(steps, state, amount, millis)
  count(state, amount)
  local current = redis.call('ZRANGE', steps, -1, -1, 'WITHSCORES')
  if current[1] and now - current[2] / 1000 < millis / ${mostSteps} then
    local last, taken = split(current[1])
    replace(steps, current[1], current[2], math.max(last, now), taken + amount)
    return current[2]
  end
  local start = micros(now)
  put(steps, start, now, amount)
  local outlives = math.ceil(millis * (1 + 1 / ${mostSteps})) + 1000
  redis.call('PEXPIRE', steps, outlives)
  keep(state, outlives)
  return start
end

local function take(steps, state, open, id, amount, millis)
  redis.call('ZADD', open, add(steps, state, amount, millis), opened(id, amount))
  redis.call('PEXPIRE', open, math.ceil(millis) + 1000)
end

-- Corrects what a call took, once.
local function correct(steps, state, open, id, taken, amount)
  local start = amount ~= taken and redis.call('ZSCORE', open, opened(id, taken))
  redis.call('ZREM', open, opened(id, taken))
  local step = start and redis.call('ZRANGEBYSCORE', steps, start, start)[1]
  if not step then return end
  local last, all = split(step)
  replace(steps, step, start, last, all + amount - taken)
  -- Where Redis has evicted the sum, the next call adds it up.
  if redis.call('HEXISTS', state, 'taken') == 1 then count(state, amount - taken) end
end

-- After Redis's clock was set back by more than the window, what was taken counts from now on.
local function bring(steps, state, open, millis)
  local total = sum(redis.call('ZRANGE', steps, 0, -1))
  local calls = redis.call('ZRANGE', open, 0, -1)
  redis.call('DEL', steps)
  count(state, -total)
  local start = add(steps, state, total, millis)
  for _, call in ipairs(calls) do redis.call('ZADD', open, start, call) end
end

-- Forgets the steps that have ended, and returns the sum of the others.
local function trimSteps(steps, state, open, millis, taken)
  local first = redis.call('ZRANGE', steps, 0, 0, 'WITHSCORES')
  if not first[1] then
    -- The state may outlive the steps, for as long as a pause.
    if taken and taken ~= '0' then redis.call('HSET', state, 'taken', 0) end
    return 0
  end
  -- Redis may have evicted the state alone.
  if not taken then
    taken = count(state, sum(redis.call('ZRANGE', steps, 0, -1)))
    keep(state, redis.call('PTTL', steps))
  end
  taken = tonumber(taken)
  local since = first[2] / 1000
  if since > now then bring(steps, state, open, millis) end
  if since > now - millis then return taken end
  local ended, upTo = 0, nil
  local old = redis.call('ZRANGEBYSCORE', steps, '-inf', micros(now - millis), 'WITHSCORES')
  for i = 1, #old, 2 do
    local last, amount = split(old[i])
    if last > now - millis then break end
    ended, upTo = ended + amount, old[i + 1]
  end
  if not upTo then return taken end
  redis.call('ZREMRANGEBYSCORE', steps, '-inf', upTo)
  redis.call('ZREMRANGEBYSCORE', open, '-inf', upTo)
  return count(state, -ended)
end

-- When so much will have become free; before now where that depends on those who wait before.
local function freeAt(steps, missing, millis, others, othersUntil)
  local freed = 0
  local at = 0
  while true do
    local batch = redis.call('ZRANGE', steps, at, at + 99)
    if #batch == 0 then break end
    for _, step in ipairs(batch) do
      local last, amount = split(step)
      if others > 0 and othersUntil <= last + millis then
        freed = freed + others
        others = 0
        if freed >= missing then return othersUntil end
      end
      freed = freed + amount
      if freed >= missing then return last + millis end
    end
    at = at + 100
  end
  if others > 0 and freed + others >= missing then return othersUntil end
  return now - 1
end
`
