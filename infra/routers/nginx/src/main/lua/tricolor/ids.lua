--- Ids of users: canonical int64 or string. Numbers are int64_t of the FFI, never Lua numbers, which lose digits above 2^53.

local ffi = require "ffi"
local bit = require "bit"
require "tricolor.posix"

local byte, sub, find, gsub, char, concat = string.byte, string.sub, string.find, string.gsub, string.char, table.concat
local int64, chars = ffi.typeof("int64_t"), ffi.typeof("char *")
local uint32s = ffi.typeof("const uint32_t *")
local C, cast = ffi.C, ffi.cast
local band, rshift = bit.band, bit.rshift

local _M = {}

--- Longest id, in UTF-8 bytes after trimming.
_M.MAX_BYTES = 256

local MAX_DIGITS = 19
local LONG = 1024

local stop = ffi.new("char *[1]")

--- The number, when the text is a canonical decimal int64: no plus sign, no leading zeros, no -0; else nil.
function _M.int64(text)
    local length = #text
    local first = byte(text, 1)
    local digits = length
    if first == 45 then
        first = byte(text, 2)
        digits = length - 1
    end
    -- The C library would take blanks, a plus sign and leading zeros.
    if not first or first < 48 or first > 57 or digits > MAX_DIGITS or (first == 48 and length > 1) then
        return nil
    end
    local start = cast(chars, text)
    local number = C.strtol(start, stop, 10)
    if stop[0] ~= start + length then
        return nil
    end
    if digits == MAX_DIGITS then
        -- Beyond its range the C library answers with the nearest number.
        local limit = digits < length and "9223372036854775808" or "9223372036854775807"
        if sub(text, length - digits + 1) > limit then
            return nil
        end
    end
    return number
end

--- The number that any decimal notation names, with sign and leading zeros; nil when there is none or it is beyond int64.
function _M.decimal(text)
    local sign, digits = string.match(text, "^([+-]?)0*(%d+)$")
    if not digits then
        return nil
    end
    if digits == "0" then
        return int64(0)
    end
    return _M.int64((sign == "-" and "-" or "") .. digits)
end

--- Canonical decimal text of an int64_t.
function _M.text(number)
    return (gsub(tostring(number), "LL$", ""))
end

--- Without the characters up to U+0020 at both ends.
function _M.trim(text)
    local length = #text
    local first = 1
    while first <= length and byte(text, first) <= 32 do
        first = first + 1
    end
    local last = length
    while last >= first and byte(text, last) <= 32 do
        last = last - 1
    end
    if first == 1 and last == length then
        return text
    end
    return sub(text, first, last)
end

--- Reads an id as a client sent it. Nil when nothing is left after trimming or more than 256 bytes are.
-- @return a table with the members text and, for a number, number
function _M.of(raw)
    if not raw then
        return nil
    end
    local text = _M.trim(raw)
    local length = #text
    if length == 0 or length > _M.MAX_BYTES then
        return nil
    end
    return {text = text, number = _M.int64(text)}
end

--- The same for what needs no trimming and no decoding: a canonical number, as most ids are; nil for anything else.
function _M.numeric(raw)
    local number = _M.int64(raw)
    return number and {text = raw, number = number} or nil
end

-- Length of the well-formed UTF-8 sequence at a position, or nil and how many bytes of it are a beginning of one.
local function sequence(text, i)
    local a = byte(text, i)
    if a < 0x80 then
        return 1
    end
    local n, low, high
    if a >= 0xc2 and a <= 0xdf then
        n, low, high = 2, 0x80, 0xbf
    elseif a >= 0xe0 and a <= 0xef then
        n, low, high = 3, a == 0xe0 and 0xa0 or 0x80, a == 0xed and 0x9f or 0xbf
    elseif a >= 0xf0 and a <= 0xf4 then
        n, low, high = 4, a == 0xf0 and 0x90 or 0x80, a == 0xf4 and 0x8f or 0xbf
    else
        return nil, 1
    end
    for k = 1, n - 1 do
        local c = byte(text, i + k)
        if not c or c < low or c > high then
            return nil, k
        end
        low, high = 0x80, 0xbf
    end
    return n
end

-- Four bytes at a time, for documents.
local function is_ascii(text)
    local words, length = cast(uint32s, text), #text
    local whole = rshift(length, 2)
    for i = 0, whole - 1 do
        if band(words[i], 0x80808080) ~= 0 then
            return false
        end
    end
    return not find(text, "[\128-\255]", whole * 4 + 1)
end

--- Whether the bytes are well-formed UTF-8.
function _M.is_utf8(text)
    if #text > LONG and is_ascii(text) then
        return true
    end
    local i = find(text, "[\128-\255]")
    local length = #text
    while i and i <= length do
        local n = sequence(text, i)
        if not n then
            return false
        end
        i = i + n
    end
    return true
end

--- The text of a header or cookie: UTF-8 when it is, else every byte is one character of Latin-1.
function _M.from_header(text)
    if _M.is_utf8(text) then
        return text
    end
    return (gsub(text, "[\128-\255]", function(c)
        local b = byte(c)
        return char(0xc0 + (b - b % 64) / 64, 0x80 + b % 64)
    end))
end

--- What is no UTF-8 becomes U+FFFD.
function _M.repaired(text)
    if _M.is_utf8(text) then
        return text
    end
    local parts, i, length = {}, 1, #text
    while i <= length do
        local n, bad = sequence(text, i)
        parts[#parts + 1] = n and sub(text, i, i + n - 1) or "\239\191\189"
        i = i + (n or bad)
    end
    return concat(parts)
end

return _M
