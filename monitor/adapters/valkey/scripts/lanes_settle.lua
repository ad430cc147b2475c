-- What came of an attempt. ARGV[2] destination, [3] lane, [4] change id, [5] token, [6] verb, [7] JSON, [8...] counts.
-- 0: the claim has passed to another, nothing written; 1: written.
local destination, lane, id, token, verb = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local outcome = cjson.decode(ARGV[7])
local waiting, lanes = key('lane', destination, lane), key('lanes', destination)
local deliveries, dead = key('delivery', destination), key('dead', destination)
local DELIVERED_KEPT = 10000
local DEAD_KEPT_S = 30 * DAY_S
local QUEUED_KEPT_S = 8 * DAY_S -- a week more than the longest wait between two attempts

if redis.call('HGET', key('leases', destination), lane) ~= token or redis.call('LINDEX', waiting, 0) ~= id then
  return 0
end
redis.call('HDEL', key('leases', destination), lane)
local kept = redis.call('HGET', deliveries, id)
local delivery = kept and cjson.decode(kept) or { lane = lane, attempts = 0, first_at_ms = now, committed_at_ms = now }

local function next_head()
  redis.call('LPOP', waiting)
  if redis.call('LLEN', waiting) > 0 then
    redis.call('ZADD', lanes, now, lane)
  else
    redis.call('ZREM', lanes, lane)
  end
end

-- A body lives at least so long from now, whatever the retention says.
local function keep_body(change, seconds)
  redis.call('EXPIRE', key('change', change), seconds, 'GT')
end

-- What a sender left is kept as long as the change it left it with.
local function remember(memory)
  local left_s = redis.call('TTL', key('change', id))
  if left_s == -1 then
    redis.call('SET', key('memory', destination, lane), memory)
  else
    redis.call('SET', key('memory', destination, lane), memory, 'EX', math.max(left_s, DAY_S))
  end
end

if verb == 'delivered' then
  next_head()
  redis.call('HDEL', deliveries, id)
  if outcome.memory ~= '' then
    remember(outcome.memory)
  end
  redis.call('XADD', key('delivered', destination), 'MAXLEN', '~', DELIVERED_KEPT, '*', 'id', id, 'lane', lane,
    'attempts', delivery.attempts + 1, 'status', outcome.status, 'first_at_ms', string.format('%d', delivery.first_at_ms))
else
  delivery.attempts = delivery.attempts + outcome.attempts
  delivery.reason = outcome.reason
  delivery.tried_at_ms = delivery.tried_at_ms or now
  if verb == 'retry' then
    redis.call('ZADD', lanes, now + outcome.after_ms, lane)
    for _, behind in ipairs(redis.call('LRANGE', waiting, 0, -1)) do
      keep_body(behind, QUEUED_KEPT_S)
    end
  else
    next_head()
    redis.call('ZADD', dead, now, id)
    keep_body(id, DEAD_KEPT_S)
  end
  redis.call('HSET', deliveries, id, cjson.encode(delivery))
end
count({ unpack(ARGV, 8) })
return 1
