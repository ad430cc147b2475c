-- One row of the rollup stream. ARGV[2] slot, [3] ms of a slot, [4] rows kept, [5] what the next row is measured
-- against, [6] JSON fields, flat. 0: that slot has its row.
local rounds, slot = key('rounds'), tonumber(ARGV[2])
if slot <= tonumber(redis.call('HGET', rounds, 'slot') or 0) then
  return 0
end
redis.call('HSET', rounds, 'slot', slot)
redis.call('SET', key('rollup'), ARGV[5])
local function add(place)
  return redis.pcall('XADD', key('m', 'ts', '10s'), 'MAXLEN', '~', ARGV[4], place, unpack(cjson.decode(ARGV[6])))
end

-- After the server's clock was set back the last row bears a time that has yet to come: until then rows follow it.
if type(add(string.format('%d-0', slot * tonumber(ARGV[3])))) == 'table' then
  add('*')
end
return 1
