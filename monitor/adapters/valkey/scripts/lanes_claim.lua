-- Leases the heads of due lanes, within what the destination takes. ARGV[2] destination, [3] JSON terms.
-- Returns rows, how many lanes are due, ms until more can be claimed (-1: nothing waits), why what is due was held.
-- A row: lane, change id, token, delivery, change body, memory, body of the memory's origin, following (flat triples
-- of change id, delivery, body); '' where there is none.
local destination, terms = ARGV[2], cjson.decode(ARGV[3])
local lanes, leases, flights = key('lanes', destination), key('leases', destination), key('flights', destination)
local deliveries, dst = key('delivery', destination), key('dst', destination)
local mutes = key('mutes', destination)
local DEAD_KEPT_MS = 30 * DAY_S * 1000
local MUTED_AT_ONCE = 100
local MUTES_LOOKED_AT = 20
local LOOKED_AT = 200

local function forget_dead(name)
  local dead = key('dead', name)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', dead, '-inf', now - DEAD_KEPT_MS, 'LIMIT', 0, 100)) do
    redis.call('ZREM', dead, old)
    redis.call('HDEL', key('delivery', name), old)
  end
end

forget_dead(destination)
forget_dead(redis.call('SRANDMEMBER', key('destinations')) or destination) -- nobody may serve that one any more

local function due()
  return redis.call('ZCOUNT', lanes, '-inf', now)
end

local function first_score(zset)
  return tonumber(redis.call('ZRANGE', zset, 0, 0, 'WITHSCORES')[2])
end

local function nothing(wait_ms, held)
  return {{}, due(), math.ceil(wait_ms), held}
end

local function next_turn()
  local score = first_score(lanes)
  return score and math.max(0, score - now) or -1
end

if due() == 0 then
  return nothing(next_turn(), '')
end
local known = redis.call('HMGET', dst, 'state', 'wish_until_ms', 'open_until_ms', 'probe', 'tat_ms', 'since_ms', 'kept_at_ms')
local state, wish_until, open_until = known[1], tonumber(known[2] or 0), tonumber(known[3] or 0)
if state == 'paused' or state == 'disabled' then
  if tonumber(known[7] or 0) < now - DAY_S * 1000 and keep_waiting(destination, tonumber(known[6] or now)) then
    redis.call('HSET', dst, 'kept_at_ms', string.format('%d', now))
  end
  return nothing(-1, state)
end
if wish_until > now then
  return nothing(wish_until - now, 'wish')
end
if open_until > now then
  return nothing(open_until - now, 'breaker')
end
local half_open = open_until > 0
local probed_until = half_open and known[4] and tonumber(redis.call('ZSCORE', flights, known[4]) or 0) or 0
if probed_until > now then
  return nothing(probed_until - now, 'breaker')
end
for _, token in ipairs(terms.landed) do
  redis.call('ZREM', flights, token)
end
redis.call('ZREMRANGEBYSCORE', flights, '-inf', now) -- the first write: one that a full server takes, too
local free = terms.in_flight - redis.call('ZCARD', flights)
if free <= 0 then
  return nothing(first_score(flights) - now, '')
end

-- The rate (GCRA): one arrival time for all notifiers. What stands further ahead than a burst was another rate's, or
-- another clock's.
local step_ms = 1000 / terms.per_s
local horizon = exact + terms.burst * step_ms
local arrival = math.min(math.max(exact, tonumber(known[5] or 0)), horizon)
local tokens = math.floor((horizon - arrival) / step_ms + 0.000001)
if tokens <= 0 then
  return nothing(arrival + step_ms - horizon, 'pace')
end
local messages = math.min(free, tokens)
if half_open then
  messages = 1
end
local most = terms.together and terms.limit or math.min(terms.limit, messages)

local function kept_of(id)
  local text = redis.call('HGET', deliveries, id)
  local kept = decoded(text) or {}
  if kept.batch and terms.batch == 1 then -- frozen for a channel; who takes one at a time gets each by itself
    kept.batch, kept.batch_count = nil, nil
    text = cjson.encode(kept)
    redis.call('HSET', deliveries, id, text)
  end
  return text or '', kept
end

-- Mutes of posts that nobody edits any more end as well, a few with every claim.
local function forget_mutes()
  local some = redis.call('HRANDFIELD', mutes, MUTES_LOOKED_AT, 'WITHVALUES')
  for at = 1, #some, 2 do
    local mute = decoded(some[at + 1])
    if mute and (tonumber(mute.until_ms) or math.huge) <= now then
      redis.call('HDEL', mutes, some[at])
    end
  end
end

local muting = redis.call('EXISTS', mutes) == 1
if muting then
  forget_mutes()
end

local function muted(lane)
  for _, mute in ipairs(redis.call('HMGET', mutes, lane, string.match(lane, '^(.*)/') or lane)) do
    local standing = mute and decoded(mute)
    if standing and (tonumber(standing.until_ms) or math.huge) > now then
      return true
    end
  end
  return false
end

-- What a mute drops is logged; what a person asked for again is not dropped. True when there is more to drop.
local function drop_muted(lane)
  local waiting = key('lane', destination, lane)
  for _ = 1, MUTED_AT_ONCE do
    local id = redis.call('LINDEX', waiting, 0)
    local _, kept = kept_of(id or '')
    if not id or kept.redelivery or kept.batch then
      return false
    end
    redis.call('LPOP', waiting)
    redis.call('HDEL', deliveries, id)
    redis.call('ZREM', key('queued', destination), id)
    redis.call('XADD', key('delivered', destination), 'MAXLEN', '~', DELIVERED_KEPT, '*', 'id', id, 'lane', lane,
      'attempts', kept.attempts or 0, 'status', 'muted', 'first_at_ms', string.format('%d', kept.first_at_ms or now))
    count({key('m', 'c'), 'deliveries_muted_total', '1', key('m', 'dst', destination), 'deliveries_muted_total', '1'})
  end
  local next_id = redis.call('LINDEX', waiting, 0)
  local _, next_kept = kept_of(next_id or '')
  return next_id and not next_kept.redelivery and not next_kept.batch
