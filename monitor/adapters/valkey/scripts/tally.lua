-- Numbers that a process has summed up, added once. ARGV[2] who, [3] which of theirs (told again when a reply was lost),
-- [4...] triples as for `count`.
local last = key('tally', ARGV[2])
if redis.call('GET', last) ~= ARGV[3] then
  redis.call('SET', last, ARGV[3], 'EX', DAY_S)
  count({ unpack(ARGV, 4) })
end
return 1
