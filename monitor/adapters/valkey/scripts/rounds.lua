-- One heartbeat, and the rounds where they are due: whoever comes first makes them, the others pass by.
-- ARGV[2] node, [3] role, [4] '1' where it lives, '' where its loop hangs, [5] '1' where it may make the rounds,
-- [6] JSON: what it says of itself, flat, [7] JSON limits (monitor.adapters.valkey.rounds).
-- Returns when the rounds were made (ms; 0: not by this call), the numbers of slot and last slot, and what has turned:
-- {type, name, since (ms), role it waits for, definition of the source} each.
local node, role, limits = ARGV[2], ARGV[3], cjson.decode(ARGV[7])
local rounds, troubles = key('rounds'), key('troubles')
local roles, beats, lost = key('m', 'roles'), key('m', 'beats'), key('m', 'lost')
local turns = {}

-- A full server refuses a script's first write where that could take memory: this one cannot.
redis.call('ZREM', lost, node)

local heard = tonumber(redis.call('ZRANGE', beats, -1, -1, 'WITHSCORES')[2] or 0) -- of anybody, before this beat
if ARGV[4] == '1' then
  local mine = key('m', 'p', node)
  redis.call('HSET', mine, unpack(cjson.decode(ARGV[6])))
  redis.call('PEXPIRE', mine, limits.expires_ms)
  redis.call('ZADD', beats, now, node)
  redis.call('HSETNX', roles, role, 'alive')
end

local field = redis.call('HMGET', rounds, 'at_ms', 'watched_ms', 'slot')
local last = tonumber(field[1] or 0)
if ARGV[5] ~= '1' or math.abs(now - last) < limits.round_ms then
  return {0}
end

