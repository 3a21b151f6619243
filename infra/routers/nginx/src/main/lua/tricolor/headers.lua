--- The headers of the current request, looked at where nginx has them, without a Lua table for each request.

local ffi = require "ffi"
local base = require "resty.core.base"
require "resty.core.request"
require "tricolor.posix"

local C = ffi.C
local text = ffi.string
local get_request = base.get_request

local _M = {}

local ROOM = 128
local OURS = "x-tricolor-"
local elements = ffi.typeof("ngx_http_lua_ffi_table_elt_t[?]")
local room = elements(ROOM)
local truncated = ffi.new("int[1]")

local list, count = room, 0

--- Of the headers that were read last: the names in lower case that begin with x-tricolor-, nil when there are none; whether another protocol
-- is asked for; the header traceparent, nil when there is none; what stands in Connection, nil when that is not there.
_M.ours, _M.upgrade, _M.traceparent, _M.connection = nil, false, nil, nil

local function look_at(name, length, value)
    if length >= #OURS and C.memcmp(name, OURS, #OURS) == 0 then
        local ours = _M.ours or {}
        ours[#ours + 1] = text(name, length)
        _M.ours = ours
    elseif length == 7 and C.memcmp(name, "upgrade", 7) == 0 then
        _M.upgrade = true
    elseif length == 11 and C.memcmp(name, "traceparent", 11) == 0 then
        _M.traceparent = _M.traceparent or text(value.data, value.len)
    elseif length == 10 and C.memcmp(name, "connection", 10) == 0 then
        local options = text(value.data, value.len)
        _M.connection = _M.connection and _M.connection .. "," .. options or options
    end
end

--- Reads the headers of the current request; what this module says is about these until the next call.
function _M.read()
    local r = get_request()
    count = C.ngx_http_lua_ffi_req_get_headers_count(r, 0, truncated)
    _M.ours, _M.upgrade, _M.traceparent, _M.connection = nil, false, nil, nil
    if count <= 0 then
        count = 0
        return
    end
    list = count <= ROOM and room or elements(count)
    if C.ngx_http_lua_ffi_req_get_headers(r, list, count, 0) ~= 0 then
        count = 0
    end
    for i = 0, count - 1 do
        local name = list[i].key.data
        local first = name[0]
        -- x-t…, upgrade, traceparent, connection: one look at most headers is enough.
        if first == 120 and name[1] == 45 and name[2] == 116 or first == 117 or first == 116 or first == 99 then
            look_at(name, tonumber(list[i].key.len), list[i].value)
        end
    end
end

--- Value of the first header of a name in lower case; nil when there is none.
function _M.first(name)
    local length = #name
    for i = 0, count - 1 do
        local key = list[i].key
        if key.len == length and C.memcmp(key.data, name, length) == 0 then
            local value = list[i].value
            return text(value.data, value.len)
        end
    end
    return nil
end

--- Values of all headers of a name, joined; nil when there are none.
-- @param separator a comma when it is missing
function _M.all(name, separator)
    local length, joined = #name, nil
    for i = 0, count - 1 do
        local key = list[i].key
        if key.len == length and C.memcmp(key.data, name, length) == 0 then
            local value = list[i].value
            value = text(value.data, value.len)
            joined = joined and joined .. (separator or ",") .. value or value
        end
    end
    return joined
end

return _M
