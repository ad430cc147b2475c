-- One row of the rollup stream. ARGV[2] slot, [3] ms of a slot, [4] rows kept, [5] what the next row is measured
-- against, [6] JSON fields, flat. 0: that slot has its row.
local rounds, slot = key('rounds'), tonumber(ARGV[2])
if slot <= tonumber(redis.call('HGET', rounds, 'slot') or 0) then
  return 0
end
redis.call('HSET', rounds, 'slot', slot)
redis.call('SET', key('rollup'), ARGV[5])
redis.call('XADD', key('m', 'ts', '10s'), 'MAXLEN', '~', ARGV[4], string.format('%d-0', slot * tonumber(ARGV[3])),
  unpack(cjson.decode(ARGV[6])))
return 1
