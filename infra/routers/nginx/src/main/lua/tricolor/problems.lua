--- Answers that the router gives by itself: RFC 9457 problem documents.

local json = require "tricolor.json"

local byte, lower, gsub, match, format = string.byte, string.lower, string.gsub, string.match, string.format
local random = math.random

local _M = {}

local STATUS = {
    UNAUTHENTICATED = 401,
    FORBIDDEN = 403,
    ENTRY_NOT_FOUND = 404,
    NO_HEALTHY_CLUSTER = 503,
    UPSTREAM_UNAVAILABLE = 503,
    UPSTREAM_RESET = 502,
    UPSTREAM_TIMEOUT = 504
}

--- The id of the trace in a header traceparent (W3C Trace Context); nil when it is not valid: version ff, an id of zeros, more than
-- version 00 has.
function _M.trace_id(parent)
    local version, trace, span, more = match(parent, "^(%x%x)%-(%x+)%-(%x+)%-%x%x(.*)$")
    local is_valid = version and version ~= "ff" and #trace == 32 and #span == 16
        and not match(version .. trace .. span, "%u") and match(trace, "[^0]") and match(span, "[^0]")
        and (more == "" or (version ~= "00" and byte(more) == 45))
    return is_valid and trace or nil
end

local function new_trace_id()
    return format("%08x%08x%08x%08x", random(0, 0xffffffff), random(0, 0xffffffff), random(0, 0xffffffff), random(0, 0xffffffff))
end

--- The HTTP status of a code.
function _M.status(code)
    return STATUS[code]
end

--- Answers with the problem of a request: its code, detail and, when it had one, cluster.
function _M.write(request)
    local status = STATUS[request.code]
    local slug = gsub(lower(request.code), "_", "-")
    request.trace = request.trace or new_trace_id()
    local body = '{"type":"/problems/' .. slug .. '","title":"' .. gsub(slug, "-", " ") .. '","status":' .. status
        .. ',"detail":' .. json.string(request.detail) .. ',"instance":' .. json.string(request.path)
        .. ',"code":"' .. request.code .. '","traceId":"' .. request.trace .. '"}'
    ngx.status = status
    local header = ngx.header
    header["Content-Type"] = "application/problem+json"
    header["Content-Length"] = #body
    header["X-Tricolor-Reason"] = request.code
    if request.cluster then
        header["X-Tricolor-Cluster"] = request.cluster.name
    end
    if status == 401 then
        header["WWW-Authenticate"] = "Bearer"
    elseif status == 503 then
        header["Retry-After"] = "1"
    end
    ngx.print(body)
end

return _M
