--- Intervals of ids as tables have them by the ten thousand: read, sorted and merged without a Lua object for each, so that a worker that
-- takes over a table is back at its requests within milliseconds.

local ffi = require "ffi"
local ids = require "tricolor.ids"
require "tricolor.posix"

local C, cast, copy = ffi.C, ffi.cast, ffi.copy
local sub = string.sub

local _M = {}

local numbers = ffi.typeof("int64_t[?]")
local bytes, chars = ffi.typeof("const uint8_t *"), ffi.typeof("char *")
local stop = ffi.new("char *[1]")

local ROOM = 1024
-- Any number of so many digits is within int64.
local SHORT = 18

local Scanned = {}

--- Whether a value was read by scan: a table with the members n, from and to; arrays of n numbers, each from not above its to.
function _M.is_scanned(value)
    return getmetatable(value) == Scanned
end

local function blanks(text, at)
    local c = text[at]
    while c == 32 or c == 10 or c == 13 or c == 9 do
        at = at + 1
        c = text[at]
    end
    return at
end

-- Reads a quoted number at a place counted from 0; the number and the place behind it, or nil when it is not plain digits.
local function read_end(text, whole, at)
    if text[at] ~= 34 then
        return nil
    end
    local first = text[at + 1]
    if first ~= 45 and (first < 48 or first > 57) then
        return nil
    end
    local start = cast(chars, whole) + at + 1
    local number = C.strtol(start, stop, 10)
    local length = tonumber(stop[0] - start)
    if length == 0 or text[at + 1 + length] ~= 34 then
        return nil
    elseif length > SHORT then
        number = ids.decimal(sub(whole, at + 2, at + 1 + length))
    end
    return number, at + length + 2
end

--- Reads a JSON array of pairs of quoted numbers.
-- @param position of its bracket, from 1
-- @return the intervals and the position behind them; nil when there is anything else in it, which is for the reader of JSON to tell
function _M.scan(whole, position)
    -- Lua ends every string with a zero, so that looking one place ahead never leaves it.
    local text = cast(bytes, whole)
    local at = position - 1
    if text[at] ~= 91 then
        return nil
    end
    at = blanks(text, at + 1)
    local n, room = 0, ROOM
    local from, to = numbers(room), numbers(room)
    while text[at] == 91 do
        local first, last
        first, at = read_end(text, whole, blanks(text, at + 1))
        if not first then
            return nil
        end
        at = blanks(text, at)
        if text[at] ~= 44 then
            return nil
        end
        last, at = read_end(text, whole, blanks(text, at + 1))
        if not last or last < first then
            return nil
        end
        at = blanks(text, at)
        if text[at] ~= 93 then
            return nil
        end
        if n == room then
            room = 2 * room
            local more_from, more_to = numbers(room), numbers(room)
            copy(more_from, from, n * 8)
            copy(more_to, to, n * 8)
            from, to = more_from, more_to
        end
        from[n], to[n] = first, last
        n = n + 1
        at = blanks(text, at + 1)
        if text[at] == 93 then
            return setmetatable({n = n, from = from, to = to}, Scanned), at + 2
        elseif text[at] ~= 44 then
            return nil
        end
        at = blanks(text, at + 1)
    end
    return nil
end

-- Whether the starts ascend.
local function is_sorted(from, n)
    for i = 1, n - 1 do
        if from[i] < from[i - 1] then
            return false
        end
    end
    return true
end

-- By their starts: merge sort from the bottom up.
local function sort(from, to, n)
    local other_from, other_to = numbers(n), numbers(n)
    local width = 1
    while width < n do
        for left = 0, n - 1, 2 * width do
            local middle, right = math.min(left + width, n), math.min(left + 2 * width, n)
            local i, k = left, middle
            for at = left, right - 1 do
                if i < middle and (k >= right or from[i] <= from[k]) then
                    other_from[at], other_to[at] = from[i], to[i]
                    i = i + 1
                else
                    other_from[at], other_to[at] = from[k], to[k]
                    k = k + 1
                end
            end
        end
        from, to, other_from, other_to = other_from, other_to, from, to
        width = 2 * width
    end
    return from, to
end

--- Sorts intervals and joins those that overlap; the arrays may be changed.
-- @return arrays of starts and ends, both ascending, and how many there are
function _M.merged(from, to, n)
    if n == 0 then
        return from, to, 0
    end
    if not is_sorted(from, n) then
        from, to = sort(from, to, n)
    end
    local last = 0
    for i = 1, n - 1 do
        if from[i] > to[last] then
            last = last + 1
            from[last], to[last] = from[i], to[i]
        elseif to[i] > to[last] then
            to[last] = to[i]
        end
    end
    return from, to, last + 1
end

--- Empty arrays for so many intervals.
function _M.arrays(n)
    return numbers(n), numbers(n)
end

return _M
