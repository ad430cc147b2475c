-- Takes an added source out of the schedule. ARGV[2] name, [3] seconds what is known of it stays, [4] a word of this
-- call. 0: nobody added it; 1: removed, also when this very call was answered before; 2: it is configured, and
-- what was added under its name stays.
local name, src = ARGV[2], key('src', ARGV[2])
if redis.call('ZSCORE', key('configured'), name) then
  return 2
end
if redis.call('HDEL', key('added'), name) == 0 then
  return redis.call('HGET', src, 'asked') == ARGV[4] and 1 or 0
end
redis.call('HSET', src, 'asked', ARGV[4])
take_out(name, ARGV[3])
return 1
