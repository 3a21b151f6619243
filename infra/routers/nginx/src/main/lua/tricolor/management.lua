--- The listener of operations: health and metrics.

local state = require "tricolor.state"
local metrics = require "tricolor.metrics"

local _M = {}

local function answer(status, content_type, body)
    ngx.status = status
    ngx.header["Content-Type"] = content_type
    ngx.header["Content-Length"] = #body
    ngx.print(body)
end

--- The process answers.
function _M.liveness()
    answer(200, "application/json", '{"status":"UP"}')
end

--- This worker has begun and routes by what it knows.
function _M.readiness()
    state.sync()
    local up = not ngx.worker.exiting()
    answer(up and 200 or 503, "application/json", up and '{"status":"UP"}' or '{"status":"OUT_OF_SERVICE"}')
end

function _M.metrics()
    answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text())
end

return _M
