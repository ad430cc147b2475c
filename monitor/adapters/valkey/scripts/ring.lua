-- 1 when work is ready and the bell was silent: then a drain job is to be sent.
if #redis.call('ZRANGEBYSCORE', key('ready'), '-inf', now, 'LIMIT', 0, 1) == 0 then
  return 0
end
return ring()
