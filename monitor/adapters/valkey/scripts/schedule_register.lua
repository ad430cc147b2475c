-- Puts configured sources into the schedule; those already there keep their due time and their state.
-- ARGV[2] number of the reading, [3] JSON: rows of {name, url, definition, host}. What a younger reading says of a name
-- stands, so that two pollers that start at once with different files leave no mixture.
local reading = tonumber(ARGV[2])
for _, row in ipairs(cjson.decode(ARGV[3])) do
  local name = row[1]
  if tonumber(redis.call('ZSCORE', key('configured'), name) or 0) <= reading then
    redis.call('ZADD', key('configured'), reading, name)
    put_in(unpack(row))
  end
end
return 1
