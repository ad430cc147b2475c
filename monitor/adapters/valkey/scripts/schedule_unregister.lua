-- Takes sources that are no longer configured out of the schedule. ARGV[2] seconds what is known of them stays, for
-- whoever puts one back; [3...] their names. What waits in their inboxes is still taken.
for place = 3, #ARGV do
  local name = ARGV[place]
  redis.call('ZREM', key('due'), name)
  redis.call('EXPIRE', key('src', name), ARGV[2])
  share_end(name)
end
return 1
