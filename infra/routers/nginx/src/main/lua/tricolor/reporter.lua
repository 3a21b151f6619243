--- Tells strategy-service what all workers have applied and what is in flight: at once after a change, else every interval. Runs in the
-- worker that fetches; during a stop in one of those that still have requests.

local cjson = require "cjson.safe"
local json = require "tricolor.json"
local http = require "tricolor.http"
local state = require "tricolor.state"
local settings = require "tricolor.settings"

local now, sleep, concat = ngx.now, ngx.sleep, table.concat
local format, random = string.format, math.random

local shared = ngx.shared.tricolor

local _M = {}

local PATIENCE = 2

local accepted = true

local function new_boot()
    return format("%08x-%04x-4%03x-%x%03x-%06x%06x", random(0, 0xffffffff), random(0, 0xffff), random(0, 0xfff), random(8, 11),
        random(0, 0xfff), random(0, 0xffffff), random(0, 0xffffff))
end

--- Gives this start of the router its name; in the master.
function _M.begin()
    shared:add("boot", new_boot())
end

local function body()
    local reports = {}
    for i, worker in ipairs(state.workers()) do
        reports[i] = worker.report
    end
    return '{"routerId":' .. json.string(settings.router_id) .. ',"bootId":"' .. shared:get("boot") .. '","kind":"nginx","address":'
        .. (settings.address and json.string(settings.address) or "null") .. ',"workers":[' .. concat(reports, ",") .. "]}"
end

local function failed(why)
    if accepted then
        accepted = false
        ngx.log(ngx.WARN, "strategy-service does not take reports: ", why)
    end
    return false
end

local function path()
    return "/api/routers/" .. ngx.escape_uri(settings.router_id)
end

--- Sends one report; whether it was taken.
function _M.send()
    local answer, why = http.request(settings.strategy, {
        method = "PUT", path = path(), body = body(), token = http.token(), timeout = PATIENCE
    })
    if not answer then
        return failed(why)
    elseif answer.status < 200 or answer.status > 299 then
        return failed("answered " .. answer.status)
    end
    if not accepted then
        accepted = true
        ngx.log(ngx.NOTICE, "strategy-service takes reports again")
    end
    local said = cjson.decode(answer.body)
    if type(said) == "table" and said.evicted == true then
        -- Taken for gone, yet it serves: as a new boot it is waited for again.
        shared:set("boot", new_boot())
        shared:incr("news", 1, 0)
        ngx.log(ngx.WARN, "router ", settings.router_id, " was evicted, it registers anew")
    end
    return true
end

--- Signs the router off.
function _M.sign_off()
    local answer, why = http.request(settings.strategy, {
        method = "DELETE", path = path(), token = http.token(), timeout = PATIENCE
    })
    if answer and answer.status < 300 then
        shared:set("signed_off", true)
        ngx.log(ngx.NOTICE, "router ", settings.router_id, " signed off")
    else
        ngx.log(ngx.WARN, "router ", settings.router_id, " could not sign off: ", why or "answered " .. answer.status)
    end
end

--- Whether one of the workers has signed the router off: another report would register it again.
function _M.is_signed_off()
    return shared:get("signed_off") == true
end

--- Reports for as long as it is wanted.
function _M.run(wanted)
    local seen
    shared:delete("signed_off")
    while wanted() do
        -- Before the report is made: what comes from here on is news again.
        seen = shared:get("news")
        local sent = _M.send()
        local due = now() + settings.report_interval
        while wanted() and now() < due and (not sent or shared:get("news") == seen) do
            sleep(0.02)
        end
    end
end

return _M
