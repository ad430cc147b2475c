-- Mutes; one that stands for longer stays. ARGV[2] destination, [3] lane or source, [4] JSON of the mute.
-- Returns the JSON of the one that stands.
local mutes, what, asked = key('mutes', ARGV[2]), ARGV[3], ARGV[4]

local function ends(text)
  local mute = decoded(text)
  return mute and (tonumber(mute.until_ms) or math.huge) or 0
end

local standing = redis.call('HGET', mutes, what)
if standing and ends(standing) > ends(asked) then
  return standing
end
redis.call('HSET', mutes, what, asked)
return asked
