--- What a request asks of nginx most often, in a form that LuaJIT compiles: ngx.var and ngx.now end in calls that it gives up on.

local ffi = require "ffi"
local base = require "resty.core.base"
require "resty.core.var"
require "resty.core.time"

local C = ffi.C
local text = ffi.string
local get_request = base.get_request

local _M = {}

local LONGEST_NAME = 64
local lower_case = ffi.new("unsigned char[?]", LONGEST_NAME)
local lower_case_text = ffi.cast("char *", lower_case)
local value, length, message = ffi.new("char *[1]"), ffi.new("size_t[1]"), ffi.new("char *[1]")

--- Value of a variable; nil when it has none.
-- @param name at most 64 characters
function _M.get(name)
    if C.ngx_http_lua_ffi_var_get(get_request(), name, #name, lower_case_text, 0, value, length, message) ~= 0 then
        return nil
    end
    local found = text(value[0], length[0])
    return found
end

local ROOM = 256
local error_text, error_length = ffi.new("unsigned char[?]", ROOM), ffi.new("size_t[1]")

--- Sets a variable that nginx.conf has set before.
-- @param name at most 64 characters
-- @param data a string, or a pointer to bytes, which are copied
-- @param bytes how many
function _M.set(name, data, bytes)
    error_length[0] = ROOM
    if C.ngx_http_lua_ffi_var_set(get_request(), name, #name, lower_case, data, bytes, error_text, error_length) ~= 0 then
        error("variable " .. name .. ": " .. text(error_text, error_length[0]))
    end
end

--- Time of nginx's clock, in seconds since 1970 with milliseconds.
function _M.now()
    local time = C.ngx_http_lua_ffi_now()
    return time
end

return _M
