--- Lists that tables refer to by content, mapped from files: sorted int64, little-endian; single ids, or first and last id of each interval
-- in turn. The same file may be a list of either kind.

local ffi = require "ffi"
local posix = require "tricolor.posix"
local settings = require "tricolor.settings"

local _M = {}

-- Mappings of this worker that something still uses.
local mapped = setmetatable({}, {__mode = "v"})

function _M.directory()
    return settings.state_dir .. "/lists"
end

function _M.path(sha256)
    return _M.directory() .. "/" .. sha256
end

--- Whether a verified list is on disk.
function _M.is_there(list)
    local fd = posix.open(_M.path(list.sha256), posix.O_RDONLY)
    if not fd then
        return false
    end
    local size = posix.size(fd)
    posix.close(fd)
    return size == list.length * 8
end

--- Gives the rules of a compiled table their lists; nil and why not. A mapping lives as long as a table that a request may have pinned.
function _M.attach(compiled)
    for _, list in ipairs(compiled.lists) do
        local mapping = mapped[list.sha256]
        if not mapping then
            local numbers, why = posix.map(_M.path(list.sha256), list.length * 8)
            if not numbers then
                return nil, why
            end
            mapping = {numbers = numbers, length = list.length}
            mapped[list.sha256] = mapping
        elseif mapping.length ~= list.length then
            return nil, "list " .. list.sha256 .. " has " .. mapping.length .. " numbers, not " .. list.length
        end
        list.mapping = mapping
        list.numbers = mapping.numbers
    end
    return true
end

-- What is wrong with the order of single ids; nil: nothing. Also the last of them.
local function wrong_ids(numbers, count, before)
    for i = 0, count - 1 do
        if before and numbers[i] <= before then
            return "is not ascending"
        end
        before = numbers[i]
    end
    return nil, before
end

-- The same of intervals, of which a part holds whole ones. An end of the highest int64 leaves no number to begin another one with.
local function wrong_intervals(ends, count, before)
    for i = 0, count - 1, 2 do
        local from, to = ends[i], ends[i + 1]
        if to < from then
            return "has a reversed interval"
        elseif before and (from <= before or from - 1 == before) then
            return "has no id between two intervals"
        end
        before = to
    end
    return nil, before
end

--- A check that takes a list in parts: length, order, sha256.
-- @param list sha256, kind, and length: how many numbers it has
function _M.verification(list)
    local crypto = require "tricolor.crypto"
    local digest = crypto.sha256()
    local wrong_order, each = wrong_ids, 1
    if list.kind == "intervals" then
        wrong_order, each = wrong_intervals, 2
    end
    local bytes, rest = 0, ""
    local before
    local check = {}

    --- Takes the next part; nil and what is wrong.
    function check.take(part)
        digest.update(part)
        bytes = bytes + #part
        if bytes > list.length * 8 then
            return nil, "is longer than " .. list.length .. " numbers"
        end
        local data = rest == "" and part or rest .. part
        local count = math.floor(#data / (8 * each)) * each
        local numbers = ffi.new("int64_t[?]", count)
        ffi.copy(numbers, data, count * 8)
        local wrong, last = wrong_order(numbers, count, before)
        if wrong then
            return nil, wrong
        end
        before = last
        rest = string.sub(data, count * 8 + 1)
        return true
    end

    --- Whether it was all of the list; nil and what is wrong.
    function check.finish()
        if bytes ~= list.length * 8 then
            return nil, "has " .. bytes .. " bytes, not " .. list.length * 8
        elseif digest.hex() ~= list.sha256 then
            return nil, "has another sha256"
        end
        return true
    end

    return check
end

return _M
