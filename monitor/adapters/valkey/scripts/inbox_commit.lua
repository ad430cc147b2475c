-- Everything a claim changes, in one step. ARGV[2] source, [3] epoch, [4] JSON plan, [5] state, [6...] texts and
-- change bodies, to which the plan's numbers point. 0: the epoch has moved on, nothing written; 1: written.
local name, epoch, plan = ARGV[2], ARGV[3], cjson.decode(ARGV[4])
local src = key('src', name)
local field = redis.call('HMGET', src, 'epoch', 'committed')
if field[1] ~= epoch then
  return 0
end
if field[2] == epoch then
  return 1 -- the same call once more: its first reply was lost on the way
end

local function deliver(change, destination)
  local lane = name .. '/' .. change.subject
  redis.call('RPUSH', key('lane', destination, lane), change.id)
  redis.call('HSET', key('delivery', destination), change.id, cjson.encode({
    lane = lane, attempts = 0, first_at_ms = now, committed_at_ms = now,
  }))
  redis.call('ZADD', key('lanes', destination), 'NX', now, lane)
  redis.call('HINCRBY', key('m', 'c'), 'deliveries_queued_total', 1)
  redis.call('HINCRBY', key('m', 'dst', destination), 'deliveries_queued_total', 1)
end

local woken = {}
for _, change in ipairs(plan.changes) do
  -- An id says what happened: one that stands already has been told, and is not told twice.
  if redis.call('SET', key('change', change.id), ARGV[change.body], 'NX', 'EX', plan.keep_s) then
    redis.call('XADD', key('changes'), 'MAXLEN', '~', plan.max_changes, '*',
      'id', change.id, 'type', change.type, 'source', name, 'subject', change.subject)
    if change.post then
      redis.call('RPUSH', key('history', change.subject), change.id)
      redis.call('EXPIRE', key('history', change.subject), plan.keep_s)
    end
    redis.call('HINCRBY', key('m', 'c'), change.counter, 1)
    redis.call('HINCRBY', key('m', 'src', name), change.counter, 1)
    for _, destination in ipairs(change.destinations) do
      deliver(change, destination)
      woken[destination] = true
    end
  end
end

redis.call('LTRIM', key('inbox', name), plan.taken, -1)
redis.call('HSET', src, 'state', ARGV[5], 'heat', plan.heat, 'heat_at', plan.heat_at, 'eager', plan.eager,
  'tries', 0, 'committed', epoch)
for _, text in ipairs(plan.texts) do
  redis.call('HSET', key('text', name), text[1], ARGV[text[2]])
end
for _, track in ipairs(plan.forgotten) do
  redis.call('HDEL', key('text', name), track)
end
count(plan.counts)
give_back(name)
for destination in pairs(woken) do
  redis.call('PUBLISH', key('wake'), destination)
end
return 1
