-- Shared: what a claim comes to when it is frozen into a message.
-- Whether what was claimed stands as it was: something behind the head may have been dropped since.
local function as_claimed(destination, head)
  local n = #head.following
  for at, id in ipairs(n > 0 and redis.call('LRANGE', key('lane', destination, head.lane), 1, n) or {}) do
    if id ~= head.following[at] then
      return false
    end
  end
  return n == 0 or redis.call('LLEN', key('lane', destination, head.lane)) > n
end

-- The place on its way, and that of a probe, are the message's, not those of a lane it was claimed beside.
local function take_off(destination, heads)
  local flights, dst = key('flights', destination), key('dst', destination)
  local known = redis.call('HMGET', dst, 'open_until_ms', 'probe')
  local flying, old = false, known[2]
  for _, head in ipairs(heads) do
    flying = flying or redis.call('ZSCORE', flights, head.token)
    old = old ~= head.token and old
  end
  if not flying then
    redis.call('ZADD', flights, redis.call('ZSCORE', key('lanes', destination), heads[1].lane), heads[1].token)
  end
  if known[1] and tonumber(known[1]) <= now then -- half open: one claim is at work, and this is it
    redis.call('ZREM', flights, old or '')
    redis.call('HSET', dst, 'probe', heads[1].token)
  end
end
