--- Brings tables, lists and instances. Runs in the one worker that holds the lock on <state-dir>/fetcher.lock; the kernel gives the lock to
-- another one when that worker is gone. A failure never takes a table or an instance away.

local cjson = require "cjson.safe"
local http = require "tricolor.http"
local lists = require "tricolor.lists"
local posix = require "tricolor.posix"
local files = require "tricolor.files"
local store = require "tricolor.store"
local state = require "tricolor.state"
local timers = require "tricolor.timers"
local memory = require "tricolor.memory"
local jwk_set = require "tricolor.jwk_set"
local metrics = require "tricolor.metrics"
local settings = require "tricolor.settings"

local find, sub, match = string.find, string.sub, string.match
local now, sleep = ngx.now, ngx.sleep

local shared = ngx.shared.tricolor

local _M = {}

local PATIENCE = 5
local FIRST_LOOK = 2
local PAUSE = 1
local SHORT_PAUSE = 0.1
-- Between two answers that come at once.
local BREATH = 0.02
local KV = "tricolor/route-tables/"
-- So long a timer may take to begin before it counts as dropped.
local OVERDUE = 2
-- So many tables of one answer are taken over side by side: each waits for the disk and for the registry.
local SIDE_BY_SIDE = 8
-- A timer's memory is given back when it ends; so its work goes on in a new one after this time.
local SHIFT = 300
local LIST_PATIENCE = 120
local KEYS_PATIENCE = 3
local LONGEST_JWK_SET = 256 * 1024
local PART = 256 * 1024

-- The term of this worker as fetcher; followers of an earlier one end.
local term, active = 0, false
-- By name: {name, step, term, runs, wanted_since, asked_at: when nginx was asked for a timer last, accepted: whether it took it}.
local followers = {}
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

-- Has the step of a follower run in a timer.
local function run(one)
    local function shift(premature)
        if premature or one.runs or not is_wanted(one.term) then
            return
        end
        one.runs = true
        local ends = now() + SHIFT
        local done = false
        while not done and is_wanted(one.term) do
            local ok, result = pcall(one.step, one.term)
            if not ok then
                ngx.log(ngx.ERR, "following ", one.name, " failed and begins anew: ", result)
                pause(PAUSE, one.term)
            else
                done = result
            end
            if not done and now() >= ends and is_wanted(one.term) then
                local function next_shift(ended)
                    one.runs = false
                    shift(ended)
                end
                if timers.run(one.name, next_shift) then
                    return
                end
                -- There is no timer for the next shift: this one goes on.
                ends = now() + SHIFT
            end
        end
        one.runs = false
        if followers[one.name] == one then
            followers[one.name] = nil
        end
    end
    one.asked_at = now()
    local ok, why = ngx.timer.at(0, shift)
    one.accepted = ok
    if not ok then
        timers.refused(one.name, why)
    end
end

-- Runs a step again and again in the background, at most once for each name, until it says that it is done.
local function follow(name, step)
    if followers[name] or not active then
        return
    end
    local one = {name = name, step = step, term = term, runs = false, wanted_since = now()}
    followers[name] = one
    run(one)
end

--- Begins again what nginx had no timer for, and says how much that is; now and then, in the worker that fetches.
function _M.supervise()
    local idle = 0
    for _, one in pairs(followers) do
        if not one.runs and now() - one.wanted_since > OVERDUE then
            idle = idle + 1
            if now() - one.asked_at > OVERDUE then
                if one.accepted then
                    timers.refused(one.name, "it was dropped")
                end
                run(one)
            end
        end
    end
    memory.put(shared, "unfollowed", idle)
end

local function strategy(path, mine, timeout, sink)
    return settings.strategy.request {
        path = path,
        token = http.token(),
        timeout = timeout,
        sink = sink,
        wanted = function() return is_wanted(mine) end
    }
end

local function consul(path, mine, timeout)
    return http.request(settings.consul, {
        path = path,
        consul_token = http.consul_token(),
        timeout = timeout,
        wanted = function() return is_wanted(mine) end
    })
end

-- What Consul has left out because the token may not see it is not gone.
local function is_filtered(answer)
    return answer.headers["x-consul-results-filtered-by-acls"] == "true"
