import * as Redis from "effect/persistence/Redis"
import { keptMillis, pruneMillis } from "./Amounts.ts"

/**
 * Amounts are non-negative integers written in decimal, of any length: the numbers of Lua are exact only up to 2^53. Of an
 * account, `:a` holds amounts by time, `:t` the times in order, `:s` the sum since the window that was asked for last began,
 * and `:o` the parts of open reservations; a reservation is JSON.
 */
const ledger = /* lua */ `
local prefix = KEYS[1]
local width = 14
local base = 1e14

local function limbs(digits)
  local list = {}
  for last = #digits, 1, -width do
    list[#list + 1] = tonumber(string.sub(digits, math.max(1, last - width + 1), last))
  end
  return list
end

local function written(list)
  while #list > 1 and list[#list] == 0 do list[#list] = nil end
  local digits = string.format("%.0f", list[#list])
  for index = #list - 1, 1, -1 do digits = digits .. string.format("%014.0f", list[index]) end
  return digits
end

local function plus(a, b)
  local x, y, sum, carry = limbs(a), limbs(b), {}, 0
  for index = 1, math.max(#x, #y) do
    local limb = (x[index] or 0) + (y[index] or 0) + carry
    carry = limb >= base and 1 or 0
    sum[index] = limb - carry * base
  end
  if carry > 0 then sum[#sum + 1] = carry end
  return written(sum)
end

local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

local function minus(a, b)
  if less(a, b) then return "0" end
  local x, y, rest, borrowed = limbs(a), limbs(b), {}, 0
  for index = 1, #x do
    local limb = x[index] - (y[index] or 0) - borrowed
    borrowed = limb < 0 and 1 or 0
    rest[index] = limb + borrowed * base
  end
  return written(rest)
end

local function key(kind, name) return prefix .. kind .. name end

local function since(account, start)
  local sums = key("s:", account)
  local known = redis.call("HMGET", sums, "start", "total")
  if known[1] == start then return known[2] end
  local total = "0"
  local times = redis.call("ZRANGEBYSCORE", key("t:", account), start, "+inf")
  for first = 1, #times, 1000 do
    local some = redis.call("HMGET", key("a:", account), unpack(times, first, math.min(first + 999, #times)))
    for _, amount in ipairs(some) do total = plus(total, amount) end
  end
  redis.call("HSET", sums, "start", start, "total", total)
  return total
end

local function prune(account, at)
  local sums = key("s:", account)
  local known = redis.call("HMGET", sums, "start", "pruned")
  if tonumber(at) - tonumber(known[2] or "0") <= ${pruneMillis} then return end
  redis.call("HSET", sums, "pruned", at)
  local before = tonumber(at) - ${keptMillis}
  local start = tonumber(known[1] or "0")
  if start > 0 then before = math.min(before, start) end
  local old = redis.call("ZRANGEBYSCORE", key("t:", account), "(0", "(" .. string.format("%.0f", before), "LIMIT", 0, 10000)
  if #old == 0 then return end
  local total = redis.call("HGET", key("a:", account), "0") or "0"
  for _, time in ipairs(old) do
    total = plus(total, redis.call("HGET", key("a:", account), time))
    redis.call("HDEL", key("a:", account), time)
    redis.call("ZREM", key("t:", account), time)
  end
  redis.call("HSET", key("a:", account), "0", total)
  redis.call("ZADD", key("t:", account), 0, "0")
end

local function change(account, at, from, to)
  if from == to then return end
  prune(account, at)
  local amounts, sums = key("a:", account), key("s:", account)
  local amount = redis.call("HGET", amounts, at) or "0"
  redis.call("HSET", amounts, at, minus(plus(amount, to), from))
  redis.call("ZADD", key("t:", account), at, at)
  local known = redis.call("HMGET", sums, "start", "total")
  if known[1] and tonumber(at) >= tonumber(known[1]) then
    redis.call("HSET", sums, "total", minus(plus(known[2], to), from))
  end
end

local function load(id)
  local json = redis.call("GET", key("r:", id))
  return json and cjson.decode(json) or nil
end

local function save(id, reservation, expiresAt)
  redis.call("SET", key("r:", id), cjson.encode(reservation))
  redis.call("ZADD", prefix .. "expiring", expiresAt, id)
end

local function open(id, part) redis.call("HSET", key("o:", part[1]), id .. "|" .. part[2], part[3]) end
local function close(id, part) redis.call("HDEL", key("o:", part[1]), id .. "|" .. part[2]) end

local function balance(account, start)
  local reserved = "0"
  local parts = redis.call("HGETALL", key("o:", account))
  for index = 1, #parts, 2 do
    local at = string.match(parts[index], "|(%d+)$")
    if tonumber(at) >= tonumber(start) then reserved = plus(reserved, parts[index + 1]) end
  end
  return { minus(since(account, start), reserved), reserved }
end
`

