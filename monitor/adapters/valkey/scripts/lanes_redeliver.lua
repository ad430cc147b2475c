-- Puts a dead or delivered change at the end of its lane again; one that waits for its next attempt is due now.
-- ARGV[2] destination, [3] lane, [4] change id, [5...] counts.
-- "gone": its body is no longer kept; "waiting": it is in flight, or others stand before it; "due"; "queued".
local destination, lane, id = ARGV[2], ARGV[3], ARGV[4]
local deliveries, dead = key('delivery', destination), key('dead', destination)
if redis.call('HEXISTS', deliveries, id) == 1 and not redis.call('ZSCORE', dead, id) then
  local due_at = tonumber(redis.call('ZSCORE', key('lanes', destination), lane) or 0)
  if redis.call('LINDEX', key('lane', destination, lane), 0) ~= id
    or (redis.call('HEXISTS', key('leases', destination), lane) == 1 and due_at > now) then
    return 'waiting'
  end
  local kept = decoded(redis.call('HGET', deliveries, id)) or {}
  if kept.not_before_ms then -- who asks for it now does not wait for the end of quiet hours
    kept.not_before_ms = nil
    redis.call('HSET', deliveries, id, cjson.encode(kept))
  end
  redis.call('ZADD', key('lanes', destination), now, lane)
  redis.call('PUBLISH', key('wake'), destination)
  return 'due'
end
if redis.call('EXISTS', key('change', id)) == 0 then
  return 'gone'
end
redis.call('EXPIRE', key('change', id), 8 * DAY_S, 'GT') -- as long as in lanes_settle
redis.call('ZREM', dead, id)
redis.call('SADD', key('destinations'), destination)
redis.call('HSET', deliveries, id, cjson.encode({
  lane = lane, attempts = 0, first_at_ms = now, committed_at_ms = now, redelivery = true,
}))
redis.call('ZADD', key('queued', destination), now, id)
redis.call('RPUSH', key('lane', destination, lane), id)
redis.call('ZADD', key('lanes', destination), 'NX', now, lane)
count({ unpack(ARGV, 5) })
redis.call('PUBLISH', key('wake'), destination)
return 'queued'
