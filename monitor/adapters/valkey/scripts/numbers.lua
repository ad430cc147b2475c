-- Shared: counters and histograms of a settlement.
-- The numbers of a whole call are summed up first: a histogram alone has a dozen fields.
local sums = {}

local function add(whole_key, field, amount)
  local fields = sums[whole_key] or {}
  sums[whole_key] = fields
  fields[field] = (fields[field] or 0) + amount
end

-- A histogram's buckets are cumulative: here each value is counted once, in the first that holds it.
local timings = {}

local function add_timing(name, ms, bounds_ms)
  local seen = timings[name]
  if not seen then
    seen = {sum = 0, count = 0, firsts = {}}
    timings[name] = seen
  end
  local at = 1
  while bounds_ms[at] and ms > bounds_ms[at] do
    at = at + 1
  end
  seen.firsts[at] = (seen.firsts[at] or 0) + 1
  seen.count, seen.sum = seen.count + 1, seen.sum + ms
end

local function add_numbers(plan, bounds_ms)
  for field, amount in pairs(plan.counts) do
    if amount > 0 then
      add(key('m', 'c'), field, amount)
      add(key('m', 'dst', plan.destination), field, amount)
    end
  end
  for name, ms in pairs(plan.timings_ms) do
    add_timing(name, ms, bounds_ms)
  end
end

local function write_timings(bounds_ms)
  for name, seen in pairs(timings) do
    local histogram, within = key('m', 'h', name), 0
    for at, bound in ipairs(bounds_ms) do
      within = within + (seen.firsts[at] or 0)
      if within > 0 then
        redis.call('HINCRBY', histogram, 'le_' .. bound, within)
      end
    end
    redis.call('HINCRBY', histogram, 'le_inf', seen.count)
    redis.call('HINCRBY', histogram, 'count', seen.count)
    redis.call('HINCRBYFLOAT', histogram, 'sum', string.format('%.3f', seen.sum))
  end
end

local function write_numbers(bounds_ms)
  for whole_key, fields in pairs(sums) do
    for field, amount in pairs(fields) do
      redis.call('HINCRBY', whole_key, field, amount)
    end
  end
  write_timings(bounds_ms)
end
