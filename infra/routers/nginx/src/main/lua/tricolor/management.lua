--- The listener of operations: health and metrics.

local json = require "tricolor.json"
local state = require "tricolor.state"
local metrics = require "tricolor.metrics"

local shared = ngx.shared.tricolor

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

-- Why no users should be sent here; nil when they may come.
local function reason()
    if ngx.worker.exiting() then
        return "it ends"
    elseif not state.is_open() then
        return "it has just started and asks for its tables"
    end
    local unfollowed = shared:get("unfollowed") or 0
    if unfollowed > 0 then
        return "there are no timers to follow " .. unfollowed .. " services or more (tricolor.nginx.services)"
    end
    return nil
end

--- This worker has begun, routes by what it knows, and what it knows is followed.
function _M.readiness()
    state.sync()
    local why = reason()
    answer(why and 503 or 200, "application/json", why and '{"status":"OUT_OF_SERVICE","reason":' .. json.string(why) .. "}" or '{"status":"UP"}')
end

function _M.metrics()
    answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text())
end

return _M
