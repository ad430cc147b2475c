-- Leases the heads of due lanes. ARGV[2] destination, [3] how many at most, [4] lease in ms.
-- A row: lane, change id, token, delivery, change body, memory; '' where there is none.
local destination, limit, lease_ms = ARGV[2], ARGV[3], tonumber(ARGV[4])
local lanes, leases, dead = key('lanes', destination), key('leases', destination), key('dead', destination)
local DEAD_KEPT_MS = 30 * DAY_S * 1000

for _, old in ipairs(redis.call('ZRANGEBYSCORE', dead, '-inf', now - DEAD_KEPT_MS, 'LIMIT', 0, 100)) do
  redis.call('ZREM', dead, old)
  redis.call('HDEL', key('delivery', destination), old)
end

local rows = {}
for _, lane in ipairs(redis.call('ZRANGEBYSCORE', lanes, '-inf', now, 'LIMIT', 0, limit)) do
  local id = redis.call('LINDEX', key('lane', destination, lane), 0)
  if id then
    -- One counter for all lanes (field ''): a token is never handed out twice, though lanes come and go.
    local token = redis.call('HINCRBY', leases, '', 1)
    redis.call('HSET', leases, lane, token)
    redis.call('ZADD', lanes, now + lease_ms, lane)
    redis.call('EXPIRE', key('change', id), DAY_S, 'GT') -- not beneath its attempt
    rows[#rows + 1] = {
      lane, id, token,
      redis.call('HGET', key('delivery', destination), id) or '',
      redis.call('GET', key('change', id)) or '',
      redis.call('GET', key('memory', destination, lane)) or '',
    }
  else
    redis.call('ZREM', lanes, lane)
    redis.call('HDEL', leases, lane)
  end
end
return rows
