-- Takes sources that a reading of the configuration does not name out of the schedule; one that was added while running
-- under the same name is what its name stands for again. ARGV[2] number of the reading, [3] seconds what is known of
-- them stays, [4] how many to take at most. Returns how many were looked at, and the names that left.
local older = '(' .. ARGV[2]
local names = redis.call('ZRANGEBYSCORE', key('configured'), '-inf', older, 'LIMIT', 0, ARGV[4])
local left = {}
for _, name in ipairs(names) do
  redis.call('ZREM', key('configured'), name)
  local row = decoded(redis.call('HGET', key('added'), name))
  if row then
    put_in(unpack(row))
  else
    take_out(name, ARGV[3])
    left[#left + 1] = name
  end
end
return {#names, left}
