-- Watches one more source from now on. ARGV[2] name, [3] JSON: {name, url, definition, host}, [4] a word of this call.
-- 0: the name is taken; 1: added, also when this very call was answered before and its reply lost on the way.
local name, src = ARGV[2], key('src', ARGV[2])
if redis.call('ZSCORE', key('sources'), name) then
  return redis.call('HGET', src, 'asked') == ARGV[4] and 1 or 0
end
redis.call('HSET', key('added'), name, ARGV[3])
redis.call('HDEL', src, 'paused_at', 'paused_why', 'paused_by')
put_in(unpack(cjson.decode(ARGV[3])))
redis.call('HSET', src, 'asked', ARGV[4])
return 1
