-- Pauses a source or lets it go on. ARGV[2] name, [3] 'paused' or 'active', [4] a word of this call, [5] reason, [6] by.
-- A visit under way is still written, and what waits in the inbox is still taken.
-- 0: unknown, or as wanted already; 1: done, also when this very call was answered before.
local name, src, pause = ARGV[2], key('src', ARGV[2]), ARGV[3] == 'paused'
if not redis.call('ZSCORE', key('sources'), name) then
  return 0
end
local had = redis.call('HMGET', src, 'paused_at', 'asked')
if (had[1] and true or false) == pause then
  return had[2] == ARGV[4] and 1 or 0
end
redis.call('HDEL', src, 'none') -- a full server refuses a first write that could take memory: this one cannot
if pause then
  redis.call('HSET', src, 'paused_at', now, 'paused_why', ARGV[5], 'paused_by', ARGV[6])
  redis.call('ZREM', key('due'), name)
else
  redis.call('HDEL', src, 'paused_at', 'paused_why', 'paused_by')
  redis.call('ZADD', key('due'), 'NX', now, name)
end
redis.call('HSET', src, 'asked', ARGV[4])
mark(name)
return 1
