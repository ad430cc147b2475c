-- Settles a visit in one step. ARGV[2] source, [3] token, [4] JSON plan, [5] body with its codec byte, or ''.
-- 0: the lease had passed on, nothing written; 1: written; 2: written, and a drain job is to be sent.
local name, token, plan = ARGV[2], ARGV[3], cjson.decode(ARGV[4])
local src, due = key('src', name), key('due')
local field = redis.call('HMGET', src, 'poll_token', 'finished')
if field[1] ~= token or not redis.call('ZSCORE', due, name) then
  return 0
end
if field[2] == token then
  return 1 -- the same call once more: its first reply was lost on the way
end
redis.call('HSET', src, 'finished', token, 'last_poll_at', now)
for name_, value in pairs(plan.set) do
  redis.call('HSET', src, name_, value)
end
for _, name_ in ipairs(plan.drop) do
  redis.call('HDEL', src, name_)
end
redis.call('ZADD', due, now + plan.next_in_ms, name)
count(plan.counts)
if plan.sha256 then
  redis.call('SET', key('snap', plan.sha256), ARGV[5], 'EX', plan.keep_s)
  redis.call('HINCRBY', src, 'polls', 1)
end
if not plan.observation then
  return 1
end
redis.call('RPUSH', key('inbox', name), plan.observation)
redis.call('ZADD', key('ready'), 'NX', now, name)
return 1 + ring()
