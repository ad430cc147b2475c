-- An operator's word. ARGV[2] destination, [3] active, paused or disabled, [4] reason, [5] by whom.
-- 1 when that changed something. What is disabled is not paused.
local destination, state = ARGV[2], ARGV[3]
local dst = key('dst', destination)
local was = redis.call('HGET', dst, 'state') or 'active'
redis.call('SADD', key('destinations'), destination)
if state == 'active' then
  redis.call('HDEL', dst, 'state', 'reason', 'since_ms', 'by', 'wish_until_ms', 'open_until_ms', 'open_for_ms', 'probe',
    'fails', 'failing_since_ms', 'failed', 'warned')
  redis.call('PUBLISH', key('wake'), destination)
  return was ~= 'active' and 1 or 0
end
if was == state or was == 'disabled' then
  return 0
end
redis.call('HSET', dst, 'state', state, 'reason', ARGV[4], 'by', ARGV[5], 'since_ms', string.format('%d', now))
return 1
