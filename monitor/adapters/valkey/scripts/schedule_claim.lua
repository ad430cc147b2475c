-- Leases due sources, oldest first. ARGV[2] limit, [3] lease ms, [4] observations that make an inbox full, [5] ms to
-- put a source with a full inbox off: detection that lags slows polling, it never drops.
local due, lease = key('due'), tonumber(ARGV[3])
local visits = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))) do
  local src = key('src', name)
  if redis.call('HEXISTS', src, 'def') == 0 then
    redis.call('ZREM', due, name)
  elseif redis.call('LLEN', key('inbox', name)) >= tonumber(ARGV[4]) then
    redis.call('ZADD', due, now + tonumber(ARGV[5]), name)
  else
    redis.call('ZADD', due, now + lease, name)
    visits[#visits + 1] = {
      redis.call('HINCRBY', src, 'poll_token', 1),
      redis.call('HMGET', src, 'def', 'etag', 'last_modified', 'body', 'eager', 'failures', 'polls', 'heat', 'heat_at'),
    }
  end
end
return visits
