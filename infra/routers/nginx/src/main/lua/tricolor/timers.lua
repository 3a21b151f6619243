--- Timers of nginx, whose number is limited. One too many is refused when it is asked for, or dropped when it is due, and then nobody is
-- told. Here both are noticed, counted, and said.

local now, sleep = ngx.now, ngx.sleep

local _M = {}

local PATIENCE = 1

local complained_at = 0
local refusals = 0

--- Counts a timer that there is none for.
function _M.refused(what, why)
    refusals = refusals + 1
    if now() - complained_at > 10 then
        complained_at = now()
        ngx.log(ngx.ERR, "no timer for ", what, " (tricolor.nginx.services): ", why)
    end
end

--- How many there were none for since the last call.
function _M.refusals()
    local number = refusals
    refusals = 0
    return number
end

--- Does something in a timer of its own; returns when that has begun.
-- @return whether it has; if not, it will not
function _M.run(what, action)
    local begun, given_up = false, false
    local ok, why = ngx.timer.at(0, function(premature)
        if not given_up then
            begun = true
            action(premature)
        end
    end)
    if not ok then
        if not ngx.worker.exiting() then
            _M.refused(what, why)
        end
        return false
    end
    local until_then = now() + PATIENCE
    while not begun and now() < until_then and not ngx.worker.exiting() do
        sleep(0.001)
    end
    if begun then
        return true
    end
    given_up = true
    if not ngx.worker.exiting() then
        _M.refused(what, "it was dropped")
    end
    return false
end

return _M
