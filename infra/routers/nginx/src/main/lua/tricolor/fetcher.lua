--- Brings tables, lists and instances. Runs in the one worker that holds the lock on <state-dir>/fetcher.lock; the kernel gives the lock to
-- another one when that worker is gone. A failure never takes a table or an instance away.

local cjson = require "cjson.safe"
local json = require "tricolor.json"
local ids = require "tricolor.ids"
local http = require "tricolor.http"
local lists = require "tricolor.lists"
local posix = require "tricolor.posix"
local files = require "tricolor.files"
local store = require "tricolor.store"
local state = require "tricolor.state"
local jwk_set = require "tricolor.jwk_set"
local metrics = require "tricolor.metrics"
local settings = require "tricolor.settings"

local find, sub, match = string.find, string.sub, string.match
local now, sleep = ngx.now, ngx.sleep

local _M = {}

local PATIENCE = 5
local FIRST_LOOK = 2
local PAUSE = 1
local SHORT_PAUSE = 0.1
local KV = "tricolor/route-tables/"
local GONE = {GROUP_NOT_FOUND = true, ROUTE_TABLE_NOT_FOUND = true}
-- A timer's memory is given back when it ends; so its work goes on in a new one after this time.
local SHIFT = 300
local LIST_PATIENCE = 120
local KEYS_PATIENCE = 3
local LONGEST_JWK_SET = 256 * 1024
local PART = 256 * 1024

-- The term of this worker as fetcher; followers of an earlier one end.
local term, active = 0, false
local followers = {}
local listed = {}
local strategy_answers = true

local function is_wanted(mine)
    return active and term == mine and not ngx.worker.exiting()
end

-- Sleeps in short pieces, as long as it is wanted.
local function pause(seconds, mine)
    local until_then = now() + seconds
    while is_wanted(mine) and now() < until_then do
        sleep(math.min(0.1, math.max(0.001, until_then - now())))
    end
end

-- Runs a step again and again in the background, at most once for each name, until it says that it is done.
local function follow(name, step)
    if followers[name] or not active then
        return
    end
    local mine = term
    followers[name] = mine
    local function shift(premature)
        local ends = now() + SHIFT
        local done = premature
        while not done and is_wanted(mine) and now() < ends do
            local ok, result = pcall(step, mine)
            if not ok then
                ngx.log(ngx.ERR, "following ", name, " failed and begins anew: ", result)
                pause(PAUSE, mine)
            else
                done = result
            end
        end
        if not done and is_wanted(mine) and ngx.timer.at(0, shift) then
            return
        end
        if followers[name] == mine then
            followers[name] = nil
        end
    end
    local ok, why = ngx.timer.at(0, shift)
    if not ok then
        followers[name] = nil
        ngx.log(ngx.ERR, "cannot follow ", name, ": ", why)
    end
end

local function strategy(path, mine, timeout, sink)
    return http.request(settings.strategy, {
        path = path,
        token = http.token(),
        timeout = timeout,
        sink = sink,
        wanted = function() return is_wanted(mine) end
    })
end

local function consul(path, mine, timeout)
    return http.request(settings.consul, {
        path = path,
        timeout = timeout,
        wanted = function() return is_wanted(mine) end
    })
end

-- Instances -------------------------------------------------------------------------------------------------------------------------

local function health_path(service)
    return "/v1/health/service/" .. ngx.escape_uri(service.group .. "-" .. service.service) .. "?passing"
end

-- nginx sends to addresses, it does not look names up for each request.
local function address_of(text)
    if type(text) ~= "string" or text == "" then
        return nil
    elseif text == "localhost" then
        return "127.0.0.1"
    elseif find(text, "^%d+%.%d+%.%d+%.%d+$") then
        return text
    elseif find(text, "^[%x:.]+$") and find(text, ":", 1, true) then
        return "[" .. text .. "]"
    end
    return nil
end

local function or_empty(value)
    return type(value) == "table" and value or {}
end

