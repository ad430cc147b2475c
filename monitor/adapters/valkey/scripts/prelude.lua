-- Stands before every script. ARGV[1] is the key prefix; the only clock is the server's, in milliseconds.
local prefix = ARGV[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local DAY_S = 86400
local ASIDE_KEPT = 1000      -- observations set aside that are remembered
local ASIDE_KEPT_S = 30 * DAY_S
local BELL_MS = 2000         -- a drain job that was lost is rung for again after this long

local function key(...)
  return prefix .. table.concat({...}, ':')
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

-- Takes the head observation out of a source's inbox and keeps it, with its bytes, for whoever looks into it.
local function put_aside(name, reason)
  local observation = redis.call('LPOP', key('inbox', name))
  if not observation then
    return false
  end
  local readable, content = pcall(cjson.decode, observation)
  if readable and type(content) == 'table' and type(content.sha256) == 'string' then
    local body = key('snap', content.sha256)
    if redis.call('TTL', body) < ASIDE_KEPT_S then
      redis.call('EXPIRE', body, ASIDE_KEPT_S)
    end
  end
  redis.call('LPUSH', key('aside'), cjson.encode({
    v = 1, source = name, reason = reason, at_ms = now, observation = observation,
  }))
  redis.call('LTRIM', key('aside'), 0, ASIDE_KEPT - 1)
  redis.call('HINCRBY', key('m', 'c'), 'observations_set_aside_total', 1)
  redis.call('HINCRBY', key('m', 'src', name), 'observations_set_aside_total', 1)
  return observation
end
