-- Gives a claimed source back untouched, for a while. ARGV[2] source, [3] epoch, [4] ms until it is ready again.
-- Nothing died: `tries` is 0 again. 0: the epoch has moved on, nothing written; 1: written.
local name, src = ARGV[2], key('src', ARGV[2])
if redis.call('HGET', src, 'epoch') ~= ARGV[3] then
  return 0
end
redis.call('HSET', src, 'tries', 0)
redis.call('ZADD', key('ready'), 'XX', now + tonumber(ARGV[4]), name)
return 1
