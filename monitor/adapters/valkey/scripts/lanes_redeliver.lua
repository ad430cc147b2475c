-- Puts a dead or delivered change at the end of its lane again. ARGV[2] destination, [3] lane, [4] change id,
-- [5...] counts. 0: it waits already; 1: done.
local destination, lane, id = ARGV[2], ARGV[3], ARGV[4]
local deliveries, dead = key('delivery', destination), key('dead', destination)
if redis.call('HEXISTS', deliveries, id) == 1 and not redis.call('ZSCORE', dead, id) then
  return 0
end
redis.call('ZREM', dead, id)
redis.call('HSET', deliveries, id, cjson.encode({
  lane = lane, attempts = 0, first_at_ms = now, committed_at_ms = now, redelivery = true,
}))
redis.call('RPUSH', key('lane', destination, lane), id)
redis.call('ZADD', key('lanes', destination), 'NX', now, lane)
count({ unpack(ARGV, 5) })
redis.call('PUBLISH', key('wake'), destination)
return 1