-- @return whether anything changed; nil and why the answer does not count
local function take_instances(service, answer)
    if answer.status ~= 200 then
        return nil, "answered " .. answer.status
    elseif answer.headers["x-consul-knownleader"] == "false" then
        return nil, "has no leader"
    end
    local all = cjson.decode(answer.body)
    if type(all) ~= "table" then
        return nil, "answered no list"
    end
    local clusters = {}
    for _, one in ipairs(all) do
        local instance = or_empty(one).Service
        if type(instance) ~= "table" then
            return nil, "answered an entry without a service"
        end
        local meta = or_empty(instance.Meta)
        local cluster = meta["tricolor-cluster"]
        -- Names are joined by a dash, which both may hold: the registry's name alone does not tell whose instance it is.
        if type(cluster) == "string" and (meta["tricolor-group"] or service.group) == service.group
            and (meta["tricolor-service"] or service.service) == service.service then
            local named = instance.Address
            if type(named) ~= "string" or named == "" then
                named = or_empty(one.Node).Address
            end
            local address = address_of(named)
            local port = tonumber(instance.Port)
            if address and port and port > 0 and port < 65536 and type(instance.ID) == "string" then
                clusters[cluster] = clusters[cluster] or {}
                table.insert(clusters[cluster], {id = instance.ID, address = address, port = port})
            elseif named and not address then
                ngx.log(ngx.WARN, "instance ", tostring(instance.ID), " is passed over: ", named, " is no IP address")
            end
        end
    end
    return store.instances(service, clusters)
end

local function follow_service(service)
    local index, answers = 0, true
    follow("service " .. service.key, function(mine)
        local is_known = false
        for _, known in ipairs(store.services()) do
            is_known = is_known or known.key == service.key
        end
        if not is_known then
            return true
        end
        local asked = now()
        local blocking = index == 0 and "" or "&index=" .. string.format("%.0f", index) .. "&wait=" .. settings.long_poll .. "s"
        local answer, why = consul(health_path(service) .. blocking, mine, settings.long_poll * 2 + PATIENCE)
        if not is_wanted(mine) then
            return true
        end
        local changed
        if answer then
            changed, why = take_instances(service, answer)
        end
        if changed == nil then
            metrics.source_failed("consul")
            if answers then
                answers = false
                ngx.log(ngx.WARN, "Consul does not answer for ", service.group, "-", service.service, ", its instances stay: ", why)
            end
            index = 0
            pause(PAUSE, mine)
            return false
        end
        if not answers then
            answers = true
            ngx.log(ngx.NOTICE, "Consul answers again for ", service.group, "-", service.service)
        end
        local next_index = tonumber(answer.headers["x-consul-index"]) or 0
        -- An index that went backwards means that the server starts over: so does the client.
        index = next_index < index and 0 or math.max(1, next_index)
        if not changed and now() - asked < SHORT_PAUSE then
            pause(SHORT_PAUSE, mine)
        end
        return false
    end)
end

local function follow_services()
    for _, service in ipairs(store.services()) do
        follow_service(service)
    end
end

-- Lists -----------------------------------------------------------------------------------------------------------------------------

-- @return true; false and a reason when its content is wrong; nil when it could not be fetched
local function fetch_list(list, mine)
    local temporary = list.sha256 .. ".tmp"
    local path = lists.path(temporary)
    local fd, why = posix.open(path, posix.O_WRONLY + posix.O_CREAT + posix.O_TRUNC)
    if not fd then
        return nil, why
    end
    local check = lists.verification(list)
    local since_pause, wrong = 0, nil
    local answer
    answer, why = strategy("/api/id-lists/" .. list.sha256, mine, LIST_PATIENCE, function(data)
        for at = 1, #data, PART do
            local part = sub(data, at, at + PART - 1)
            local ok, problem = check.take(part)
            if not ok then
                wrong = problem
                return nil, problem
            end
            ok, problem = posix.write(fd, part)
            if not ok then
                return nil, problem
            end
            since_pause = since_pause + #part
            if since_pause >= PART then
                -- Requests of users come first. Not 0, for which stock nginx has no cheap way.
                since_pause = 0
                sleep(0.001)
            end
        end
        return true
    end)
    if answer and answer.status ~= 200 then
        answer, why = nil, "answered " .. answer.status
    end
    local ok
    if answer then
        ok, wrong = check.finish()
    end
    posix.close(fd)
    if ok then
        ok, why = files.put_in_place(lists.directory(), temporary, list.sha256)
    end
    if ok then
        return true
    end
    posix.unlink(path)
    if wrong then
        return false, "list " .. list.sha256 .. " " .. wrong
    end
    return nil, why
