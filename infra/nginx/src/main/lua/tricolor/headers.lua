--- The headers of the current request, looked at where nginx has them, without a Lua table for each request.

local ffi = require "ffi"
local base = require "resty.core.base"
require "resty.core.request"

local C = ffi.C
local text = ffi.string
local get_request = base.get_request

local _M = {}

local ROOM = 128
local elements = ffi.typeof("ngx_http_lua_ffi_table_elt_t[?]")
local room = elements(ROOM)
local truncated = ffi.new("int[1]")

local list, count = room, 0

--- Reads the headers of the current request; what first and ours say is about these until the next call.
function _M.read()
    local r = get_request()
    count = C.ngx_http_lua_ffi_req_get_headers_count(r, 0, truncated)
    if count <= 0 then
        count = 0
        return
    end
    list = count <= ROOM and room or elements(count)
    if C.ngx_http_lua_ffi_req_get_headers(r, list, count, 0) ~= 0 then
        count = 0
    end
end

--- Value of the first header of a name in lower case; nil when there is none.
function _M.first(name)
    local length = #name
    for i = 0, count - 1 do
        local key = list[i].key
        if key.len == length and text(key.data, length) == name then
            local value = list[i].value
            return text(value.data, value.len)
        end
    end
    return nil
end

--- Values of all headers of a name, joined by commas; nil when there are none.
function _M.all(name)
    local length, joined = #name, nil
    for i = 0, count - 1 do
        local key = list[i].key
        if key.len == length and text(key.data, length) == name then
            local value = list[i].value
            value = text(value.data, value.len)
            joined = joined and joined .. "," .. value or value
        end
    end
    return joined
end

--- Names in lower case that begin with x-tricolor-; nil when there are none.
function _M.ours()
    local names
    for i = 0, count - 1 do
        local key = list[i].key
        if key.len >= 11 and key.data[0] == 120 and key.data[1] == 45 and key.data[2] == 116
            and text(key.data, 11) == "x-tricolor-" then
            names = names or {}
            names[#names + 1] = text(key.data, key.len)
        end
    end
    return names
end

return _M
