-- Shared by the scripts that put sources into the schedule or take them out. A row is {name, url, definition, host}.

-- Another page under the name of an old one: what is remembered of the old one would make all of the new one a change,
-- or a stale copy. It is looked at for the first time; a visit or a claim under way is void. `polls` goes on and
-- `generation` moves, so that no name of a post or of a change comes twice (monitor.roles.detector).
local function another_page(name, src, host)
  redis.call('HDEL', src, 'etag', 'last_modified', 'body', 'state', 'eager', 'heat', 'heat_at', 'failures', 'unreadable',
    'last_error', 'trouble', 'tries', 'closed_at', 'successor', 'last_poll_at')
  redis.call('DEL', key('text', name), key('inbox', name), key('polls', name))
  redis.call('ZREM', key('ready'), name)
  for _, fence in ipairs({'poll_token', 'epoch', 'generation'}) do
    redis.call('HINCRBY', src, fence, 1)
  end
  redis.call('HSET', src, 'host', host)
  redis.call('ZADD', key('due'), now, name)
end

local function shows(definition, url)
  local content = decoded(definition)
  return content and content.url == url
end

local function stays(name, src)
  if redis.call('PERSIST', src) == 1 then
    for _, belonging in ipairs(belongings(name)) do
      redis.call('PERSIST', belonging)
    end
  end
end

-- A source that is there already keeps its due time, its state and its pause.
local function put_in(name, url, definition, host)
  local src = key('src', name)
  local known = redis.call('HMGET', src, 'def', 'paused_at')
  stays(name, src)
  redis.call('HSETNX', src, 'host', host)
  if known[1] ~= definition then
    redis.call('HSET', src, 'def', definition)
    if known[1] and not shows(known[1], url) then
      another_page(name, src, host)
    end
  end
  redis.call('ZADD', key('sources'), 0, name)
  if known[2] then
    redis.call('ZREM', key('due'), name)
  else
    redis.call('ZADD', key('due'), 'NX', now, name)
  end
  mark(name)
end

-- What is known of it stays for so many seconds, for whoever puts it back. What waits in its inbox is still taken.
local function take_out(name, forget_s)
  redis.call('ZREM', key('due'), name)
  redis.call('ZREM', key('sources'), name)
  mark(name, true)
  redis.call('EXPIRE', key('src', name), forget_s)
  share_end(name)
end
