--- A request on its way: admission, choice of the instance, answers of the router's own, the end.
--
-- What belongs to a request is kept under the address of nginx's request structure, which stays the same until the log phase, also
-- through the redirect to the location that answers problems; ngx.ctx does not survive that.

local ffi = require "ffi"
local base = require "resty.core.base"
local balancer = require "ngx.balancer"
local state = require "tricolor.state"
local entries = require "tricolor.entries"
local decision = require "tricolor.decision"
local identity = require "tricolor.identity"
local headers = require "tricolor.headers"
local lanes = require "tricolor.lanes"
local metrics = require "tricolor.metrics"
local problems = require "tricolor.problems"
local request_log = require "tricolor.request_log"
local settings = require "tricolor.settings"

local get_request, cast, uintptr = base.get_request, ffi.cast, ffi.typeof("uintptr_t")
local find, sub = string.find, string.sub
local random, tonumber = math.random, tonumber
local var, now = ngx.var, ngx.now

local _M = {}

local requests = {}

local IDEMPOTENT = {GET = true, HEAD = true, OPTIONS = true, TRACE = true, PUT = true, DELETE = true}
local KNOWN = {
    ["x-tricolor-cluster"] = true,
    ["x-tricolor-group"] = true,
    ["x-tricolor-table"] = true,
    ["x-tricolor-lane"] = true,
    ["x-tricolor-reason"] = true
}
local WEB_SOCKET_SILENCE = 3600
local NGX_BUSY = -3

local function address()
    return tonumber(cast(uintptr, get_request()))
end

local function leave(request)
    if request.endpoint then
        request.endpoint.busy = request.endpoint.busy - 1
        request.endpoint = nil
    end
    if request.cluster then
        state.leave(request.group, request.cluster.name)
    end
end

--- Decides the request and counts it; phase set.
-- @return name of the cluster; empty when the router answers by itself
function _M.admit()
    state.sync()
    local at = address()
    local before = requests[at]
    if before then
        -- Cannot be, unless the log phase of an earlier request did not run.
        leave(before)
    end
    local uri = var.request_uri
    local mark = find(uri, "?", 1, true)
    local path = mark and sub(uri, 1, mark - 1) or uri
    local query = mark and sub(uri, mark + 1) or nil
    headers.read()
    local ours = headers.ours()
    local host = headers.first("host")
    local target = entries.find(state.index, host, path)
    local compiled = target and state.tables[target.group]
    local request = {started = now(), path = path, query = query}
    requests[at] = request
    if not compiled then
        request.code = "ENTRY_NOT_FOUND"
        request.group, request.service = "", ""
        request.detail = "no group has an entry for this host and path"
        return ""
    end
    local group = target.group
    local instances = state.instances[target.key] or state.NONE
    local id = identity.find(compiled.identity, headers, query)
    local trusted = ours and settings.trust_lanes and lanes.read(headers.all("x-tricolor-lane")) or nil
    local cluster, reason = decision.decide(compiled, id, instances.counts, trusted and trusted.by_group[group])
    request.group, request.service, request.key = group, target.service, target.key
    request.id, request.reason = id, reason
    if not cluster then
        request.code = reason
        request.detail = "group " .. group .. " has no cluster with a healthy instance of service " .. target.service
            .. " for this request"
        return ""
    end
    -- Pinned and counted: nothing has yielded since the table was taken.
    state.enter(group, cluster.name)
    request.compiled, request.cluster, request.instances = compiled, cluster, instances.by_cluster[cluster.name]
    if ours then
        for i = 1, #ours do
            if not KNOWN[ours[i]] then
                ngx.req.clear_header(ours[i])
            end
        end
    end
    if trusted then
        var.tricolor_lanes = lanes.others(trusted, group, cluster.name)
    end
    var.tricolor_group = group
    var.tricolor_table = compiled.position
    return cluster.name
end

local function tried(request, instance)
    local list = request.tried
    if list then
        for i = 1, #list do
            if list[i].id == instance.id and list[i].address == instance.address and list[i].port == instance.port then
                return true
            end
        end
    end
    return false
end

