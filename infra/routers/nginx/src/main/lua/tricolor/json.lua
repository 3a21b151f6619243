--- A strict reader of JSON that keeps numbers as they are written, and a small writer.
-- For route tables: int64 survives, nothing is guessed, and what is not JSON by RFC 8259 is refused.

local ids = require "tricolor.ids"

local byte, sub, find, match, format, gsub, char = string.byte, string.sub, string.find, string.match, string.format,
    string.gsub, string.char
local concat = table.concat

local _M = {}

local MAX_DEPTH = 64

--- The value null.
_M.null = setmetatable({}, {__tostring = function() return "null" end})

-- Marks of what a Lua table stands for.
local Object, Array, Number = {}, {}, {}

--- Whether a value is an object; its members are the members of the Lua table.
function _M.is_object(value)
    return getmetatable(value) == Object
end

--- Whether a value is an array; elements from 1 to n.
function _M.is_array(value)
    return getmetatable(value) == Array
end

--- The text of a number; nil for any other value.
function _M.number(value)
    return getmetatable(value) == Number and value.text or nil
end

local ESCAPES = {['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t"}

local function fail(position, message)
    error({json = message .. " at byte " .. position}, 0)
end

local function utf8(code)
    if code < 0x80 then
        return char(code)
    elseif code < 0x800 then
        return char(0xc0 + (code - code % 64) / 64, 0x80 + code % 64)
    elseif code < 0x10000 then
        local high = (code - code % 64) / 64
        return char(0xe0 + (high - high % 64) / 64, 0x80 + high % 64, 0x80 + code % 64)
    end
    local middle = (code - code % 64) / 64
    local high = (middle - middle % 64) / 64
    return char(0xf0 + (high - high % 64) / 64, 0x80 + high % 64, 0x80 + middle % 64, 0x80 + code % 64)
end

-- The text has a string at the position, which is that of its quotation mark.
local function read_string(text, position)
    local at = position + 1
    local stop = find(text, '["\\%z\1-\31]', at)
    if stop and byte(text, stop) == 34 then
        return sub(text, at, stop - 1), stop + 1
    end
    local parts = {}
    while true do
        stop = find(text, '["\\%z\1-\31]', at)
        if not stop then
            fail(position, "the string does not end")
        end
        parts[#parts + 1] = sub(text, at, stop - 1)
        local c = byte(text, stop)
        if c == 34 then
            return concat(parts), stop + 1
        elseif c ~= 92 then
            fail(stop, "a control character in a string")
        end
        local escape = sub(text, stop + 1, stop + 1)
        if ESCAPES[escape] then
            parts[#parts + 1] = ESCAPES[escape]
            at = stop + 2
        elseif escape == "u" then
            local digits = match(text, "^%x%x%x%x", stop + 2)
            if not digits then
                fail(stop, "a broken escape")
            end
            local code = tonumber(digits, 16)
            at = stop + 6
            if code >= 0xd800 and code <= 0xdbff then
                local low = match(text, "^\\u([dD][c-fC-F]%x%x)", at)
                if not low then
                    fail(stop, "half of a surrogate pair")
                end
                code = 0x10000 + (code - 0xd800) * 0x400 + tonumber(low, 16) - 0xdc00
                at = at + 6
            elseif code >= 0xdc00 and code <= 0xdfff then
                fail(stop, "half of a surrogate pair")
            end
            parts[#parts + 1] = utf8(code)
        else
            fail(stop, "a broken escape")
        end
    end
end

local function read_number(text, position)
    local last
    local _, whole = find(text, "^-?0", position)
    if not whole then
        _, whole = find(text, "^-?[1-9]%d*", position)
    end
    if not whole then
        fail(position, "no value")
    end
    last = whole
    local _, fraction = find(text, "^%.%d+", last + 1)
    last = fraction or last
    local _, exponent = find(text, "^[eE][+-]?%d+", last + 1)
    last = exponent or last
    if find(text, "^[%w.+-]", last + 1) then
        fail(position, "a broken number")
    end
    return setmetatable({text = sub(text, position, last)}, Number), last + 1
end

local function blanks(text, position)
    local c = byte(text, position)
    if c ~= 32 and c ~= 10 and c ~= 13 and c ~= 9 then
        return position
    end
    return find(text, "[^ \n\r\t]", position) or #text + 1
end

local read_value
-- Readers of the current document by the names of members.
local readers

local function read_object(text, position, depth)
    local object = setmetatable({}, Object)
    position = blanks(text, position + 1)
    if byte(text, position) == 125 then
        return object, position + 1
    end
    while true do
        if byte(text, position) ~= 34 then
            fail(position, "no member name")
        end
        local name, value
        local start = position
        name, position = read_string(text, position)
        position = blanks(text, position)
        if byte(text, position) ~= 58 then
            fail(position, "no colon")
        end
        position = blanks(text, position + 1)
        local read = readers[name]
        local behind
        if read then
            value, behind = read(text, position)
        end
        if behind then
            position = behind
        else
            value, position = read_value(text, position, depth)
        end
        if object[name] ~= nil then
            fail(start, "the member " .. sub(name, 1, 40) .. " is there twice")
        end
        object[name] = value
        position = blanks(text, position)
        local c = byte(text, position)
        if c == 125 then
            return object, position + 1
        elseif c ~= 44 then
            fail(position, "no comma")
        end
        position = blanks(text, position + 1)
    end
end

local function read_array(text, position, depth)
    local array = setmetatable({n = 0}, Array)
    position = blanks(text, position + 1)
    if byte(text, position) == 93 then
        return array, position + 1
    end
    local n = 0
    while true do
        local value
        value, position = read_value(text, position, depth)
        n = n + 1
        array[n] = value
        position = blanks(text, position)
        local c = byte(text, position)
        if c == 93 then
            array.n = n
            return array, position + 1
        elseif c ~= 44 then
            fail(position, "no comma")
        end
        position = blanks(text, position + 1)
    end
end

function read_value(text, position, depth)
    if depth > MAX_DEPTH then
        fail(position, "nested too deeply")
    end
    local c = byte(text, position)
    if c == 34 then
        return read_string(text, position)
    elseif c == 123 then
        return read_object(text, position, depth + 1)
    elseif c == 91 then
        return read_array(text, position, depth + 1)
    elseif c == 116 and sub(text, position, position + 3) == "true" then
        return true, position + 4
    elseif c == 102 and sub(text, position, position + 4) == "false" then
        return false, position + 5
    elseif c == 110 and sub(text, position, position + 3) == "null" then
        return _M.null, position + 4
    end
    return read_number(text, position)
end

local NONE = {}

--- Reads one document.
-- @param special readers by the names of members whose values they may read: each takes the text and the position of a value, and returns
--   the value and the position behind it, or nil to leave it to this reader; may be nil
-- @return the value; or nil and what is wrong
function _M.read(text, special)
    if not ids.is_utf8(text) then
        return nil, "not UTF-8"
    end
    readers = special or NONE
    local ok, value, position = pcall(read_value, text, blanks(text, 1), 0)
    if not ok then
        return nil, type(value) == "table" and value.json or tostring(value)
    end
    position = blanks(text, position)
    if position <= #text then
        return nil, "something follows the document at byte " .. position
    end
    return value
end

local QUOTED = {
    ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"
}

local function quoted(c)
    return QUOTED[c] or format("\\u%04x", byte(c))
end

--- A text as a JSON string.
function _M.string(text)
    if find(text, '["\\%z\1-\31\127-\255]') then
        text = gsub(ids.repaired(text), '["\\%z\1-\31\127]', quoted)
    end
    return '"' .. text .. '"'
end

return _M
