-- Looks through logs from a place down. ARGV[2] JSON wish, [3...] sources whose own logs to look through; none: the log
-- of all. The wish: before, count (rows looked at in each), limit (rows taken of each), types, sources, tag, score, text.
-- Returns a list a log: rows looked at, the place of the last of them ('' at the log's end), then place, id and whether
-- the text filter was answered (1), or is left to whoever reads the change (0: the row is of a version without `find`).
local wish = cjson.decode(ARGV[2])
local IN_CHANGES = {id = 2, type = 4, source = 6, score = 10, find = 12}
local IN_LOG = {id = 2, type = 4, score = 8}

local function listed(names)
  if #names == 0 then
    return nil
  end
  local set = {}
  for _, name in ipairs(names) do
    set[name] = true
  end
  return set
end

local types, sources = listed(wish.types), listed(wish.sources)
local text = wish.text ~= '' and wish.text
local edits_from = wish.score > 0 and wish.score

-- An edit nobody scored passes, as it does in routes.
local function scored(type_, score)
  return not edits_from or type_ ~= 'post.edited' or (tonumber(score or '') or edits_from) >= edits_from
end

local function find_of(place)
  local row = redis.call('XRANGE', key('changes'), place, place)[1]
  return row and row[2][IN_CHANGES.find]
end

-- Which of the log's rows have a source with the tag: asked at once, and only where that is wished for.
local function tagged(rows, at)
  if wish.tag == '' or not at.source or #rows == 0 then
    return nil
  end
  local names = {}
  for i, row in ipairs(rows) do
    names[i] = row[2][at.source]
  end
  return redis.call('ZMSCORE', key('tellers', wish.tag), unpack(names))
end

local function look(log, at)
  local rows = redis.call('XREVRANGE', log, wish.before, '-', 'COUNT', wish.count)
  local members, found, looked = tagged(rows, at), {0, ''}, 0
  for i, row in ipairs(rows) do
    local place, field = row[1], row[2]
    looked = i
    if (not types or types[field[at.type]]) and (not sources or sources[field[at.source]])
      and (not members or members[i]) and scored(field[at.type], field[at.score]) then
      local find = text and (at.find and field[at.find] or not at.find and find_of(place))
      if not text or not find or string.find(find, text, 1, true) then
        found[#found + 1], found[#found + 2], found[#found + 3] = place, field[at.id], (not text or find) and 1 or 0
        if (#found - 2) / 3 >= wish.limit then
          break
        end
      end
    end
  end
  local goes_on = looked < #rows or #rows == wish.count
  found[1], found[2] = looked, goes_on and rows[looked][1] or ''
  return found
end

if #ARGV == 2 then
  return {look(key('changes'), IN_CHANGES)}
end
local all = {}
for i = 3, #ARGV do
  all[#all + 1] = look(key('log', ARGV[i]), IN_LOG)
end
return all
