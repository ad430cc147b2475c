-- An operator's word. ARGV[2] destination, [3] active, paused or disabled, [4] reason, [5] by whom, [6] JSON limits.
-- 1 when that changed something. What is disabled is not paused.
local destination, state = ARGV[2], ARGV[3]
local dst, lanes = key('dst', destination), key('lanes', destination)
local was = redis.call('HGET', dst, 'state') or 'active'

-- Whatever waits for its next attempt is due. A lease keeps its time; what is held or settles is put off again.
local function make_due()
  for _, lane in ipairs(redis.call('ZRANGEBYSCORE', lanes, string.format('(%d', now), '+inf')) do
    if redis.call('HEXISTS', key('leases', destination), lane) == 0 then
      redis.call('ZADD', lanes, now, lane)
    end
  end
end

redis.call('SADD', key('destinations'), destination)
if state == 'active' then
  redis.call('HDEL', dst, 'state', 'reason', 'since_ms', 'by', 'wish_until_ms', 'open_until_ms', 'open_for_ms', 'probe',
    'fails', 'failing_since_ms', 'failed', 'warned', 'failing_told', 'kept_at_ms')
  health(destination, cjson.decode(ARGV[6])).forget()
  if was ~= 'active' then
    make_due()
  end
  redis.call('PUBLISH', key('wake'), destination)
  return was ~= 'active' and 1 or 0
end
if was == state or was == 'disabled' then
  return 0
end
redis.call('HSET', dst, 'state', state, 'reason', ARGV[4], 'by', ARGV[5], 'since_ms', string.format('%d', now))
keep_waiting(destination, now)
return 1