-- The less busy of two at random among those that were not tried; those that could just not be reached last.
local function pick(request, instances)
    local size = #instances
    local time = now()
    local candidates = instances
    for i = 1, size do
        local instance = instances[i]
        if instance.suspect_until > time or request.tried then
            -- The rare way: a list of its own.
            local trusted, all = {}, {}
            for k = 1, size do
                local one = instances[k]
                if not tried(request, one) then
                    all[#all + 1] = one
                    if one.suspect_until <= time then
                        trusted[#trusted + 1] = one
                    end
                end
            end
            candidates = #trusted > 0 and trusted or all
            size = #candidates
            break
        end
    end
    if size < 2 then
        return candidates[1]
    end
    local first = random(size)
    local second = first + random(size - 1)
    if second > size then
        second = second - size
    end
    local one, other = candidates[first], candidates[second]
    return other.busy < one.busy and other or one
end

local function has_body()
    local length = var.http_content_length
    return (length and length ~= "0") or var.http_transfer_encoding ~= nil
end

-- Bytes sent by attempt n, from 1.
local function sent_by(n)
    local i = 0
    for number in string.gmatch(var.upstream_bytes_sent or "", "[%d-]+") do
        i = i + 1
        if i == n then
            return tonumber(number) or 0
        end
    end
    return 0
end

-- A connection did not lead to an answer. Whether another one may be tried.
local function may_try_again(request)
    local _, status = balancer.get_last_failure()
    local endpoint = request.endpoint
    local unsent = sent_by(request.attempts) == 0
    request.failure = unsent and "UPSTREAM_UNAVAILABLE" or status == 504 and "UPSTREAM_TIMEOUT" or "UPSTREAM_RESET"
    if unsent then
        endpoint.suspect_until = now() + settings.suspicion
    end
    request.tried = request.tried or {}
    request.tried[#request.tried + 1] = endpoint
    if request.attempts >= settings.max_attempts then
        return false
    end
    return unsent or (request.failure == "UPSTREAM_RESET" and IDEMPOTENT[ngx.req.get_method()] and not has_body())
end

--- Chooses the instance; phase balancer.
function _M.balance()
    local request = requests[address()]
    local instances = request.instances
    if not request.attempts then
        request.attempts = 1
        if settings.max_attempts > 1 then
            balancer.set_more_tries(settings.max_attempts - 1)
        end
        if var.http_upgrade then
            balancer.set_timeouts(nil, nil, WEB_SOCKET_SILENCE)
        end
    else
        local again = may_try_again(request)
        request.endpoint.busy = request.endpoint.busy - 1
        request.endpoint = nil
        if not again then
            return ngx.exit(NGX_BUSY)
        end
        request.attempts = request.attempts + 1
        local current = state.instances[request.key]
        instances = current and current.by_cluster[request.cluster.name] or instances
        metrics.retry(request)
    end
    local endpoint = pick(request, instances)
    if not endpoint and #instances == 1 and request.failure == "UPSTREAM_RESET" and not request.once_more then
        -- The only instance of the cluster, which took the connection.
        request.once_more = true
        endpoint = instances[1]
    end
    if not endpoint then
        return ngx.exit(NGX_BUSY)
    end
    endpoint.busy = endpoint.busy + 1
    request.endpoint = endpoint
    local ok, why = balancer.set_current_peer(endpoint.address, endpoint.port)
    if not ok then
        ngx.log(ngx.ERR, "instance ", endpoint.id, " of ", request.group, ": ", why)
        return ngx.exit(ngx.ERROR)
    end
end

--- Answers by itself; phase content, after a failure of the upstream or when there is nowhere to go.
-- @param write takes the request and answers it; nil: a problem document
function _M.problem(write)
    local request = requests[address()]
    if not request then
        return ngx.exit(ngx.HTTP_INTERNAL_SERVER_ERROR)
    end
    if not request.code then
        if request.endpoint then
            -- Nobody asked for another attempt.
            local unsent = sent_by(request.attempts or 1) == 0
            -- Of the last attempt; the status of the request itself is gone on the way here.
            local timed_out = find(var.upstream_status or "", "504$")
            request.failure = unsent and "UPSTREAM_UNAVAILABLE" or timed_out and "UPSTREAM_TIMEOUT" or "UPSTREAM_RESET"
            if unsent then
                request.endpoint.suspect_until = now() + settings.suspicion
            end
        end
        request.code = request.failure or "UPSTREAM_RESET"
        request.detail = "cluster " .. request.cluster.name .. " of group " .. request.group .. " did not answer"
        ngx.log(ngx.WARN, "group ", request.group, ", service ", request.service, ", cluster ", request.cluster.name, ": ",
            request.code)
    end
    (write or problems.write)(request)
end

--- What is known of the current request; nil when it was not admitted.
function _M.current()
    return requests[address()]
end

--- The request is over; phase log.
function _M.finish()
    local at = address()
    local request = requests[at]
    if not request then
        return
    end
    requests[at] = nil
    leave(request)
    metrics.request(request, request.status or ngx.status, now() - request.started)
    if settings.log then
        var.tricolor_log = request_log.line(request)
    end
end

return _M
