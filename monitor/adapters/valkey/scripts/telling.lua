-- Shared by the scripts that tell changes: into the log, and into the lanes of their destinations.
local QUEUED_S = 8 * DAY_S      -- a change waits for its destination at least so long, whatever the retention
local woken = {}

-- `holds`: destination → when it may be sent at the earliest (ms), for those whose quiet hours keep it.
local function deliver(change, source, destination)
  local lane = source .. '/' .. change.subject
  local held = change.holds and change.holds[destination]
  redis.call('RPUSH', key('lane', destination, lane), change.id)
  redis.call('HSET', key('delivery', destination), change.id, cjson.encode({
    lane = lane, attempts = 0, first_at_ms = now, committed_at_ms = now, not_before_ms = held, held = held and true,
  }))
  redis.call('ZADD', key('lanes', destination), 'NX', now, lane)
  redis.call('HINCRBY', key('m', 'c'), 'deliveries_queued_total', 1)
  redis.call('HINCRBY', key('m', 'dst', destination), 'deliveries_queued_total', 1)
  redis.call('SADD', key('destinations'), destination)
  redis.call('EXPIRE', key('change', change.id), QUEUED_S, 'GT')
  woken[destination] = true
end

-- Writes a change into the log and the lanes; false when it stands there already: an id says what happened.
local function tell(change, source, body, keep_s, max_changes)
  if not redis.call('SET', key('change', change.id), body, 'NX', 'EX', keep_s) then
    return false
  end
  redis.call('XADD', key('changes'), 'MAXLEN', '~', max_changes, '*',
    'id', change.id, 'type', change.type, 'source', source, 'subject', change.subject)
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