end

-- Gets what a table needs before it is applied; see store.offer.
local function prepare(mine)
    return function(compiled)
        for _, list in ipairs(compiled.lists) do
            if not lists.is_there(list) then
                -- Another group may be at the same list.
                local ok, why = files.in_turn(lists.path(list.sha256), function()
                    if lists.is_there(list) then
                        return true
                    end
                    return fetch_list(list, mine)
                end)
                if ok == false then
                    return false, why
                elseif not ok then
                    metrics.source_failed("strategy")
                    ngx.log(ngx.WARN, "group ", compiled.group, ": table ", compiled.position, " waits for list ", list.sha256, ": ", why)
                    return nil
                end
            end
        end
        for _, entry in ipairs(compiled.entries) do
            local service = {key = compiled.group .. "\t" .. entry.service, group = compiled.group, service = entry.service}
            if not store.knows(service.key) then
                local answer = consul(health_path(service), mine, FIRST_LOOK)
                if not answer or not is_wanted(mine) or take_instances(service, answer) == nil then
                    metrics.source_failed("consul")
                end
            end
        end
        return is_wanted(mine) and true or nil
    end
end

-- Tables ----------------------------------------------------------------------------------------------------------------------------

local offering = {}

local function offer(group, text, mine)
    -- One at a time for each group: to prepare a table may take a while.
    if offering[group] == mine then
        return "later"
    end
    offering[group] = mine
    local ok, outcome = pcall(store.offer, group, text, prepare(mine))
    offering[group] = nil
    if not ok then
        error(outcome, 0)
    end
    if outcome == "applied" then
        follow_services()
        store.sweep_lists()
    end
    return outcome
end

local function is_gone(answer)
    if answer.status ~= 404 then
        return false
    end
    local problem = cjson.decode(answer.body)
    return type(problem) == "table" and GONE[problem.code] or false
end

local function router_query(first)
    return first .. "router=" .. ngx.escape_uri(settings.router_id)
end

local function follow_group(group)
    local missing = 0
    follow("group " .. group, function(mine)
        local compiled = store.table(group)
        local path = "/api/route-tables/" .. ngx.escape_uri(group) .. router_query("?")
        if compiled then
            path = path .. "&index=" .. compiled.version_text .. "&epoch=" .. compiled.epoch_text .. "&wait=" .. settings.long_poll .. "s"
        end
        local asked = now()
        local answer = strategy(path, mine, settings.long_poll + PATIENCE)
        if not is_wanted(mine) then
            return true
        elseif not answer then
            metrics.source_failed("strategy")
            pause(PAUSE, mine)
            return false
        end
        missing = is_gone(answer) and not listed[group] and missing + 1 or 0
        local applied = answer.status == 200 and offer(group, answer.body, mine) == "applied"
        if missing >= 2 and is_wanted(mine) then
            store.remove(group)
            return true
        end
        if answer.status == 304 then
            store.forget_refusal(group)
        end
        local waited = answer.status == 304 and now() - asked > SHORT_PAUSE
        if not applied and not waited then
            pause(missing > 0 and settings.list_interval or PAUSE, mine)
        end
        return false
    end)
end

local function strategy_failed(why)
    metrics.source_failed("strategy")
    if strategy_answers then
        strategy_answers = false
        ngx.log(ngx.WARN, "strategy-service does not list route tables, the copies in Consul are read: ", why)
    end
    return false
end

