-- Takes a pending or dead delivery out for good. ARGV[2] destination, [3] change id.
-- "unknown"; "in flight": it is on its way, or part of a frozen message; "dropped".
local destination, id = ARGV[2], ARGV[3]
local deliveries, lanes = key('delivery', destination), key('lanes', destination)
local text = redis.call('HGET', deliveries, id)
if not text then
  return 'unknown'
end
if redis.call('ZREM', key('dead', destination), id) == 1 then
  redis.call('HDEL', deliveries, id)
  return 'dropped'
end
local lane = (decoded(text) or {}).lane
if not lane then
  return 'unknown'
end
local waiting = key('lane', destination, lane)
local place = redis.call('LPOS', waiting, id)
local head = redis.call('LINDEX', waiting, 0)
local head_kept = decoded(head and redis.call('HGET', deliveries, head)) or {}
local leased = redis.call('HEXISTS', key('leases', destination), lane) == 1
  and tonumber(redis.call('ZSCORE', lanes, lane) or 0) > now
if place and ((head_kept.batch and place <= (head_kept.batch_count or 0)) or (leased and place == 0)) then
  return 'in flight'
end
redis.call('LREM', waiting, 1, id)
redis.call('HDEL', deliveries, id)
if redis.call('LLEN', waiting) == 0 then
  redis.call('ZREM', lanes, lane)
elseif place == 0 then
  redis.call('ZADD', lanes, now, lane)
  redis.call('PUBLISH', key('wake'), destination)
end
return 'dropped'