end

local function consul_failed(answer)
    metrics.source_failed(answer and is_filtered(answer) and "consul-acl" or "consul")
end

-- Instances -------------------------------------------------------------------------------------------------------------------------

local function registered_path(service)
    return "/v1/health/service/" .. ngx.escape_uri(service.group .. "-" .. service.service)
end

local function health_path(service)
    return registered_path(service) .. "?passing"
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

-- @return instances by cluster; nil and why the answer does not count
local function read_instances(service, answer)
    if answer.status ~= 200 then
        return nil, "answered " .. answer.status
    elseif is_filtered(answer) then
        return nil, "leaves out what the token may not see"
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
    return clusters
end

-- Of the instances that were healthy last, those that are registered still: when none is healthy any more, in no cluster, it is more
-- likely that their checks are wrong than that all of them are down at once.
-- @return instances by cluster; nil and why they are not known
local function last_healthy(service, mine)
    local known = store.known_instances(service)
    if not next(known) then
        return known
    end
    local answer, why = consul(registered_path(service), mine, FIRST_LOOK)
    if not answer or not is_wanted(mine) then
        return nil, why or "it is not wanted any more"
    end
    local registered
    registered, why = read_instances(service, answer)
    if not registered then
        return nil, why
    end
    local left = {}
    for cluster, instances in pairs(known) do
        for _, instance in ipairs(instances) do
            for _, other in ipairs(registered[cluster] or {}) do
                if other.id == instance.id and other.address == instance.address and other.port == instance.port then
                    left[cluster] = left[cluster] or {}
                    table.insert(left[cluster], instance)
                    break
                end
            end
        end
    end
    return left
end

-- @return whether anything changed; nil and why the answer does not count
local function take_instances(service, answer, mine)
    local clusters, why = read_instances(service, answer)
    if not clusters then
        return nil, why
    end
    local panics = false
    if settings.panic and not next(clusters) then
        clusters, why = last_healthy(service, mine)
        if not clusters then
            return nil, why
        end
        panics = next(clusters) ~= nil
    end
    if store.panics(service, panics) then
        ngx.log(panics and ngx.ERR or ngx.NOTICE, service.group, "-", service.service, ": ", panics
            and "no instance of any cluster is healthy; requests go to those that were last"
            or "there are healthy instances again, or none is registered")
    end
    return store.instances(service, clusters)
end

