-- Leases ready sources, oldest first. ARGV[2] limit, [3] lease ms, [4] observations a claim, [5] deaths until a head
-- observation is set aside. `tries` counts claims without a commit: a source whose claim died is claimed alone and
-- one observation at a time, so that the observation that kills its worker is known and takes no other with it.
local ready, lease, deaths = key('ready'), tonumber(ARGV[3]), tonumber(ARGV[5])
local claims, asides = {}, {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', ready, '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))) do
  local src, inbox = key('src', name), key('inbox', name)
  local tries = tonumber(redis.call('HGET', src, 'tries') or 0)
  if tries >= deaths then
    local reason = 'its worker died ' .. tries .. ' times'
    if put_aside(name, reason) then
      asides[#asides + 1] = {name, reason}
    end
    tries = 0
    redis.call('HSET', src, 'tries', 0)
  end
  if redis.call('LLEN', inbox) == 0 or redis.call('HEXISTS', src, 'def') == 0 then
    redis.call('ZREM', ready, name)
  elseif tries == 0 or #claims == 0 then
    local count = tries == 0 and tonumber(ARGV[4]) or 1
    redis.call('ZADD', ready, now + lease, name)
    redis.call('HINCRBY', src, 'tries', 1)
    claims[#claims + 1] = {
      name,
      redis.call('HINCRBY', src, 'epoch', 1),
      redis.call('HMGET', src, 'def', 'state', 'heat', 'heat_at', 'generation'),
      redis.call('LRANGE', inbox, 0, count - 1),
    }
    if tries > 0 then
      break
    end
  end
end
return {claims, asides}
