-- Settles a visit in one step. ARGV[2] source, [3] token, [4] JSON plan, [5] body with its codec byte, or ''.
-- 0: the lease had passed on, nothing written; 1: written; 2: written, and a drain job is to be sent.
local name, token, plan = ARGV[2], ARGV[3], cjson.decode(ARGV[4])
local src, due = key('src', name), key('due')
local POLLS_KEPT, POLLS_MOST = 30, 40 -- visits remembered; trimmed when there are so many, which is cheaper
local field = redis.call('HMGET', src, 'poll_token', 'finished', 'mark')
if field[1] ~= token or not (redis.call('ZSCORE', due, name) or redis.call('ZSCORE', key('paused'), name)) then
  return 0
end
if field[2] == token then
  return 1 -- the same call once more: its first reply was lost on the way
end
redis.call('HSET', src, 'finished', token, 'last_poll_at', now, unpack(plan.set))
if #plan.drop > 0 then
  redis.call('HDEL', src, unpack(plan.drop))
end
redis.call('ZADD', due, 'XX', now + plan.next_in_ms, name) -- one that was paused meanwhile is not due
if plan.visit and redis.call('LPUSH', key('polls', name), now .. ' ' .. plan.visit) >= POLLS_MOST then
  redis.call('LTRIM', key('polls', name), 0, POLLS_KEPT - 1)
end
if field[3] or plan.failing then
  mark(name)
end
if plan.sha256 then
  redis.call('SET', key('snap', plan.sha256), ARGV[5], 'EX', plan.keep_s)
  redis.call('HINCRBY', src, 'polls', 1)
end
if plan.observation then
  redis.call('RPUSH', key('inbox', name), plan.observation)
  redis.call('ZADD', key('ready'), 'NX', now, name)
end
-- Of this source alone: totals come with the next flush. The last write but the bell: what breaks off here has lost no
-- observation.
for counter, amount in pairs(plan.counts) do
  redis.call('HINCRBY', key('m', 'src', name), counter, amount)
end
return plan.observation and 1 + ring() or 1
