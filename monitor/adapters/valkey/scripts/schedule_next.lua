-- Milliseconds until the next source is due (0 when one is), -1 when there is none.
local first = redis.call('ZRANGE', key('due'), 0, 0, 'WITHSCORES')
if #first == 0 then
  return -1
end
return math.max(0, math.ceil(tonumber(first[2]) - now))
