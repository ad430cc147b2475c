-- Leases due sources, oldest first. ARGV[2] limit, [3] lease ms, [4] observations that make an inbox full, [5] ms to
-- put a source with a full inbox off: detection that lags slows polling, it never drops. [6] JSON: host -> {visits the
-- poller has under way there, ms one takes}, [7] visits a host gets at once. A source whose host has no place free is
-- put off until its turn may come, so that it takes no place from the sources of other hosts.
local due, limit, lease = key('due'), tonumber(ARGV[2]), math.max(1, tonumber(ARGV[3]))
local loads, per_host = cjson.decode(ARGV[6]), tonumber(ARGV[7])
local SCANNED = 512              -- sources looked at in one call
local VISIT_MS = 200             -- what a visit takes where nobody knows yet
local SHORTEST_MS, LONGEST_MS = 50, 60000

local under_way, queued = {}, {}

-- Milliseconds until a place of the host may be free for one more source, 0 when one is free and now taken.
local function turn_in_ms(host)
  local load = loads[host] or {0, VISIT_MS}
  local taken = under_way[host] or load[1]
  if taken < per_host then
    under_way[host] = taken + 1
    return 0
  end
  queued[host] = (queued[host] or 0) + 1
  return math.min(LONGEST_MS, math.max(SHORTEST_MS, math.ceil(queued[host] * load[2] / per_host)))
end

local function visited(name, src)
  redis.call('ZADD', due, now + lease, name)
  return {
    name,
    redis.call('HINCRBY', src, 'poll_token', 1),
    redis.call('HMGET', src, 'def', 'etag', 'last_modified', 'body', 'eager', 'failures', 'polls', 'heat', 'heat_at',
      'unreadable', 'host'),
  }
end

local visits, looked_at = {}, 0
while #visits < limit and looked_at < SCANNED do
  -- Whoever has been looked at is not due any more.
  local names = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit - #visits)
  if #names == 0 then
    break
  end
  looked_at = looked_at + #names
  for _, name in ipairs(names) do
    local src = key('src', name)
    local field = redis.call('HMGET', src, 'def', 'host')
    if not field[1] then
      redis.call('ZREM', due, name)
    elseif redis.call('LLEN', key('inbox', name)) >= tonumber(ARGV[4]) then
      redis.call('ZADD', due, now + tonumber(ARGV[5]), name)
    else
      local wait_ms = field[2] and field[2] ~= '' and turn_in_ms(field[2]) or 0
      if wait_ms == 0 then
        visits[#visits + 1] = visited(name, src)
      else
        redis.call('ZADD', due, now + wait_ms, name)
      end
    end
  end
end
return visits
