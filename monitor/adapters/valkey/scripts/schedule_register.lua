-- Puts configured sources into the schedule; those already there keep their due time and their state.
-- ARGV[2] JSON: rows of {name, url, definition}
for _, source in ipairs(cjson.decode(ARGV[2])) do
  local name, url, definition = source[1], source[2], source[3]
  local src = key('src', name)
  local known = redis.call('HGET', src, 'def')
  if known ~= definition then
    redis.call('HSET', src, 'def', definition)
    local readable, content = pcall(cjson.decode, known or '{}')
    if known and not (readable and content.url == url) then
      -- Another page: what made the old one's GET conditional says nothing here, and a visit under way is void.
      redis.call('HDEL', src, 'etag', 'last_modified', 'body')
      redis.call('HINCRBY', src, 'poll_token', 1)
      redis.call('ZADD', key('due'), now, name)
    end
  end
  redis.call('ZADD', key('due'), 'NX', now, name)
end
return 1
