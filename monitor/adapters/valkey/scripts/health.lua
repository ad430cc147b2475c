-- Shared: how a destination fares. The breaker and the long failure, on the server's clock.
-- `limits`: JSON of core.deliver.health.Limits, times in ms.
local PARTS = 5 -- the window counts in so many parts, so that it slides

local function health(destination, limits)
  local dst = key('dst', destination)
  local part_ms = math.max(1, math.floor(limits.window_ms / PARTS))
  local part = math.floor(now / part_ms)
  local known = redis.call('HMGET', dst, 'state', 'open_until_ms', 'open_for_ms', 'probe', 'failing_since_ms', 'fails',
    'failed', 'warned')
  local self = {notes = {}}

  local function window(n)
    return key('health', destination, string.format('%d', n))
  end

  local function counted(n, trip)
    local here = window(part)
    if redis.call('HINCRBY', here, 'n', n) == n then
      redis.call('PEXPIRE', here, part_ms * (PARTS + 1))
    end
    if trip then
      redis.call('HINCRBY', here, 'trips', 1)
    end
  end

  local function note(text)
    self.notes[#self.notes + 1] = text
  end

  -- What was counted of late is of no account any more.
  function self.forget()
    for back = 0, PARTS do
      redis.call('DEL', window(part - back))
    end
  end

  local function close()
    redis.call('HDEL', dst, 'open_until_ms', 'open_for_ms', 'probe', 'fails')
    self.forget()
    redis.call('PUBLISH', key('wake'), destination)
    note('breaker closed')
  end

  local function open(for_ms)
    redis.call('HSET', dst, 'open_until_ms', string.format('%d', now + for_ms), 'open_for_ms', for_ms, 'fails', 0)
    redis.call('HDEL', dst, 'probe')
    count({key('m', 'c'), 'breakers_opened_total', '1', key('m', 'dst', destination), 'breakers_opened_total', '1'})
    note('breaker open')
  end

  local function mostly_trips()
    local n, trips = 0, 0
    for back = 0, PARTS - 1 do
      local seen = redis.call('HMGET', window(part - back), 'n', 'trips')
      n, trips = n + tonumber(seen[1] or 0), trips + tonumber(seen[2] or 0)
    end
    return n >= limits.window_least and trips >= limits.window_share * n
  end

  -- It answered so many attempts, whatever it said.
  function self.answered(n)
    counted(n or 1)
    if known[2] then
      close()
    elseif known[6] then
      redis.call('HDEL', dst, 'fails')
    end
  end

  function self.arrived(n)
    self.answered(n)
    if known[5] then
      redis.call('HDEL', dst, 'failing_since_ms', 'failed', 'warned', 'failing_told')
    end
  end

  -- It could not be reached, or is broken. What was on its way when the breaker opened changes nothing.
  function self.tripped(token)
    counted(1, true)
    if known[2] then
      if known[4] == token then
        open(math.min(2 * tonumber(known[3]), limits.open_most_ms))
      end
    elseif redis.call('HINCRBY', dst, 'fails', 1) >= limits.in_a_row or mostly_trips() then
      open(limits.open_ms)
    end
  end

  -- A probe that was not made leaves the place to another.
  function self.unprobed(token)
    if known[4] == token then
      redis.call('HDEL', dst, 'probe')
    end
  end

  function self.set(state, reason, by)
    if known[1] == 'disabled' or known[1] == state then
      return false
    end
    known[1] = state
    redis.call('HSET', dst, 'state', state, 'reason', reason, 'since_ms', string.format('%d', now), 'by', by)
    if state == 'disabled' then
      count({key('m', 'c'), 'destinations_disabled_total', '1', key('m', 'dst', destination), 'destinations_disabled_total', '1'})
    end
    note(state)
    return true
  end

  -- One more failed attempt; true when the destination has failed for so long that it is disabled by it.
  function self.failed()
    local since = tonumber(known[5] or now)
    if not known[5] then
      redis.call('HSET', dst, 'failing_since_ms', string.format('%d', now))
    end
    local failed = redis.call('HINCRBY', dst, 'failed', 1)
    local share = math.min((now - since) / limits.disable_ms, failed / limits.disable_failed)
    if share >= 1 then
      return self.set('disabled', string.format('nothing arrived for %d hours', (now - since) / 3600000), 'stetwatch')
    end
    for _, percent in ipairs({90, 70, 50}) do
      if share * 100 >= percent then
        if tonumber(known[8] or 0) < percent then
          redis.call('HSET', dst, 'warned', percent)
          note('failing ' .. percent)
        end
        break
      end
    end
    return false
  end

  return self
end
