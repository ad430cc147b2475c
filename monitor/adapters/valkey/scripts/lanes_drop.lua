-- Takes a pending or dead delivery out for good. ARGV[2] destination, [3] change id, [4] 1: say only.
-- "unknown"; "in flight": it is on its way; "dropped". A frozen message that waits goes on without it.
local destination, id, dry = ARGV[2], ARGV[3], ARGV[4] == '1'
local deliveries, lanes = key('delivery', destination), key('lanes', destination)
local text = redis.call('HGET', deliveries, id)
if not text then
  return 'unknown'
end
if redis.call('ZSCORE', key('dead', destination), id) then
  if not dry then
    redis.call('ZREM', key('dead', destination), id)
    redis.call('HDEL', deliveries, id)
  end
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
local batch, behind = head_kept.batch, head_kept.batch_count or 0
local frozen = place and batch and place <= behind
if leased and (place == 0 or frozen) then
  return 'in flight'
end
if dry then
  return 'dropped'
end
redis.call('ZREM', key('queued', destination), id)
redis.call('LREM', waiting, 1, id)
redis.call('HDEL', deliveries, id)
count({key('m', 'c'), 'deliveries_dropped_total', '1', key('m', 'dst', destination), 'deliveries_dropped_total', '1'})

-- What is left of the message keeps its name: whoever took the whole of it does not take it twice.
local function shrink()
  local rest = place == 0 and redis.call('LINDEX', waiting, 0) or head
  if behind == 0 or not rest then
    redis.call('LREM', key('batch', destination, batch), 0, lane)
    return
  end
  local kept = decoded(redis.call('HGET', deliveries, rest)) or {lane = lane, attempts = 0, first_at_ms = now}
  kept.batch, kept.batch_count = batch, behind - 1
  redis.call('HSET', deliveries, rest, cjson.encode(kept))
end

if frozen then
  shrink()
end
if not leased then
  redis.call('HDEL', key('leases', destination), lane)
end
if redis.call('LLEN', waiting) == 0 then
  redis.call('ZREM', lanes, lane)
elseif place == 0 then
  redis.call('ZADD', lanes, now, lane)
  redis.call('PUBLISH', key('wake'), destination)
end
return 'dropped'
