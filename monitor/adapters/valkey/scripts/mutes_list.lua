-- The mutes of a destination, flat: what, JSON. Those that have ended go. ARGV[2] destination.
local mutes = key('mutes', ARGV[2])
local kept, all = {}, redis.call('HGETALL', mutes)
for i = 1, #all, 2 do
  local standing = decoded(all[i + 1])
  if standing and (tonumber(standing.until_ms) or math.huge) > now then
    kept[#kept + 1], kept[#kept + 2] = all[i], all[i + 1]
  else
    redis.call('HDEL', mutes, all[i])
  end
end
return kept