/** A demand or charge: the account, amount, limit, start of the window and time. */
type Row = ReadonlyArray<string | number>

export const reserve = Redis.script(
  (prefix: string, id: string, expiresAt: number, demands: ReadonlyArray<Row>) => [
    prefix,
    id,
    expiresAt,
    ...demands.flat()
  ],
  {
    numberOfKeys: 1,
    lua: /* lua */ `${ledger}
local id, expiresAt = ARGV[1], ARGV[2]
local reservation = load(id)
local totals = {}
for index = 3, #ARGV, 5 do
  local account, amount, limit, start = ARGV[index], ARGV[index + 1], ARGV[index + 2], ARGV[index + 3]
  local total = plus(since(account, start), amount)
  if amount ~= "0" and less(limit, total) and not (reservation and reservation.status == "settled") then
    local has = balance(account, start)
    return { "refused", tostring((index - 3) / 5), has[1], has[2] }
  end
  totals[#totals + 1] = total
end
if reservation and reservation.status == "settled" then return { "granted", unpack(totals) } end
reservation = reservation or { parts = {} }
reservation.status = "open"
for index = 3, #ARGV, 5 do
  local account, amount, at = ARGV[index], ARGV[index + 1], ARGV[index + 4]
  change(account, at, "0", amount)
  local same
  for _, part in ipairs(reservation.parts) do
    if part[1] == account and part[2] == at then same = part end
  end
  if same then same[3] = plus(same[3], amount) else table.insert(reservation.parts, { account, at, amount }) end
end
for _, part in ipairs(reservation.parts) do open(id, part) end
save(id, reservation, expiresAt)
return { "granted", unpack(totals) }
`
  }
).withReturnType<ReadonlyArray<string>>()

export const settle = Redis.script(
  (prefix: string, id: string, expiresAt: number, charges: ReadonlyArray<Row>) => [
    prefix,
    id,
    expiresAt,
    ...charges.flat()
  ],
  {
    numberOfKeys: 1,
    lua: /* lua */ `${ledger}
local id, expiresAt = ARGV[1], ARGV[2]
local reservation = load(id) or { parts = {} }
if reservation.status == "settled" then return end
for index = 3, #ARGV, 3 do
  local account, left, at = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local last
  for number, part in ipairs(reservation.parts) do
    if part[1] == account then last = number end
  end
  if not last then change(account, at, "0", left) end
  for number, part in ipairs(reservation.parts) do
    if part[1] == account then
      local used = (number == last or less(left, part[3])) and left or part[3]
      change(account, part[2], part[3], used)
      left = minus(left, used)
    end
  end
end
for _, part in ipairs(reservation.parts) do close(id, part) end
save(id, { status = "settled" }, expiresAt)
`
  }
)

export const renew = Redis.script(
  (prefix: string, expiresAt: number, ids: ReadonlyArray<string>) => [prefix, expiresAt, ...ids],
  {
    numberOfKeys: 1,
    lua: /* lua */ `${ledger}
for index = 2, #ARGV do
  local reservation = load(ARGV[index])
  if reservation and reservation.status == "open" then redis.call("ZADD", prefix .. "expiring", ARGV[1], ARGV[index]) end
end
`
  }
)

export const expire = Redis.script(
  (prefix: string, now: number, whenAbandoned: string) => [prefix, now, whenAbandoned],
  {
    numberOfKeys: 1,
    lua: /* lua */ `${ledger}
local now, ended = ARGV[1], 0
for _, id in ipairs(redis.call("ZRANGEBYSCORE", prefix .. "expiring", "-inf", now, "LIMIT", 0, 1000)) do
  local reservation = load(id)
  if reservation and reservation.status == "open" then
    ended = ended + 1
    reservation.status = "abandoned"
    for _, part in ipairs(reservation.parts) do
      close(id, part)
      if ARGV[2] == "release" then
        change(part[1], part[2], part[3], "0")
        part[3] = "0"
      end
    end
    save(id, reservation, string.format("%.0f", tonumber(now) + ${pruneMillis}))
  else
    redis.call("DEL", key("r:", id))
    redis.call("ZREM", prefix .. "expiring", id)
  end
end
return ended
`
  }
).withReturnType<number>()

export const balance = Redis.script((prefix: string, account: string, start: number) => [prefix, account, start], {
  numberOfKeys: 1,
  lua: /* lua */ `${ledger}
return balance(ARGV[1], ARGV[2])
`
}).withReturnType<ReadonlyArray<string>>()
