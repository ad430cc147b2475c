-- Everything a claim changes, in one step. ARGV[2] source, [3] epoch, [4] JSON plan, [5] state, [6...] texts and
-- change bodies, to which the plan's numbers point. 0: the epoch has moved on, nothing written; 1: written.
local name, epoch, plan = ARGV[2], ARGV[3], cjson.decode(ARGV[4])
local src = key('src', name)
local HISTORY_KEPT = 1000       -- changes of one post that its history remembers
local WHOLES_KEPT = 100         -- changes of one source that are kept uncut too,
local WHOLES_BYTES = 2 * 1024 * 1024 -- and what they take
local FULL = 0.8                -- of the memory the store may use: beyond it nothing is kept uncut
local field = redis.call('HMGET', src, 'epoch', 'committed', 'closed_at')
if field[1] ~= epoch then
  return 0
end
if field[2] == epoch then
  return 1 -- the same call once more: its first reply was lost on the way
end

-- The bytes of a copy that told a change are its evidence, found by the name the change gives the copy; those of one
-- that told none have had their time.
local function keep_bodies(waiting)
  for _, evidence in ipairs(plan.evidence) do
    local left = redis.call('PTTL', key('snap', evidence.sha256))
    if left > 0 then
      redis.call('SET', key('told', evidence.sha256), 1, 'PX', left)
      redis.call('SET', key('copy', name, evidence.name), evidence.copy, 'PX', left)
    end
  end
  for _, sha256 in ipairs(plan.spent) do
    spend(sha256, waiting)
  end
end

-- Whether the last copy is good to compare the next one with. Where that has turned, the page is looked at again
-- soon: a damaged copy is replaced, and one that can be read again is not left to the pause it had earned before.
local function judge_copy()
  local had = redis.call('HMGET', src, 'unreadable', 'failures', 'poll_token', 'finished')
  local was = tonumber(had[1] or 0) > 0
  if plan.refetch then
    forget_copy(src)
  elseif was then
    redis.call('HDEL', src, 'unreadable')
  end
  local idle = tonumber(had[2] or 0) == 0 and had[3] == had[4]
  if was ~= plan.refetch and idle then
    redis.call('ZADD', key('due'), 'XX', 'LT', now + plan.soonest_ms, name)
  end
end

-- A post's history holds no change whose body has gone, and no more than HISTORY_KEPT.
local function trim_history(history)
  redis.call('LTRIM', history, -HISTORY_KEPT, -1)
  for _ = 1, 100 do
    local oldest = redis.call('LINDEX', history, 0)
    if not oldest or redis.call('EXISTS', key('change', oldest)) == 1 then
      break
    end
    redis.call('LPOP', history)
  end
end

-- By the gauges: what the store uses was measured a few seconds ago, by the rounds.
local function has_room()
  local memory = redis.call('HMGET', key('m', 'g'), 'memory_used_bytes', 'memory_limit_bytes')
  local limit = tonumber(memory[2] or 0)
  return limit == 0 or tonumber(memory[1] or 0) <= FULL * limit
end

-- A page of long posts must not fill the store: its oldest go first. The newest is always less than all may take.
local function trim_wholes()
  local wholes, kept, bytes = key('wholes', name), 0, 0
  local ids = redis.call('LRANGE', wholes, 0, -1)
  for at = #ids, 1, -1 do
    bytes = bytes + redis.call('STRLEN', key('whole', ids[at]))
    if kept == WHOLES_KEPT or bytes > WHOLES_BYTES then
      redis.call('DEL', key('whole', ids[at]))
    else
      kept = kept + 1
    end
  end
  redis.call('LTRIM', wholes, -kept, -1)
  redis.call('EXPIRE', wholes, plan.keep_s)
end

local is_any_whole = false
for _, change in ipairs(plan.changes) do
  if tell(change, name, ARGV[change.body], plan.keep_s, plan.max_changes) then
    if change.whole and has_room() then
      redis.call('SET', key('whole', change.id), ARGV[change.whole], 'EX', plan.keep_s)
      redis.call('RPUSH', key('wholes', name), change.id)
      is_any_whole = true
    end
    if change.post then
      redis.call('RPUSH', key('history', change.subject), change.id)
      redis.call('EXPIRE', key('history', change.subject), plan.keep_s)
      trim_history(key('history', change.subject))
    end
    redis.call('HINCRBY', key('m', 'src', name), change.counter, 1)
  end
end

if is_any_whole then
  trim_wholes()
end
if #plan.changes > 0 then
  redis.call('XTRIM', key('changes'), 'MINID', '~', string.format('%d', math.max(0, now - plan.keep_s * 1000)))
end

redis.call('LTRIM', key('inbox', name), plan.taken, -1)
keep_bodies(redis.call('LRANGE', key('inbox', name), 0, -1))
redis.call('HSET', src, 'state', ARGV[5], 'heat', plan.heat, 'heat_at', plan.heat_at, 'eager', plan.eager,
  'tries', 0, 'committed', epoch)
local stood = false -- whether how the source stands may be another word now
if plan.trouble == '' then
  stood = redis.call('HDEL', src, 'trouble') == 1
elseif plan.trouble then
  redis.call('HSET', src, 'trouble', plan.trouble)
  stood = true
end
if plan.closed and not field[3] then
  redis.call('HSET', src, 'closed_at', now)
  stood = true
elseif field[3] and not plan.closed then
  redis.call('HDEL', src, 'closed_at', 'successor')
  stood = true
end
if plan.successor then
  redis.call('HSET', src, 'successor', plan.successor)
end
if stood then
  mark(name)
end
judge_copy()
for _, text in ipairs(plan.texts) do
  redis.call('HSET', key('text', name), text[1], ARGV[text[2]])
end
for _, track in ipairs(plan.forgotten) do
  redis.call('HDEL', key('text', name), track)
end
count(plan.counts)
give_back(name)
share_end(name)
wake()
return 1
