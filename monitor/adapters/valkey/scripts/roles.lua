-- Shared: which processes live, role by role. A node is named <role>-<host>-<pid>.

-- Milliseconds since 1970 as ISO 8601 in UTC, to the second (days to a date: Howard Hinnant's civil_from_days).
local function iso(ms)
  local seconds = math.floor(ms / 1000)
  local days, rest = math.floor(seconds / DAY_S) + 719468, seconds % DAY_S
  local era = math.floor(days / 146097)
  local of_era = days - era * 146097
  local years = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * years + math.floor(years / 4) - math.floor(years / 100))
  local month = math.floor((5 * of_year + 2) / 153)
  local day = of_year - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  local year = years + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02dZ', year, month, day, math.floor(rest / 3600),
    math.floor(rest % 3600 / 60), rest % 60)
end

local function role_of(node)
  return string.match(node, '^(%a+)-') or node
end

-- role → {how many of its processes have beaten, and when the last one did}
local function beating(beats)
  local found = {}
  for at = 1, #beats, 2 do
    local role, beaten = role_of(beats[at]), tonumber(beats[at + 1])
    local known = found[role] or {0, 0}
    found[role] = {known[1] + 1, math.max(known[2], beaten)}
  end
  return found
end
