-- Shared: counters and histograms of a settlement.
-- The numbers of a whole call are summed up first: a histogram alone has a dozen fields.
local sums = {}

local function add(whole_key, field, amount)
  local fields = sums[whole_key] or {}
  sums[whole_key] = fields
  fields[field] = (fields[field] or 0) + amount
end

local function add_timing(name, ms, bounds_ms)
  local histogram = key('m', 'h', name)
  for _, bound in ipairs(bounds_ms) do
    if ms <= bound then
      add(histogram, 'le_' .. bound, 1)
    end
  end
  add(histogram, 'le_inf', 1)
  add(histogram, 'count', 1)
  add(histogram, 'sum', ms)
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

local function write_numbers()
  for whole_key, fields in pairs(sums) do
    for field, amount in pairs(fields) do
      if field == 'sum' then
        redis.call('HINCRBYFLOAT', whole_key, field, string.format('%.3f', amount))
      else
        redis.call('HINCRBY', whole_key, field, amount)
      end
    end
  end
end