local function follow_service(service)
    local index, answers = 0, true
    follow("service " .. service.key, function(mine)
        if not store.needs(service) then
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
            changed, why = take_instances(service, answer, mine)
        end
        if changed == nil then
            consul_failed(answer)
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

-- Whether all lists of a table are on disk.
local function has_lists(compiled)
    for _, list in ipairs(compiled.lists) do
        if not lists.is_there(list) then
            return false
        end
    end
    return true
end

-- @return true; false and a reason when the content of a list is wrong; nil when one could not be fetched
local function get_lists(compiled, mine)
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
    return true
end

-- A registry that does not answer is not asked for each of many tables.
local registry_silent_until = 0

-- Looks services up that nothing is known of, so that a table does not begin without instances.
local function look_up(compiled, mine)
    for _, service in ipairs(store.services_of(compiled)) do
        if not store.knows(service.key) and now() >= registry_silent_until then
            local answer = consul(health_path(service), mine, FIRST_LOOK)
            if not answer or not is_wanted(mine) or take_instances(service, answer, mine) == nil then
                consul_failed(answer)
                registry_silent_until = now() + (answer and 0 or PATIENCE)
            end
        end
    end
end

-- Tables ----------------------------------------------------------------------------------------------------------------------------

-- Tables that wait for a list, by group, as store.offer takes them. The newest of a group.
local waiting = {}
local offering = {}

-- @param may_wait whether lists are fetched first; if not, a table that needs one is put off
local function offer(group, document, may_wait, mine)
    -- One at a time for each group: to prepare a table may take a while.
    if offering[group] == mine then
        return "later"
    end
    offering[group] = mine
    local ok, outcome, compiled = pcall(store.offer, group, document, function(compiled)
        if not may_wait and not has_lists(compiled) then
            return nil
        end
        local there, why = get_lists(compiled, mine)
        if not there then
            return there, why
        end
        look_up(compiled, mine)
        return is_wanted(mine) and true or nil
    end)
    offering[group] = nil
    if not ok then
        error(outcome, 0)
    end
    if outcome == "applied" then
        for _, service in ipairs(store.services_of(compiled)) do
            follow_service(service)
        end
    end
    return outcome
end

-- A table that waits is offered again and again until it is applied or another one has come.
local function follow_waiting(group)
    follow("the table of " .. group, function(mine)
        local document = waiting[group]
        if not document then
            return true
        end
        local outcome = offer(group, document, true, mine)
        if outcome == "later" then
            pause(PAUSE, mine)
            return false
        end
        if waiting[group] == document then
            waiting[group] = nil
        end
        if outcome == "applied" then
            store.sweep_lists()
        end
        return waiting[group] == nil
    end)
end

local function take(group, document, mine)
    if offer(group, document, false, mine) == "later" then
        waiting[group] = document
        follow_waiting(group)
    else
        waiting[group] = nil
    end
end

-- Takes documents over, by group.
local function take_all(documents, mine)
    local groups = {}
    for group in pairs(documents) do
        groups[#groups + 1] = group
    end
    local at = 0
    local function work()
        while at < #groups and is_wanted(mine) do
            at = at + 1
            local group = groups[at]
            take(group, documents[group], mine)
        end
    end
    local threads = {}
    for i = 1, math.min(SIDE_BY_SIDE, #groups) do
        threads[i] = ngx.thread.spawn(work)
    end
    for _, thread in ipairs(threads) do
        local ok, why = ngx.thread.wait(thread)
        if not ok then
            error(why, 0)
        end
    end
    if #groups > 0 then
        store.sweep_lists()
    end
end

-- The answer to a question for changes: {cursor, complete, reset, documents by group}; nil and what is wrong with it.
local function read_changes(body)
    local answer = cjson.decode(body)
    if type(answer) ~= "table" or type(answer.cursor) ~= "string" or answer.cursor == "" or type(answer.complete) ~= "boolean"
        or type(answer.tables) ~= "table" then
        return nil, "answered no changes"
    end
    local documents = {}
    for _, one in ipairs(answer.tables) do
        if type(one) ~= "table" or type(one.group) ~= "string" or not find(one.group, "^[%w._-]+$") or type(one.document) ~= "string"
            or type(one.sha256) ~= "string" then
            return nil, "answered a table without group, document or sha256"
        end
        local version = tonumber(one.version)
        documents[one.group] = {
            text = one.document,
            sha256 = one.sha256,
            version = version and version % 1 == 0 and string.format("%.0f", version) or nil
        }
    end
    return {cursor = answer.cursor, complete = answer.complete, reset = answer.reset == true, documents = documents}
end

local function strategy_failed(why)
    metrics.source_failed("strategy")
    if strategy_answers then
        strategy_answers = false
        ngx.log(ngx.WARN, "strategy-service does not tell the route tables, the copies in Consul are read: ", why)
    end
end

-- What strategy-service does not know of is not gone: a database may have been lost. It is shown.
local function compare(told)
    local unknown = {}
    for _, group in ipairs(state.names("groups")) do
        local compiled = not told[group] and store.table(group)
        if compiled and not compiled.deleted then
            unknown[#unknown + 1] = group
        end
    end
    memory.put(shared, "unknown_groups", #unknown)
    if #unknown > 0 then
        metrics.source_failed("strategy")
        ngx.log(ngx.WARN, "strategy-service knows nothing of ", #unknown, " groups, which stay: ",
            table.concat(unknown, ", ", 1, math.min(10, #unknown)))
    end
end

local function read_consul(mine)
    local answer = consul("/v1/kv/" .. KV .. "?recurse", mine, PATIENCE)
    if not is_wanted(mine) then
        return
    elseif not answer or is_filtered(answer) or (answer.status ~= 200 and answer.status ~= 404) then
        consul_failed(answer)
        return
    end
    local kept = answer.status == 200 and cjson.decode(answer.body)
    local documents = {}
    for _, entry in ipairs(type(kept) == "table" and kept or {}) do
        local key, value = or_empty(entry).Key, or_empty(entry).Value
        if type(key) == "string" and type(value) == "string" and sub(key, 1, #KV) == KV then
            local group = sub(key, #KV + 1)
            local text = ngx.decode_base64(value)
            if text and match(group, "^[%w._-]+$") then
                documents[group] = {text = text}
            end
        end
    end
    take_all(documents, mine)
    store.open("Consul has told its copies of the route tables")
end

-- One question for the news of all groups; another one as soon as it is answered.
local function follow_tables()
    local cursor, is_complete
    -- Groups that were told since everything was asked for; nil when it was not.
    local told
    follow("the tables", function(mine)
        local path = "/api/route-tables/changes?router=" .. ngx.escape_uri(settings.router_id)
        if cursor then
            path = path .. "&since=" .. ngx.escape_uri(cursor)
        else
            told = {}
        end
        local waits = cursor and is_complete
        path = path .. "&wait=" .. (waits and settings.long_poll or 0) .. "s"
        local asked = now()
        local answer, why = strategy(path, mine, waits and settings.long_poll + PATIENCE or PATIENCE)
        if not is_wanted(mine) then
            return true
        end
        local changes
        if answer and answer.status ~= 200 then
            why = "answered " .. answer.status
        elseif answer then
            changes, why = read_changes(answer.body)
            if changes and not changes.complete and changes.cursor == cursor then
                changes, why = nil, "answered the same again"
            end
        end
        if not changes then
            strategy_failed(why)
            read_consul(mine)
            pause(settings.list_interval, mine)
            return false
        end
        if not strategy_answers then
            strategy_answers = true
            ngx.log(ngx.NOTICE, "strategy-service answers again")
        end
        if changes.reset then
            told = {}
        end
        take_all(changes.documents, mine)
        if not is_wanted(mine) then
            return true
        end
        for group in pairs(told and changes.documents or {}) do
            told[group] = true
        end
        cursor, is_complete = changes.cursor, changes.complete
        if is_complete then
            if told then
                compare(told)
                told = nil
            end
            store.open("strategy-service has told the route tables")
        end
        if now() - asked < BREATH then
            -- One that waits answers at once only when there is news.
            pause(waits and not next(changes.documents) and PAUSE or BREATH, mine)
        end
        return false
    end)
end

-- Keys of tokens --------------------------------------------------------------------------------------------------------------------

-- What is there; nil and why not.
local function read_published(base, path, mine)
    local parts, size = {}, 0
    local answer, why = http.request(base, {
        path = path,
        timeout = KEYS_PATIENCE,
        wanted = function() return is_wanted(mine) end,
        sink = function(part)
            size = size + #part
            parts[#parts + 1] = part
            return size <= LONGEST_JWK_SET or nil, "the answer is too long"
        end
    })
    if not answer then
        return nil, why
    elseif answer.status ~= 200 then
        return nil, "answered " .. answer.status
    end
    return table.concat(parts)
end

local function follow_keys(trust)
    local answers = true
    follow("the keys of tokens of " .. trust.whose, function(mine)
        if not trust.is_due() then
            pause(SHORT_PAUSE, mine)
            return false
        end
        trust.begin()
        local ok, why = trust.fetch(function(base, path) return read_published(base, path, mine) end)
        if not ok and is_wanted(mine) then
            metrics.source_failed("jwk-set")
            if answers then
                ngx.log(ngx.WARN, trust.url, " does not tell the keys of tokens, those before stay: ", why)
            end
        elseif ok and not answers then
            ngx.log(ngx.NOTICE, trust.url, " tells the keys of tokens again")
        end
        answers = ok or false
        return false
    end)
end

--- Begins to fetch: this worker has become the fetcher.
function _M.start()
    term = term + 1
    active = true
    followers, waiting = {}, {}
    for _, service in ipairs(store.services()) do
        follow_service(service)
    end
    for _, trust in ipairs(jwk_set.published) do
        follow_keys(trust)
    end
    follow_tables()
end

--- Ends to fetch.
function _M.stop()
    active = false
    term = term + 1
end

return _M
