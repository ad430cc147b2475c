-- Shared by the scripts that tell changes: into the log, and into the lanes of their destinations.
local QUEUED_S = 8 * DAY_S      -- a change waits for its destination at least so long, whatever the retention
local woken, logged = {}, {}

-- What quiet hours hold before a change that they do not hold goes with it, so that order is kept: those held stand
-- at the end of the lane, for they were let go whenever one that is not held came behind them, with nothing but
-- redeliveries between them.
local function let_go(destination, lane)
  local waiting, deliveries = key('lane', destination, lane), key('delivery', destination)
  local at, id = -1, redis.call('LINDEX', waiting, -1)
  while id do
    local delivery = decoded(redis.call('HGET', deliveries, id))
    if not delivery or not (delivery.not_before_ms or delivery.redelivery) then
      return
    end
    if delivery.not_before_ms then
      delivery.not_before_ms = nil
      redis.call('HSET', deliveries, id, cjson.encode(delivery))
    end
    at = at - 1
    id = redis.call('LINDEX', waiting, at)
  end
end

-- A lease and a retry keep their time. Any other lane waits for a hold, to settle or for a digest: that is asked anew.
local function keeps_its_time(destination, lane)
  local head = redis.call('LINDEX', key('lane', destination, lane), 0)
  local kept = head and decoded(redis.call('HGET', key('delivery', destination), head)) or {}
  return not head or redis.call('HEXISTS', key('leases', destination), lane) == 1 or (kept.attempts or 0) > 0
    or kept.tried_at_ms ~= nil
end

-- `holds`: destination → when it may be sent at the earliest (ms), for those whose quiet hours keep it.
local function deliver(change, source, destination)
  local lane = source .. '/' .. change.subject
  local held = change.holds and change.holds[destination]
  local forward = not held and not keeps_its_time(destination, lane)
  if not held then
    let_go(destination, lane)
  end
  redis.call('RPUSH', key('lane', destination, lane), change.id)
  redis.call('HSET', key('delivery', destination), change.id, cjson.encode({
    lane = lane, attempts = 0, first_at_ms = now, committed_at_ms = now, not_before_ms = held, held = held and true,
  }))
  redis.call('ZADD', key('queued', destination), now, change.id)
  redis.call('ZADD', key('lanes', destination), forward and 'LT' or 'NX', held or now, lane)
  redis.call('HINCRBY', key('m', 'c'), 'deliveries_queued_total', 1)
  redis.call('HINCRBY', key('m', 'dst', destination), 'deliveries_queued_total', 1)
  redis.call('SADD', key('destinations'), destination)
  redis.call('EXPIRE', key('change', change.id), QUEUED_S, 'GT')
  woken[destination] = true
end

-- The source's own log, under the same place; which sources have a tag, so that its changes are found by theirs.
-- A place below the last one (a clock set back, a log deleted by hand) is no reason to break off a commit.
local function log_of_source(change, source, place, keep_s, max_changes)
  local log = key('log', source)
  redis.pcall('XADD', log, 'MAXLEN', '~', max_changes, place,
    'id', change.id, 'type', change.type, 'subject', change.subject, 'score', change.score)
  if not logged[source] then
    logged[source] = true
    redis.call('EXPIRE', log, keep_s)
    redis.call('XTRIM', log, 'MINID', '~', string.format('%d', math.max(0, now - keep_s * 1000)))
    for _, tag in ipairs(change.tags) do
      redis.call('ZADD', key('tellers', tag), now, source)
      redis.call('ZREMRANGEBYSCORE', key('tellers', tag), '-inf', string.format('(%d', now - keep_s * 1000))
      redis.call('EXPIRE', key('tellers', tag), keep_s)
    end
  end
end

-- Writes a change into the log and the lanes; false when it stands there already: an id says what happened.
-- Readers of both logs find the fields by their places (scripts/log_look.lua): new ones go to the end.
local function tell(change, source, body, keep_s, max_changes)
  if not redis.call('SET', key('change', change.id), body, 'NX', 'EX', keep_s) then
    return false
  end
  local place = redis.call('XADD', key('changes'), 'MAXLEN', '~', max_changes, '*', 'id', change.id, 'type', change.type,
    'source', source, 'subject', change.subject, 'score', change.score, 'find', change.find)
  log_of_source(change, source, place, keep_s, max_changes)
  redis.call('HINCRBY', key('m', 'c'), change.counter, 1)
  for _, destination in ipairs(change.destinations) do
    deliver(change, source, destination)
  end
  return true
end

local function wake()
  for destination in pairs(woken) do
    redis.call('PUBLISH', key('wake'), destination)
  end
end
