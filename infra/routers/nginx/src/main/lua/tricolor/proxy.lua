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
local variables = require "tricolor.variables"

local get_request, cast, uintptr = base.get_request, ffi.cast, ffi.typeof("uintptr_t")
local find, sub, gmatch, lower = string.find, string.sub, string.gmatch, string.lower
local random, floor, max, tonumber = math.random, math.floor, math.max, tonumber
local get, set, now = variables.get, variables.set, variables.now

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
    local number = tonumber(cast(uintptr, get_request()))
    return number
end

-- Until when some instance of this worker counts as suspect; most of the time none does.
local suspects_until = 0

local function suspect(endpoint)
    local until_then = now() + settings.suspicion
    endpoint.suspect_until = until_then
    suspects_until = max(suspects_until, until_then)
end

local function leave(request)
    local endpoint = request.endpoint
    if endpoint then
        endpoint.busy = endpoint.busy - 1
        request.endpoint = false
    end
    if request.cluster then
        state.leave(request.counter, request.cluster.name, endpoint)
    end
end

-- What is kept of a request. Objects are used again, and have all members from the start: to make one, member by member, for each request
-- costs as much as its decision.
local spare, spares = {}, 0

local function new_request()
    if spares > 0 then
        spares = spares - 1
        return spare[spares + 1]
    end
    return {
        started = 0,
        path = "",
        query = false,
        group = "",
        service = "",
        key = "",
        id = false,
        reason = false,
        compiled = false,
        cluster = false,
        counter = false,
        instances = false,
        upgrade = false,
        trace = false,
        cohort = false,
        attempts = 0,
        endpoint = false,
        tried = false,
        failure = false,
        once_more = false,
        status = false,
        code = false,
        detail = false
    }
end

local function give_back(request)
    request.group, request.service, request.key = "", "", ""
    request.id, request.reason, request.compiled, request.cluster, request.instances = false, false, false, false, false
    request.counter, request.cohort = false, false
    request.attempts, request.endpoint, request.tried, request.failure, request.once_more = 0, false, false, false, false
    request.status, request.code, request.detail = false, false, false
    spares = spares + 1
    spare[spares] = request
end

-- Nobody is to take the request.
local function unrouted(request, code, detail)
    request.code, request.detail = code, detail
    return ""
end

-- What a request needs, whatever Connection says; close, keep-alive and upgrade name no header that goes on.
local NOT_DROPPED = {
    ["close"] = true,
    ["keep-alive"] = true,
    ["upgrade"] = true,
    ["host"] = true,
    ["content-length"] = true,
    ["transfer-encoding"] = true
}

-- Headers that Connection names end here.
local function drop_named(connection)
    for option in gmatch(lower(connection), "[^,%s]+") do
        if not NOT_DROPPED[option] then
            ngx.req.clear_header(option)
        end
    end
end

