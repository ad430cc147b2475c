-- Puts configured sources into the schedule; those already there keep their due time and their state.
-- ARGV[2] JSON: rows of {name, url, definition, host}

-- Another page under the name of an old one: what is remembered of the old one would make all of the new one a change,
-- or a stale copy. It is looked at for the first time; a visit or a claim under way is void. `polls` goes on and
-- `generation` moves, so that no name of a post or of a change comes twice (monitor.roles.detector).
local function another_page(name, src, host)
  redis.call('HDEL', src, 'etag', 'last_modified', 'body', 'state', 'eager', 'heat', 'heat_at', 'failures', 'unreadable',
    'last_error', 'trouble', 'tries')
  redis.call('DEL', key('text', name), key('inbox', name))
  redis.call('ZREM', key('ready'), name)
  for _, fence in ipairs({'poll_token', 'epoch', 'generation'}) do
    redis.call('HINCRBY', src, fence, 1)
  end
  redis.call('HSET', src, 'host', host)
  redis.call('ZADD', key('due'), now, name)
end

local function shows(definition, url)
  local readable, content = pcall(cjson.decode, definition)
  return readable and type(content) == 'table' and content.url == url
end

local function stays(name, src)
  if redis.call('PERSIST', src) == 1 then
    for _, belonging in ipairs(belongings(name)) do
      redis.call('PERSIST', belonging)
    end
  end
end

for _, source in ipairs(cjson.decode(ARGV[2])) do
  local name, url, definition, host = source[1], source[2], source[3], source[4]
  local src = key('src', name)
  local known = redis.call('HGET', src, 'def')
  stays(name, src)
  redis.call('HSETNX', src, 'host', host)
  if known ~= definition then
    redis.call('HSET', src, 'def', definition)
    if known and not shows(known, url) then
      another_page(name, src, host)
    end
  end
  redis.call('ZADD', key('due'), 'NX', now, name)
end
return 1
