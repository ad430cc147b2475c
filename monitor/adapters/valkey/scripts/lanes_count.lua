-- Makes `queued` anew from what waits: a store of before it was kept has none. ARGV[2] destination.
local deliveries, dead, queued = key('delivery', ARGV[2]), key('dead', ARGV[2]), key('queued', ARGV[2])
redis.call('DEL', queued)
local flat = redis.call('HGETALL', deliveries)
for at = 1, #flat, 2 do
  if not redis.call('ZSCORE', dead, flat[at]) then
    redis.call('ZADD', queued, (decoded(flat[at + 1]) or {}).first_at_ms or 0, flat[at])
  end
end
return redis.call('ZCARD', queued)
