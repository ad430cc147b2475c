-- Shared: how long the bodies last of what waits for a destination that hands out nothing.
local HELD_KEPT_S = 30 * DAY_S

-- What waits is kept until so long after the destination was held; false when that is over.
local function keep_waiting(destination, since_ms)
  local seconds = HELD_KEPT_S - math.floor((now - since_ms) / 1000)
  if seconds <= 0 then
    return false
  end
  for _, lane in ipairs(redis.call('ZRANGE', key('lanes', destination), 0, -1)) do
    for _, id in ipairs(redis.call('LRANGE', key('lane', destination, lane), 0, -1)) do
      redis.call('EXPIRE', key('change', id), seconds, 'GT')
    end
  end
  return true
end