-- The server's clock was set back: what has yet to come by it counts as now, and the rollup begins anew.
local function begin_anew()
  for _, seen in ipairs({beats, lost}) do
    for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', seen, string.format('(%d', now), '+inf')) do
      redis.call('ZADD', seen, now, ahead)
    end
  end
  local noted = redis.call('HGETALL', rounds)
  for at = 1, #noted, 2 do
    if tonumber(noted[at + 1]) > now then
      redis.call('HSET', rounds, noted[at], now)
    end
  end
  redis.call('HDEL', rounds, 'slot')
  field[3] = nil
end

-- Where nobody looked or beat for a while (the store was away, the machine slept), nobody can say who was missing.
local watched = tonumber(field[2] or now)
if last > now then
  begin_anew()
  watched = now
elseif now - last > limits.gap_ms or now - math.max(last, heard) > limits.silence_ms then
  watched = now
end
redis.call('HSET', rounds, 'at_ms', now, 'watched_ms', watched)

local function unseen_ms(seen)
  return now - math.max(seen, watched)
end

local function say_lost()
  local silent = redis.call('ZRANGEBYSCORE', beats, '-inf', now - limits.alive_ms, 'WITHSCORES')
  for at = 1, #silent, 2 do
    local gone, seen = silent[at], tonumber(silent[at + 1])
    if unseen_ms(seen) > limits.alive_ms then
      redis.call('ZREM', beats, gone)
      redis.call('ZADD', lost, seen, gone)
      redis.call('HINCRBY', key('m', 'c'), 'processes_lost_total', 1)
      redis.call('HSET', rounds, 'last:' .. role_of(gone), seen)
    end
  end
  redis.call('ZREMRANGEBYSCORE', lost, '-inf', now - limits.lost_kept_ms)
end

-- role → since when it is alive, nil where it is not; and how many processes it has
local function look_at_roles()
  local living = beating(redis.call('ZRANGE', beats, 0, -1, 'WITHSCORES'))
  local up, counts = {}, {}
  for _, name in ipairs(redis.call('HKEYS', roles)) do
    local here, told = living[name], redis.call('HGET', troubles, 'role:' .. name)
    if here then
      if redis.call('HGET', roles, name) ~= 'alive' then
        redis.call('HSET', roles, name, 'alive')
        redis.call('HDEL', rounds, 'up:' .. name)
      end
      redis.call('HSETNX', rounds, 'up:' .. name, now)
      up[name], counts[name] = tonumber(redis.call('HGET', rounds, 'up:' .. name)), here[1]
      if told and now - up[name] >= limits.absent_ms then
        turns[#turns + 1] = {'role.recovered', name, told, '', ''}
      end
    else
      local seen = tonumber(redis.call('HGET', rounds, 'last:' .. name) or now)
      if unseen_ms(seen) > limits.forgotten_ms then -- it was given up: nobody waits for it for ever
        redis.call('HDEL', roles, name)
        redis.call('HDEL', troubles, 'role:' .. name)
      else
        redis.call('HSET', roles, name, 'stopped since ' .. iso(seen))
        if not told and unseen_ms(seen) > limits.absent_ms then
          turns[#turns + 1] = {'role.stopped', name, string.format('%d', seen), '', ''}
        end
      end
    end
  end
  return up, counts
end

local WAITS = {{'poll', key('due')}, {'work', key('ready')}}
local PAGE, LOOKED_AT = 100, 2000 -- late sources of a queue, past those that were told and those that were removed
local LATE = string.format('(%d', now - limits.stalled_ms)

local function is_watched(name)
  return redis.call('ZSCORE', key('sources'), name)
end

-- Sources whose turn has come in vain although the role lives that should take them; those of a role that is stopped
-- are its trouble, and a role that has just come has to catch up first. Only so many are told of within a while.
local function look_at_sources(up)
  local room, found = limits.stalls - tonumber(redis.call('GET', key('stalls')) or 0), {}

  local function look_at(who, late)
    for at = 1, #late, 2 do
      local name = late[at]
      if room > 0 and not found[name] and redis.call('HEXISTS', troubles, 'source:' .. name) == 0 then
        local definition = is_watched(name) and redis.call('HGET', key('src', name), 'def')
        if definition then
          room, found[name] = room - 1, true
          turns[#turns + 1] = {'source.stalled', name, string.format('%d', late[at + 1]), who, definition}
        end
      end
    end
  end

  for _, wait in ipairs(WAITS) do
    local who, queue, from = wait[1], wait[2], 0
    local judged = up[who] and now - math.max(up[who], watched) > limits.catch_up_ms
    while judged and room > 0 and from < LOOKED_AT do
      local late = redis.call('ZRANGEBYSCORE', queue, '-inf', LATE, 'WITHSCORES', 'LIMIT', from, PAGE)
      look_at(who, late)
      from = #late == 2 * PAGE and from + PAGE or LOOKED_AT
    end
  end
end

local function waits_in_vain(name)
  for _, wait in ipairs(WAITS) do
    local score = tonumber(redis.call('ZSCORE', wait[2], name) or now)
    if now - score > limits.stalled_ms then
      return true
    end
  end
  return false
end

-- One that was paused or taken out meanwhile is forgotten without a word: nobody took it up.
local function look_at_told()
  local told = redis.call('HGETALL', troubles)
  for at = 1, #told, 2 do
    local name = string.match(told[at], '^source:(.*)$')
    if name and not (is_watched(name) and waits_in_vain(name)) then
      local definition = redis.call('HGET', key('src', name), 'def')
      if definition and redis.call('ZSCORE', key('due'), name) then
        turns[#turns + 1] = {'source.resumed', name, told[at + 1], '', definition}
      else
        redis.call('HDEL', troubles, told[at])
      end
    end
  end
end

say_lost()
local up, counts = look_at_roles()
look_at_sources(up)
look_at_told()
measure(counts, limits)

local slot = math.floor(now / limits.slot_ms)
return {string.format('%d', now), slot, tonumber(field[3] or 0), unpack(turns)}
