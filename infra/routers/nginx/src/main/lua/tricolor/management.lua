--- The listener of operations: health and metrics. Where it is closed, they are for those with a role that may see them; whether the router is
-- up anybody may ask.

local json = require "tricolor.json"
local jwt = require "tricolor.jwt"
local roles = require "tricolor.roles"
local problems = require "tricolor.problems"
local settings = require "tricolor.settings"
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

-- How long a request waits for a key that its token names and that may be there in a moment.
local PATIENCE, PIECE = 3, 0.05

-- Whether the details are for whoever asks; when not, the code of the problem.
local function may_look()
    local operators = settings.operators
    if not operators then
        return true
    end
    local authorization = ngx.var.http_authorization
    local ends = ngx.now() + PATIENCE
    local claims, is_token, is_unknown
    repeat
        claims, is_token, is_unknown = jwt.claims(authorization, operators)
        local waits = is_unknown and operators.is_coming() and ngx.now() < ends
        if waits then
            ngx.sleep(PIECE)
            operators.sync()
        end
    until not waits
    if claims then
        return roles.may_look(claims), "FORBIDDEN", "metrics are for the roles viewer and service"
    end
    return false, "UNAUTHENTICATED", is_token and "the token does not count" or "a token is needed"
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
    if why then
        local reason_member = may_look() and ',"reason":' .. json.string(why) or ""
        answer(503, "application/json", '{"status":"OUT_OF_SERVICE"' .. reason_member .. "}")
    else
        answer(200, "application/json", '{"status":"UP"}')
    end
end

function _M.metrics()
    local may, code, detail = may_look()
    if not may then
        problems.write {code = code, detail = detail, path = ngx.var.uri}
        return
    end
    answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text())
end

return _M
