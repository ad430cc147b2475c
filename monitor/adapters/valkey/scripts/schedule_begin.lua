-- The number of a reading of a configuration: the youngest one says what is configured (schedule_retire).
-- Before there were such numbers, whatever was scheduled was configured.
if redis.call('EXISTS', key('configuration')) == 0 and redis.call('EXISTS', key('due')) == 1 then
  redis.call('ZUNIONSTORE', key('configured'), 1, key('due'), 'WEIGHTS', 0)
end
return redis.call('INCR', key('configuration'))
