-- Stands before every script. ARGV[1] is the key prefix; the only clock is the server's, in milliseconds.
local prefix = ARGV[1]
local clock = redis.call('TIME')
local exact = clock[1] * 1000 + clock[2] / 1000
local now = math.floor(exact)

local DAY_S = 86400
local ASIDE_KEPT = 200       -- observations set aside that are remembered
local ASIDE_KEPT_S = 7 * DAY_S
local SPENT_S = 600          -- how long the bytes of a copy stay that nobody needs any more
local BELL_MS = 2000         -- a drain job that was lost is rung for again after this long
local DELIVERED_KEPT = 10000  -- deliveries that the log of a destination remembers

local function key(table_name, of, part)
  if part then
    return prefix .. table_name .. ':' .. of .. ':' .. part
  elseif of then
    return prefix .. table_name .. ':' .. of
  end
  return prefix .. table_name
end

-- One command with many arguments, in parts that Lua's stack can hold; `flat` goes by twos.
local function call_with(command, whole_key, flat)
  for first = 1, #flat, 1000 do
    redis.call(command, whole_key, unpack(flat, first, math.min(first + 999, #flat)))
  end
end

-- What a JSON object says; nothing, where it is none: one record that cannot be read must not stop the others.
local function decoded(text)
  local readable, object = pcall(cjson.decode, text or '')
  return readable and type(object) == 'table' and object or nil
end

-- Flat triples of whole key, field and amount, as counting.increments makes them; a fraction has a point.
local function count(triples)
  for i = 1, #triples, 3 do
    local fraction = string.find(triples[i + 2], '.', 1, true)
    redis.call(fraction and 'HINCRBYFLOAT' or 'HINCRBY', triples[i], triples[i + 1], triples[i + 2])
  end
end

-- 1 when the caller has to send a drain job, because none is on its way.
local function ring()
  if redis.call('SET', key('bell'), now, 'NX', 'PX', BELL_MS) then
    return 1
  end
  return 0
end

-- Gives a worker's source back: ready at once while observations wait, else out of the way.
local function give_back(name)
  if redis.call('LLEN', key('inbox', name)) > 0 then
    redis.call('ZADD', key('ready'), now, name)
  else
    redis.call('ZREM', key('ready'), name)
  end
end

-- Lets a body go soon, unless it is the evidence of a change or an observation of these lists has yet to be read.
local function spend(sha256, ...)
  local body = key('snap', sha256)
  if redis.call('EXISTS', key('told', sha256)) == 1 or redis.call('TTL', body) <= SPENT_S then
    return
  end
  for _, observations in ipairs({...}) do
    for _, observation in ipairs(observations) do
      if string.find(observation, sha256, 1, true) then
        return
      end
    end
  end
  redis.call('EXPIRE', body, SPENT_S)
end

-- The last copy is of no use: whatever makes the next GET conditional would ask for that very copy again.
-- `unreadable` counts such copies in a row, so that a page that stays unreadable is asked for less and less often.
local function forget_copy(src)
  redis.call('HDEL', src, 'etag', 'last_modified', 'body')
  return redis.call('HINCRBY', src, 'unreadable', 1)
end

-- The sha256 of an observation's body, nil when it has none or is of no form we know.
local function body_of(observation)
  local readable, content = pcall(cjson.decode, observation)
  if readable and type(content) == 'table' and type(content.sha256) == 'string' then
    return content.sha256
  end
end

-- Keeps no more than ASIDE_KEPT observations set aside, and no bytes of those forgotten.
local function trim_aside()
  local aside = key('aside')
  local forgotten = redis.call('LRANGE', aside, ASIDE_KEPT, -1)
  if #forgotten == 0 then
    return
  end
  redis.call('LTRIM', aside, 0, ASIDE_KEPT - 1)
  local kept = redis.call('LRANGE', aside, 0, -1)
  for _, text in ipairs(forgotten) do
    local old = cjson.decode(text)
    local sha256 = body_of(old.observation)
    if sha256 then
      spend(sha256, kept, redis.call('LRANGE', key('inbox', old.source), 0, -1))
    end
  end
end

-- Takes the head observation out of a source's inbox and keeps it, with its bytes, for whoever looks into it.
local function put_aside(name, reason)
  local observation = redis.call('LPOP', key('inbox', name))
  if not observation then
    return false
  end
  local sha256 = body_of(observation)
  if sha256 then
    local body = key('snap', sha256)
    if redis.call('TTL', body) < ASIDE_KEPT_S then
      redis.call('EXPIRE', body, ASIDE_KEPT_S)
    end
  end
  redis.call('LPUSH', key('aside'), cjson.encode({
    v = 1, source = name, reason = reason, at_ms = now, observation = observation,
  }))
  trim_aside()
  forget_copy(key('src', name))
  redis.call('HINCRBY', key('m', 'c'), 'observations_set_aside_total', 1)
  redis.call('HINCRBY', key('m', 'src', name), 'observations_set_aside_total', 1)
  return observation
end

-- What hangs on a source: it ends with it.
local function belongings(name)
  return {key('inbox', name), key('text', name), key('m', 'src', name), key('polls', name)}
end

-- A source that is no longer watched ends some day; what was written for it after that was set ends with it.
local function share_end(name)
  local left = redis.call('PTTL', key('src', name))
  if left > 0 then
    for _, belonging in ipairs(belongings(name)) do
      redis.call('PEXPIRE', belonging, left)
    end
  end
end
