-- Shared by the scripts that change how a source stands. One word says it, and the first that holds does; a source of
-- which none holds is healthy. `mark` keeps the word in the source with when it began, and in an index by the word,
-- so that counting and listing look at no other source. Called where a word may have begun or ended, not at each poll.
local FAILS = 3                -- failed polls in a row that make a source a failing one

-- The word and since when it holds (ms).
local function word_of(src)
  local had = redis.call('HMGET', src, 'paused_at', 'closed_at', 'trouble', 'failures', 'failing_at', 'last_poll_at')
  local failures, failing_at = tonumber(had[4] or 0), had[5]
  local failing = had[3] or failures >= FAILS
  if failing and not failing_at then
    failing_at = now
    redis.call('HSET', src, 'failing_at', failing_at)
  elseif failing_at and not failing then
    redis.call('HDEL', src, 'failing_at')
  end
  if had[1] then
    return 'paused', had[1]
  elseif had[2] then
    return 'closed', had[2]
  elseif failing then
    return 'failing', failing_at
  elseif failures > 0 then
    return 'retrying', now
  elseif not had[6] then
    return 'new', now
  end
end

-- Whoever is out of the schedule (`gone`, or a commit that comes after its end) stands in no index.
local function mark(name, gone)
  local src = key('src', name)
  local was = string.match(redis.call('HGET', src, 'mark') or '', '^%a+')
  local word, since
  if not gone and redis.call('ZSCORE', key('sources'), name) then
    word, since = word_of(src)
  end
  if word == was then
    return
  end
  if was then
    redis.call('ZREM', key(was), name)
    redis.call('HDEL', src, 'mark')
  end
  if word then
    redis.call('ZADD', key(word), since, name)
    redis.call('HSET', src, 'mark', word .. ' ' .. since)
  end
end
