-- A process ends as it should. ARGV[2] its node, [3] its role, [4] ms for which a heartbeat is good.
-- The last of its role is stopped from now on. The last of all leaves an installation that was stopped as a whole:
-- nobody misses a role of it.
local node, role = ARGV[2], ARGV[3]
redis.call('DEL', key('m', 'p', node))
redis.call('ZREM', key('m', 'beats'), node)
local left = beating(redis.call('ZRANGEBYSCORE', key('m', 'beats'), now - tonumber(ARGV[4]), '+inf', 'WITHSCORES'))
local function living(name, count)
  redis.call('HSET', key('m', 'g'), 'role_' .. name .. '_alive', count)
end

living(role, left[role] and left[role][1] or 0)
if not next(left) then
  for _, name in ipairs(redis.call('HKEYS', key('m', 'roles'))) do
    living(name, 0)
  end
  redis.call('DEL', key('m', 'roles'), key('m', 'beats'))
elseif not left[role] then
  redis.call('HSET', key('m', 'roles'), role, 'stopped since ' .. iso(now))
  redis.call('HSET', key('rounds'), 'last:' .. role, now)
end
return 1
