-- What came of claims. ARGV[2] JSON list of plans, [3] JSON limits, [4...] bodies of changes to tell.
-- Returns a list a plan: 0 (a claim has passed to another, nothing of the plan is written), 1, then notes to log, or
-- -1 and the error that broke it off.
-- A plan: destination, verb, heads (lane, id, token, ids following), outcome, counts, told.
local plans, limits = cjson.decode(ARGV[2]), cjson.decode(ARGV[3])
local DEAD_KEPT_S = 30 * DAY_S
local QUEUED_KEPT_S = 8 * DAY_S -- a week more than the longest wait between two attempts
local ATTEMPTS_KEPT = 10000

-- A body lives at least so long from now, whatever the retention says.
local function keep_body(change, seconds)
  redis.call('EXPIRE', key('change', change), seconds, 'GT')
end

local function is_ours(destination, head)
  return redis.call('HGET', key('leases', destination), head.lane) == head.token
    and redis.call('LINDEX', key('lane', destination, head.lane), 0) == head.id
end

local function kept_of(destination, head)
  return decoded(redis.call('HGET', key('delivery', destination), head.id))
    or { lane = head.lane, attempts = 0, first_at_ms = now, committed_at_ms = now }
end

local function keep(destination, id, kept)
  redis.call('HSET', key('delivery', destination), id, cjson.encode(kept))
end

local function give_up_lease(destination, head)
  redis.call('HDEL', key('leases', destination), head.lane)
  redis.call('ZREM', key('flights', destination), head.token)
end

-- The lane goes on behind what was settled.
local function go_on(destination, head)
  local waiting = key('lane', destination, head.lane)
  redis.call('LPOP', waiting)
  for _, id in ipairs(head.following) do
    redis.call('LREM', waiting, 1, id)
  end
  if redis.call('LLEN', waiting) > 0 then
    redis.call('ZADD', key('lanes', destination), now, head.lane)
  else
    redis.call('ZREM', key('lanes', destination), head.lane)
  end
end

-- What a sender left is kept as long as the change it left it with.
local function remember(destination, head, memory)
  if memory == '' then
    return
  end
  local left_s = redis.call('TTL', key('change', head.id))
  if left_s == -1 then
    redis.call('SET', key('memory', destination, head.lane), memory)
  else
    redis.call('SET', key('memory', destination, head.lane), memory, 'EX', math.max(left_s, DAY_S))
  end
end

local function log_attempt(destination, head, id, n, outcome, next_ms)
  local attempt = outcome.attempt
  if not attempt then
    return
  end
  redis.call('XADD', key('attempts', destination), 'MAXLEN', '~', ATTEMPTS_KEPT, '*',
    'id', id, 'lane', head.lane, 'n', n, 'outcome', outcome.kind, 'status', attempt.status, 'address', attempt.address,
    'duration_ms', attempt.duration_ms, 'reason', outcome.reason or '', 'next_ms', next_ms and string.format('%d', next_ms) or '',
    'answer', attempt.answer, 'message', outcome.message or '')
end

local function tell_of(destination, told, came_true)
  for _, change in ipairs(told) do
    if came_true(change.type) and tell(change, change.source, ARGV[change.body], limits.keep_s, limits.max_changes) then
      redis.call('HINCRBY', key('m', 'dst', destination), change.counter, 1)
    end
  end
end

local verbs = {}

-- What arrived at one destination, until something else comes of it: one look at its health for all of them.
local arrivals = {}

