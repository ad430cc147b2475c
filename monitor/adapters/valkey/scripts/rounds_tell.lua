-- Tells of one turn, once. ARGV[2] JSON change, [3] its body, [4] JSON {keep_s, max_changes, stalls_ms}, [5] role or
-- source, [6] its name, [7] since when (ms). 0: it was told before, or is no longer so, or the source was removed;
-- 1: told.
local change, limits, told = cjson.decode(ARGV[2]), cjson.decode(ARGV[4]), ARGV[5] .. ':' .. ARGV[6]
local troubles, since = key('troubles'), ARGV[7]
local worse = change.type == 'role.stopped' or change.type == 'source.stalled'
local known = redis.call('HGET', troubles, told)
if worse and known or not worse and known ~= since then
  return 0
end
if ARGV[5] == 'source' and not redis.call('ZSCORE', key('sources'), ARGV[6]) then
  return 0
end
redis.call('HDEL', troubles, 'none') -- a full server refuses a first write that could take memory: this one cannot
if worse then
  redis.call('HSET', troubles, told, since)
else
  redis.call('HDEL', troubles, told)
end
if not tell(change, change.source, ARGV[3], limits.keep_s, limits.max_changes) then
  return 0
end
if change.type == 'source.stalled' and redis.call('INCR', key('stalls')) == 1 then
  redis.call('PEXPIRE', key('stalls'), limits.stalls_ms)
end
if ARGV[5] == 'source' then
  redis.call('HINCRBY', key('m', 'src', ARGV[6]), change.counter, 1)
end
wake()
return 1