--- Decides the request and counts it; phase set.
-- @return name of the cluster; empty when the router answers by itself
function _M.admit()
    state.sync_once()
    local at = address()
    local before = requests[at]
    if before then
        -- Cannot be, unless the log phase of an earlier request did not run.
        leave(before)
    end
    local uri = get("request_uri")
    local mark = find(uri, "?", 1, true)
    local path = mark and sub(uri, 1, mark - 1) or uri
    local query = mark and sub(uri, mark + 1) or nil
    headers.read()
    local index = state.index
    local target = entries.find(index, index.hosts and headers.first("host") or nil, path)
    local compiled = target and state.tables[target.group]
    local traceparent = headers.traceparent
    local request = new_request()
    request.started, request.path, request.query, request.upgrade = now(), path, query or false, headers.upgrade
    request.trace = traceparent and problems.trace_id(traceparent) or false
    request.compiled = compiled or false
    requests[at] = request
    if not compiled then
        if not state.is_open() then
            return unrouted(request, "NO_HEALTHY_CLUSTER", "the router has just started and asks for its tables")
        end
        return unrouted(request, "ENTRY_NOT_FOUND", "no group has an entry for this host and path")
    end
    local group = target.group
    local instances = state.instances[target.key] or state.NONE
    local id = identity.find(compiled.identity, headers, query)
    local ours = headers.ours
    local trusted = ours and settings.trust_lanes and lanes.read(headers.all("x-tricolor-lane")) or nil
    local cluster, reason, cohort = decision.decide(compiled, id, instances.counts, trusted and trusted.by_group[group])
    request.group, request.service, request.key = group, target.service, target.key
    request.id, request.reason, request.cohort = id or false, reason, cohort or false
    if not cluster then
        return unrouted(request, reason, "group " .. group .. " has no cluster with a healthy instance of service "
            .. target.service .. " for this request")
    end
    -- Pinned and counted: nothing has yielded since the table was taken.
    local name = cluster.name
    request.counter = state.enter(group, name)
    request.cluster, request.instances = cluster, instances.by_cluster[name]
    if ours then
        for i = 1, #ours do
            if not KNOWN[ours[i]] then
                ngx.req.clear_header(ours[i])
            end
        end
    end
    if headers.connection then
        drop_named(headers.connection)
    end
    if trusted then
        local others = lanes.others(trusted, group, name)
        set("tricolor_lanes", others, #others)
    end
    set("tricolor_group", group, #group)
    set("tricolor_table", compiled.position, #compiled.position)
    return name
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

-- Those that were not tried; those that could just not be reached only when there are no others.
local function worth_trying(request, instances)
    local time = now()
    local trusted, all = {}, {}
    for _, one in ipairs(instances) do
        if not tried(request, one) then
            all[#all + 1] = one
            if one.suspect_until <= time then
                trusted[#trusted + 1] = one
            end
        end
    end
    return #trusted > 0 and trusted or all
end

-- The less busy of two at random.
local function pick(request, instances)
    if request.tried or now() < suspects_until then
        instances = worth_trying(request, instances)
    end
    local size = #instances
    if size < 2 then
        return instances[1]
    end
    local first = random(size)
    local second = first + random(size - 1)
    if second > size then
        second = second - size
    end
    local one, other = instances[first], instances[second]
    return other.busy < one.busy and other or one
end

local function has_body()
    local length = get("http_content_length")
    return (length and length ~= "0") or get("http_transfer_encoding") ~= nil
end

-- Bytes sent by attempt n, from 1.
local function sent_by(n)
    local i = 0
    for number in string.gmatch(get("upstream_bytes_sent") or "", "[%d-]+") do
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
        suspect(endpoint)
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
    -- Not those of when the request was admitted: something may have held it, and one that was withdrawn since may be gone.
    local current = state.instances[request.key]
    local instances = current and current.by_cluster[request.cluster.name] or request.instances
    local before = request.endpoint
    if request.attempts == 0 then
        request.attempts = 1
        if settings.max_attempts > 1 then
            balancer.set_more_tries(settings.max_attempts - 1)
        end
        if request.upgrade then
            balancer.set_timeouts(nil, nil, WEB_SOCKET_SILENCE)
        end
    else
        local again = may_try_again(request)
        before.busy = before.busy - 1
        request.endpoint = false
        if not again then
            state.moved(request.counter, before)
            return ngx.exit(NGX_BUSY)
        end
        request.attempts = request.attempts + 1
        metrics.retry(request)
    end
    local endpoint = pick(request, instances)
    if not endpoint and #instances == 1 and request.failure == "UPSTREAM_RESET" and not request.once_more then
        -- The only instance of the cluster, which took the connection.
        request.once_more = true
        endpoint = instances[1]
    end
    if not endpoint then
        state.moved(request.counter, before)
        return ngx.exit(NGX_BUSY)
    end
    endpoint.busy = endpoint.busy + 1
    request.endpoint = endpoint
    state.moved(request.counter, before)
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
            local unsent = sent_by(max(1, request.attempts)) == 0
            -- Of the last attempt; the status of the request itself is gone on the way here.
            local timed_out = find(get("upstream_status") or "", "504$")
            request.failure = unsent and "UPSTREAM_UNAVAILABLE" or timed_out and "UPSTREAM_TIMEOUT" or "UPSTREAM_RESET"
            if unsent then
                suspect(request.endpoint)
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
    local status = request.status or ngx.status
    local millis = max(0, floor((now() - request.started) * 1000 + 0.5))
    metrics.request(request, status, millis)
    if settings.log then
        request_log.write(request, status, millis)
    end
    give_back(request)
end

return _M