local function list_strategy(mine)
    local answer, why = strategy("/api/route-tables" .. router_query("?"), mine, PATIENCE)
    if not is_wanted(mine) then
        return true
    elseif not answer then
        return strategy_failed(why)
    elseif answer.status ~= 200 then
        return strategy_failed("answered " .. answer.status)
    end
    local listing = json.read(answer.body)
    local tables = listing and json.is_object(listing) and listing.tables
    if not json.is_array(tables) then
        return strategy_failed("answered no list")
    end
    local groups = {}
    for i = 1, tables.n do
        local position = tables[i]
        local group = json.is_object(position) and position.group
        local epoch = group and ids.int64(json.number(position.epoch) or "")
        local version = group and ids.int64(json.number(position.version) or "")
        if type(group) ~= "string" or not epoch or not version then
            return strategy_failed("answered no list")
        end
        groups[group] = true
        -- A new epoch begins with low versions, so a long poll from a high one would wait; the list tells.
        if store.wants(group, epoch, version) then
            local document = strategy("/api/route-tables/" .. ngx.escape_uri(group) .. router_query("?"), mine, PATIENCE)
            if document and document.status == 200 and is_wanted(mine) then
                offer(group, document.body, mine)
            end
        end
        follow_group(group)
    end
    listed = groups
    if not strategy_answers then
        strategy_answers = true
        ngx.log(ngx.NOTICE, "strategy-service answers again")
    end
    return true
end

local function list_consul(mine)
    local answer = consul("/v1/kv/" .. KV .. "?recurse", mine, PATIENCE)
    if not is_wanted(mine) then
        return
    elseif not answer then
        metrics.source_failed("consul")
        return
    end
    local entries = answer.status == 200 and cjson.decode(answer.body)
    for _, entry in ipairs(type(entries) == "table" and entries or {}) do
        local key, value = or_empty(entry).Key, or_empty(entry).Value
        if type(key) == "string" and type(value) == "string" and sub(key, 1, #KV) == KV then
            local group = sub(key, #KV + 1)
            local text = ngx.decode_base64(value)
            if text and match(group, "^[%w._-]+$") and offer(group, text, mine) == "applied" then
                follow_group(group)
            end
        end
    end
end

-- Keys of tokens --------------------------------------------------------------------------------------------------------------------

-- @return true; nil and why the keys before stay
local function fetch_keys(mine)
    local parts, size = {}, 0
    local answer, why = http.request(settings.jwk_set, {
        path = settings.jwk_path,
        timeout = KEYS_PATIENCE,
        wanted = function() return is_wanted(mine) end,
        sink = function(part)
            size = size + #part
            parts[#parts + 1] = part
            return size <= LONGEST_JWK_SET or nil, "the JWK set is too long"
        end
    })
    if not answer then
        return nil, why
    elseif answer.status ~= 200 then
        return nil, "answered " .. answer.status
    end
    return jwk_set.take(table.concat(parts))
end

local function follow_keys()
    local answers = true
    follow("the keys of tokens", function(mine)
        if not jwk_set.is_due() then
            pause(SHORT_PAUSE, mine)
            return false
        end
        jwk_set.begin()
        local ok, why = fetch_keys(mine)
        if not ok and is_wanted(mine) then
            metrics.source_failed("jwk-set")
            if answers then
                ngx.log(ngx.WARN, settings.jwk_set_uri, " does not tell the keys of tokens, those before stay: ", why)
            end
        elseif ok and not answers then
            ngx.log(ngx.NOTICE, settings.jwk_set_uri, " tells the keys of tokens again")
        end
        answers = ok or false
        return false
    end)
end

--- Begins to fetch: this worker has become the fetcher.
function _M.start()
    term = term + 1
    active = true
    followers = {}
    listed = {}
    for _, group in ipairs(state.names("groups")) do
        follow_group(group)
    end
    follow_services()
    if settings.jwk_set then
        follow_keys()
    end
    follow("the list of groups", function(mine)
        if not list_strategy(mine) then
            list_consul(mine)
        end
        pause(settings.list_interval, mine)
        return false
    end)
end

--- Ends to fetch.
function _M.stop()
    active = false
    term = term + 1
end

return _M
