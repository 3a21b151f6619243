--- What is different about a gRPC call: how it ends is said by its gRPC status, in an answer of HTTP 200.

local proxy = require "tricolor.proxy"
local problems = require "tricolor.problems"

local var = ngx.var

local _M = {}

local UNIMPLEMENTED, UNAVAILABLE = 12, 14
local CLIENT_CLOSED_REQUEST = 499

-- The HTTP status that each gRPC status stands for, as google.rpc.Code has it.
local HTTP = {
    [0] = 200, [1] = CLIENT_CLOSED_REQUEST, [2] = 500, [3] = 400, [4] = 504, [5] = 404, [6] = 409, [7] = 403, [8] = 429, [9] = 400,
    [10] = 409, [11] = 400, [UNIMPLEMENTED] = 501, [13] = 500, [UNAVAILABLE] = 503, [15] = 500, [16] = 401
}

local function encoded(c)
    return string.format("%%%02X", string.byte(c))
end

-- An answer of headers only, which is how gRPC says that a call has failed before it began to answer.
local function write(request)
    request.status = problems.status(request.code)
    local header = ngx.header
    ngx.status = 200
    header["Content-Type"] = "application/grpc"
    header["grpc-status"] = request.status == 404 and UNIMPLEMENTED or UNAVAILABLE
    header["grpc-message"] = string.gsub(request.code .. ": " .. request.detail, "[^ -$&-~]", encoded)
    header["X-Tricolor-Reason"] = request.code
    if request.cluster then
        header["X-Tricolor-Cluster"] = request.cluster.name
    end
    -- Only the answer to a HEAD ends with its headers; with an empty body after them it would be another answer.
    ngx.req.set_method(ngx.HTTP_HEAD)
    ngx.send_headers()
    ngx.req.set_method(ngx.HTTP_POST)
end

--- Answers by itself; phase content.
function _M.problem()
    proxy.problem(write)
end

--- The call is over; phase log.
function _M.finish()
    local request = proxy.current()
    if request and request.cluster and not request.status and ngx.status == 200 then
        local code = tonumber(var.upstream_trailer_grpc_status or var.upstream_http_grpc_status)
        -- Without a status the stream was broken off.
        request.status = code and (HTTP[code] or 500) or CLIENT_CLOSED_REQUEST
    end
    proxy.finish()
end

return _M
