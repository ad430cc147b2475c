-- Sets the head observation of a claimed source aside. ARGV[2] source, [3] epoch, [4] reason. Returns as a commit does.
local name, epoch = ARGV[2], ARGV[3]
local src = key('src', name)
local field = redis.call('HMGET', src, 'epoch', 'committed')
if field[1] ~= epoch then
  return 0
end
if field[2] ~= epoch then
  put_aside(name, ARGV[4])
  redis.call('HSET', src, 'tries', 0, 'committed', epoch)
  give_back(name)
end
return 1
