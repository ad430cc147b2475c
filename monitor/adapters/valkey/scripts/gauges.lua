-- Shared: the gauges, the destinations in words, and the sources that are furthest behind. Nothing here looks at every
-- source: only counts by score and the first few of an order.
local WORST = 20
local SAMPLED = 1000

local function size_of(whole_key)
  local kind = redis.call('TYPE', whole_key).ok
  local count = {set = 'SCARD', zset = 'ZCARD', hash = 'HLEN', list = 'LLEN'}
  return count[kind] and redis.call(count[kind], whole_key) or 0
end

local function waiting_since(queue)
  local first = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
  return first[2] and math.max(0, now - tonumber(first[2])) or 0
end

-- What a reader is told of a destination, and whether it hands out nothing for now.
local function standing(destination)
  local dst = redis.call('HMGET', key('dst', destination), 'state', 'since_ms', 'failing_since_ms', 'open_until_ms',
    'wish_until_ms')
  local held = dst[1] or dst[4] or tonumber(dst[5] or 0) > now
  if dst[1] then
    return dst[1] .. ' since ' .. iso(tonumber(dst[2] or now)), true
  elseif dst[3] then
    return 'failing since ' .. iso(tonumber(dst[3])), held
  end
  return 'fine', held
end

local function measure_deliveries(gauges)
  local shown, words = key('m', 'destinations'), {}
  for _, destination in ipairs(redis.call('SMEMBERS', key('destinations'))) do
    local dead = redis.call('ZCARD', key('dead', destination))
    local pending = redis.call('HLEN', key('delivery', destination)) - dead
    local said, held = standing(destination)
    words[#words + 1], words[#words + 2] = destination, said
    gauges.deliveries_dead = gauges.deliveries_dead + dead
    gauges.deliveries_pending = gauges.deliveries_pending + pending
    gauges.destinations_held = gauges.destinations_held + (held and 1 or 0)
    if pending > 0 then
      gauges.delivery_age_ms = math.max(gauges.delivery_age_ms, waiting_since(key('queued', destination)))
    end
  end
  redis.call('DEL', shown)
  call_with('HSET', shown, words)
end

local function measure_memory(gauges)
  local memory = redis.pcall('INFO', 'memory')
  if type(memory) == 'string' then
    gauges.memory_used_bytes = string.match(memory, '\nused_memory:(%d+)') or 0
    gauges.memory_limit_bytes = string.match(memory, '\nmaxmemory:(%d+)') or 0
  end
end

-- For how long the worst of them have waited for a visit or a worker, or failed.
local function rank_worst()
  local behind = {}
  for _, queue in ipairs({key('due'), key('ready'), key('failing')}) do
    local some = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'WITHSCORES', 'LIMIT', 0, WORST)
    for at = 1, #some, 2 do
      behind[some[at]] = math.max(behind[some[at]] or 0, now - tonumber(some[at + 1]))
    end
  end
  local worst = key('m', 'worst')
  redis.call('DEL', worst)
  for name, ms in pairs(behind) do
    if redis.call('ZSCORE', key('sources'), name) then
      redis.call('ZADD', worst, ms, name)
    end
  end
  redis.call('ZREMRANGEBYRANK', worst, 0, -WORST - 1)
end

-- What the processes say of themselves, summed up over those that live.
local function measure_processes(gauges, names)
  for _, node in ipairs(redis.call('ZRANGE', key('m', 'beats'), 0, -1)) do
    local said = redis.call('HMGET', key('m', 'p', node), unpack(names))
    for at, name in ipairs(names) do
      gauges[name] = gauges[name] + tonumber(said[at] or 0)
    end
  end
end

-- How many of these stand in an order, below a score where one is given.
local function count_in(whole_key, names, below)
  local n = 0
  if #names > 0 then
    for _, score in ipairs(redis.call('ZMSCORE', whole_key, unpack(names))) do
      n = n + (score and tonumber(score) < (below or math.huge) and 1 or 0)
    end
  end
  return n
end

-- As the census of sources has it (monitor.adapters.valkey.census): one that waits for both roles is one, one that is
-- failing, closed or paused is that, and one that was removed is none. Of more than SAMPLED that wait for a worker, or
-- fail, or are closed, the rest is taken for watched, not due and healthy.
local function stalled(before)
  local due, ready, below = key('due'), key('ready'), string.format('(%d', before)
  local n = redis.call('ZCOUNT', due, '-inf', below) + redis.call('ZCOUNT', ready, '-inf', below)
  local alone = {}
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', ready, '-inf', below, 'LIMIT', 0, SAMPLED)) do
    if not redis.call('ZSCORE', key('sources'), name) or count_in(due, {name}, before) > 0 then
      n = n - 1
    else
      alone[#alone + 1] = name
    end
  end
  for _, grave in ipairs(n > 0 and {'paused', 'closed', 'failing'} or {}) do
    n = n - count_in(key(grave), alone) - count_in(due, redis.call('ZRANGE', key(grave), 0, SAMPLED - 1), before)
  end
  return n
end

local function measure(counts, limits)
  local due, ready, paused = key('due'), key('ready'), size_of(key('paused'))
  local gauges = {
    sources = redis.call('ZCARD', due) + paused, sources_paused = paused, sources_failing = size_of(key('failing')),
    sources_stalled = stalled(now - limits.stalled_ms),
    sources_due = redis.call('ZCOUNT', due, '-inf', now), due_lag_ms = waiting_since(due),
    inbox_ready = redis.call('ZCOUNT', ready, '-inf', now), inbox_age_ms = waiting_since(ready),
    deliveries_pending = 0, deliveries_dead = 0, delivery_age_ms = 0, destinations_held = 0, sse_clients = 0,
    memory_used_bytes = 0, memory_limit_bytes = 0, rq_queued = redis.call('LLEN', limits.bell_queue),
  }
  for _, role in ipairs(limits.roles) do
    gauges['role_' .. role .. '_alive'] = counts[role] or 0
  end
  measure_deliveries(gauges)
  measure_memory(gauges)
  measure_processes(gauges, {'sse_clients'})
  rank_worst()
  local written = {}
  for name, value in pairs(gauges) do
    written[#written + 1], written[#written + 2] = name, type(value) == 'number' and string.format('%d', value) or value
  end
  call_with('HSET', key('m', 'g'), written)
end