local function note_arrival(destination, plan, at)
  local some = arrivals[destination] or {n = 0, lanes = {}, tokens = {}}
  arrivals[destination] = some
  some.n, some.at = some.n + 1, at
  for _, head in ipairs(plan.heads) do
    some.lanes[#some.lanes + 1], some.tokens[#some.tokens + 1] = head.lane, head.token
  end
end

-- Gives up their leases, and tells in the answer to the last of them what the destination's health came to.
local function write_arrivals(destination, results)
  local some = arrivals[destination]
  if not some then
    return
  end
  arrivals[destination] = nil
  call_with('HDEL', key('leases', destination), some.lanes)
  call_with('ZREM', key('flights', destination), some.tokens)
  local fares = health(destination, limits)
  fares.arrived(some.n)
  for _, note in ipairs(fares.notes) do
    table.insert(results[some.at], note)
  end
end

function verbs.delivered(destination, plan, at)
  local outcome = plan.outcome
  for _, head in ipairs(plan.heads) do
    local kept = kept_of(destination, head)
    remember(destination, head, outcome.memory)
    go_on(destination, head)
    for place = 0, #head.following do
      local id = place == 0 and head.id or head.following[place]
      local one = place == 0 and kept or kept_of(destination, {lane = head.lane, id = id})
      local n = place == 0 and kept.attempts + 1 or one.attempts
      redis.call('HDEL', key('delivery', destination), id)
      redis.call('ZREM', key('queued', destination), id)
      redis.call('XADD', key('delivered', destination), 'MAXLEN', '~', DELIVERED_KEPT, '*', 'id', id, 'lane', head.lane,
        'attempts', n, 'status', outcome.status, 'first_at_ms', string.format('%d', one.first_at_ms),
        'message', outcome.message)
      log_attempt(destination, head, id, n, outcome)
    end
    if kept.batch then
      redis.call('DEL', key('batch', destination, kept.batch))
    end
  end
  note_arrival(destination, plan, at)
  return {}
end

-- One attempt failed, that of the whole message: it counts once for the destination, and once for each delivery.
local function failed(destination, plan, each)
  local outcome, counted = plan.outcome, false
  for _, head in ipairs(plan.heads) do
    local kept = kept_of(destination, head)
    kept.attempts = kept.attempts + outcome.attempts
    kept.reason = outcome.reason
    kept.tried_at_ms = kept.tried_at_ms or now
    counted = counted or (outcome.attempts > 0 and not kept.redelivery)
    each(head, kept)
    give_up_lease(destination, head)
    keep(destination, head.id, kept)
    remember(destination, head, outcome.memory or '')
    log_attempt(destination, head, head.id, kept.attempts, outcome, plan.next_ms)
  end
  local fares, disabled = health(destination, limits), false
  if plan.told_of then
    fares.unprobed(plan.heads[1].token)
  elseif outcome.trips then
    fares.tripped(plan.heads[1].token)
  elseif outcome.answered then
    fares.answered()
  else
    fares.unprobed(plan.heads[1].token)
  end
  if counted and not plan.told_of then
    disabled = fares.failed()
  end
  return fares, disabled
end

function verbs.retry(destination, plan)
  local outcome, newly = plan.outcome, true
  local due_at = now + outcome.after_ms
  plan.next_ms = due_at
  local trouble = false
  local fares, disabled = failed(destination, plan, function(head, kept)
    redis.call('ZADD', key('lanes', destination), due_at, head.lane)
    for _, behind in ipairs(redis.call('LRANGE', key('lane', destination, head.lane), 0, -1)) do
      keep_body(behind, QUEUED_KEPT_S)
    end
    for _, change in ipairs(plan.told) do
      if change.type == 'delivery.failing' then
        newly = newly and not kept.failing_told
        kept.failing_told, trouble = true, true
      end
    end
  end)
  local dst = key('dst', destination)
  -- One receiver that fails is one piece of news, however many deliveries wait for it.
  if newly and trouble then
    newly = redis.call('HSETNX', dst, 'failing_told', 1) == 1
  end
  if outcome.wish then
    if tonumber(redis.call('HGET', dst, 'wish_until_ms') or 0) < due_at then
      redis.call('HSET', dst, 'wish_until_ms', string.format('%d', due_at))
    end
  end
  tell_of(destination, plan.told, function(type_)
    if type_ == 'destination.disabled' then
      return disabled
    end
    return newly
  end)
  return fares.notes
end

-- Each later than all before it, so that they come back in order: two may die in the same moment.
local function bury(destination, id)
  local dead = key('dead', destination)
  local last = redis.call('ZRANGE', dead, -1, -1, 'WITHSCORES')[2]
  redis.call('ZREM', key('queued', destination), id)
  redis.call('ZADD', dead, math.max(exact, last and last + 0.001 or 0), id)
  keep_body(id, DEAD_KEPT_S)
end

function verbs.dead(destination, plan)
  -- The lanes of one message are given up one by one: the first of them tells how the message fared.
  local batch = kept_of(destination, plan.heads[1]).batch
  plan.told_of = batch and redis.call('DEL', key('batch', destination, batch)) == 0
  local fares, disabled = failed(destination, plan, function(head)
    go_on(destination, head)
    bury(destination, head.id)
    -- What one message would have settled is given up with it.
    for _, id in ipairs(head.following) do
      local behind = kept_of(destination, {lane = head.lane, id = id})
      behind.reason = plan.outcome.reason
      keep(destination, id, behind)
      bury(destination, id)
    end
  end)
  if plan.outcome.disable then
    disabled = fares.set('disabled', plan.outcome.reason, 'stetwatch') or disabled
  end
  tell_of(destination, plan.told, function(type_)
    return type_ ~= 'destination.disabled' or disabled
  end)
  return fares.notes
end

function verbs.pause(destination, plan)
  local fares = health(destination, limits)
  for _, head in ipairs(plan.heads) do
    local kept = kept_of(destination, head)
    kept.reason = plan.outcome.reason
    keep(destination, head.id, kept)
    redis.call('ZADD', key('lanes', destination), now, head.lane)
    give_up_lease(destination, head)
    remember(destination, head, plan.outcome.memory)
    log_attempt(destination, head, head.id, kept.attempts, plan.outcome)
  end
  fares.unprobed(plan.heads[1].token)
  local paused = fares.set('paused', plan.outcome.reason, 'stetwatch')
  tell_of(destination, plan.told, function()
    return paused
  end)
  return fares.notes
end

-- Lanes given back untried take their old place, unless they are to wait.
function verbs.release(destination, plan)
  local fares = health(destination, limits)
  for _, head in ipairs(plan.heads) do
    if is_ours(destination, head) then
      local after_ms = plan.outcome.after_ms or 0
      local due_at = after_ms > 0 and now + after_ms or math.min(now, kept_of(destination, head).first_at_ms)
      redis.call('ZADD', key('lanes', destination), due_at, head.lane)
      give_up_lease(destination, head)
      fares.unprobed(head.token)
    end
  end
  return fares.notes
end

function verbs.freeze(destination, plan)
  local lanes = key('batch', destination, plan.outcome.batch)
  redis.call('DEL', lanes)
  for _, head in ipairs(plan.heads) do
    local kept = kept_of(destination, head)
    kept.batch, kept.batch_count = plan.outcome.batch, #head.following
    keep(destination, head.id, kept)
    redis.call('RPUSH', lanes, head.lane)
  end
  redis.call('EXPIRE', lanes, QUEUED_KEPT_S)
  take_off(destination, plan.heads)
  return {}
end

-- A full server refuses a script's first write where that could take memory: settling makes room, so it begins with
-- one that cannot.
redis.call('HDEL', key('leases', plans[1].destination), 'none')

local results = {}
for at, plan in ipairs(plans) do
  if plan.verb ~= 'delivered' then
    write_arrivals(plan.destination, results)
  end
  local all_ours = true
  for _, head in ipairs(plan.heads) do
    all_ours = all_ours and is_ours(plan.destination, head)
      and (plan.verb ~= 'freeze' or as_claimed(plan.destination, head))
  end
  if all_ours or plan.verb == 'release' then
    local settled, notes = pcall(verbs[plan.verb], plan.destination, plan, at)
    if settled then
      results[at] = {1, unpack(notes)}
      add_numbers(plan, limits.bounds_ms)
    else -- the trouble of this plan alone
      results[at] = {-1, type(notes) == 'table' and notes.err or tostring(notes)}
    end
  else
    if plan.verb == 'freeze' then -- what is still ours of it is claimed anew
      verbs.release(plan.destination, plan)
      woken[plan.destination] = true
    end
    results[at] = {0}
  end
end
for _, plan in ipairs(plans) do
  write_arrivals(plan.destination, results)
end
write_numbers(limits.bounds_ms)
wake()
return results