end

-- When a due lane is put off to: the end of quiet hours, or until its later edits have settled; nil: its turn is now.
local function put_off_to(lane, kept)
  if kept.not_before_ms and kept.not_before_ms > now then
    return kept.not_before_ms
  end
  if terms.settle_ms == 0 or kept.batch or kept.redelivery or (kept.attempts or 0) > 0 or kept.tried_at_ms
    or redis.call('EXISTS', key('memory', destination, lane)) == 0 then
    return nil
  end
  local _, last = kept_of(redis.call('LINDEX', key('lane', destination, lane), -1))
  local first_at = kept.first_at_ms or 0
  local settled = math.min((last.first_at_ms or first_at) + terms.settle_ms, first_at + terms.settle_most_ms)
  return settled > now and settled or nil
end

-- The changes behind the head that one message may settle with it.
local function following(lane, kept)
  local flat = {}
  local n = kept.batch and (kept.batch_count or 0) or (kept.redelivery and 0 or terms.batch - 1)
  for _, id in ipairs(n > 0 and redis.call('LRANGE', key('lane', destination, lane), 1, n) or {}) do
    local text, behind = kept_of(id)
    if not kept.batch and (behind.redelivery or (behind.not_before_ms or 0) > now) then
      break
    end
    flat[#flat + 1], flat[#flat + 2], flat[#flat + 3] = id, text, redis.call('GET', key('change', id)) or ''
    redis.call('EXPIRE', key('change', id), DAY_S, 'GT')
  end
  return flat
end

local rows = {}
local flying = 0
local leased = {tokens = {}, ends = {}, flights = {}}
local fresh = {next = 1, last = 0}

-- One counter for all lanes (field ''): a token is never handed out twice, though lanes come and go.
local function new_token()
  if fresh.next > fresh.last then
    fresh.last = redis.call('HINCRBY', leases, '', most)
    fresh.next = fresh.last - most + 1
  end
  fresh.next = fresh.next + 1
  return fresh.next - 1
end

local function append(flat, first, second)
  flat[#flat + 1], flat[#flat + 2] = first, second
end

local function lease(lane, id, text, kept)
  local token, ends_at = new_token(), now + terms.lease_ms
  append(leased.tokens, lane, token)
  append(leased.ends, ends_at, lane)
  if flying == 0 or not (terms.together or kept.batch) then
    append(leased.flights, ends_at, token)
    flying = flying + 1
  end
  redis.call('EXPIRE', key('change', id), DAY_S, 'GT') -- not beneath its attempt
  local known = redis.call('MGET', key('change', id), key('memory', destination, lane))
  local memory = known[2] or ''
  local origin = memory ~= '' and (decoded(memory) or {}).origin
  rows[#rows + 1] = {
    lane, id, token, text, known[1] or '', memory,
    origin and redis.call('GET', key('change', origin)) or '', following(lane, kept),
  }
end

local function write_leases()
  call_with('HSET', leases, leased.tokens)
  call_with('ZADD', lanes, leased.ends)
  call_with('ZADD', flights, leased.flights)
end

-- A frozen batch goes as it was frozen: whole and alone.
local function lease_batch(batch)
  for _, lane in ipairs(redis.call('LRANGE', key('batch', destination, batch), 0, -1)) do
    local id = redis.call('LINDEX', key('lane', destination, lane), 0)
    local text, kept = kept_of(id or '')
    local held = redis.call('HEXISTS', leases, lane) == 1 and tonumber(redis.call('ZSCORE', lanes, lane) or 0) > now
    if id and kept.batch == batch and not held then
      lease(lane, id, text, kept)
    end
  end
end

local looked_at = terms.settle_ms > 0 and math.max(most, LOOKED_AT) or most + 20
for _, lane in ipairs(redis.call('ZRANGEBYSCORE', lanes, '-inf', now, 'LIMIT', 0, looked_at)) do
  local more_to_drop = muting and muted(lane) and drop_muted(lane) -- it stays due: the next claim goes on
  local id = redis.call('LINDEX', key('lane', destination, lane), 0)
  if not id then
    redis.call('ZREM', lanes, lane)
    redis.call('HDEL', leases, lane)
  elseif not more_to_drop then
    local text, kept = kept_of(id)
    local later = put_off_to(lane, kept)
    if later then
      redis.call('ZADD', lanes, later, lane)
    elseif #rows >= most then
      if terms.settle_ms == 0 then
        break
      end
    elseif kept.batch then
      if #rows == 0 then
        lease_batch(kept.batch)
        if #rows == 0 then -- nobody knows any more what it was to go with
          lease(lane, id, text, kept)
        end
        break
      end
    else
      lease(lane, id, text, kept)
    end
  end
end

write_leases()
if flying > 0 then
  redis.call('HSET', dst, 'tat_ms', string.format('%.3f', arrival + flying * step_ms))
  if half_open then
    redis.call('HSET', dst, 'probe', rows[1][3])
  end
end
local left = due()
local answer = {rows, left + #rows, 0, ''}
if left == 0 then
  answer[3] = next_turn()
elseif half_open and flying > 0 then
  answer[3], answer[4] = terms.lease_ms, 'breaker'
elseif flying >= tokens then
  answer[3], answer[4] = math.ceil(arrival + (flying + 1) * step_ms - horizon), 'pace'
elseif flying >= free then
  answer[3] = first_score(flights) - now
end
return answer
