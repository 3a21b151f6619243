--- What a worker routes by, and what is in flight.
--
-- One reference to tables, entries and instances, replaced as a whole. A request takes it once; the decision and the count that it adds
-- happen in one go, since nothing in between yields. So when a worker says "table N, nothing in flight to A", no request of an
-- older table is left in it: every such request was counted before the reference became N, and its count stays until its end. What a
-- worker says of a group is written in one piece, after the reference was replaced, and again before it would be too low. A word that
-- cannot be written is taken back: then it is missing, and who reads the words knows that it does not know.
--
-- The words of the workers and the documents that they follow are in shared dictionaries, which outlive a worker and a reload.

local cjson = require "cjson.safe"
local route_table = require "tricolor.route_table"
local entries = require "tricolor.entries"
local lists = require "tricolor.lists"
local json = require "tricolor.json"
local memory = require "tricolor.memory"
local posix = require "tricolor.posix"
local variables = require "tricolor.variables"

local gmatch, match, sub, sort, concat = string.gmatch, string.match, string.sub, table.sort, table.concat
local now = variables.now

local shared = ngx.shared.tricolor
local words = ngx.shared.tricolor_workers
local presence = ngx.shared.tricolor_presence

local _M = {}

--- Tables by group, without those that are deleted; entries; instances by "group<tab>service". Never changed, only replaced.
_M.tables = {}
_M.index = entries.index({})
_M.instances = {}

local NONE = {by_cluster = {}, counts = {}}
_M.NONE = NONE

local SHA256 = 64

local generation = -1
local synced_at
local retry_at
local is_open = false
-- What this worker has applied, by group: also tables that say that the group is deleted.
local applied = {}
local table_marks = {}
-- By group, by service: what is in _M.instances.
local services = {}
-- Requests of this worker, by group.
local counters = {}
local busy = 0
-- Groups that have counted since they were last told of.
local dirty = {}
local told_at = 0
local pid, started, exiting, present

local function names(key)
    local all = {}
    for name in gmatch(shared:get(key) or "", "[^\n]+") do
        all[#all + 1] = name
    end
    return all
end

_M.names = names

-- Counting --------------------------------------------------------------------------------------------------------------------------

local function counter(group)
    local one = {
        group = group,
        -- Requests by cluster.
        counts = {},
        -- Instances that the registry does not name any more and that still have requests.
        retired = {},
        dirty = false,
        listed = false
    }
    counters[group] = one
    return one
end

local function touch(one)
    one.dirty = true
    if not one.listed then
        one.listed = true
        dirty[#dirty + 1] = one
    end
end

--- Counts a request to a cluster.
-- @return what it is counted in
function _M.enter(group, cluster)
    local one = counters[group] or counter(group)
    local counts = one.counts
    counts[cluster] = (counts[cluster] or 0) + 1
    busy = busy + 1
    if not one.dirty then
        touch(one)
    end
    if exiting then
        _M.say(one)
    end
    return one
end

--- A request has come to another instance, or to its first.
-- @param endpoint that it has left; may be false
function _M.moved(one, endpoint)
    if endpoint and endpoint.retired and endpoint.busy == 0 then
        _M.say(one)
    elseif not one.dirty then
        touch(one)
    end
end

--- A request to a cluster is over.
-- @param endpoint that it was sent to last, which does not count it any more; may be false
function _M.leave(one, cluster, endpoint)
    local counts = one.counts
    local left = counts[cluster] - 1
    counts[cluster] = left
    busy = busy - 1
    if not one.dirty then
        touch(one)
    end
    local awaited = exiting or (endpoint and endpoint.retired and endpoint.busy == 0)
    if left == 0 and not awaited then
        -- Somebody may wait for a cluster to be left only when no new request goes to it.
        local compiled = applied[one.group]
        local strategy = compiled and compiled.clusters[cluster]
        awaited = not strategy or strategy.status == "RED" or (strategy.status == "GREEN" and compiled.yellow_takes_all)
    end
    if awaited then
        _M.say(one)
    end
end

--- Requests that are not over.
function _M.busy()
    return busy
end

-- Instances -------------------------------------------------------------------------------------------------------------------------

local function is_at(endpoint, instance)
    return endpoint.address == instance.address and endpoint.port == instance.port
end

-- One that is not named any more is remembered for as long as it has requests.
local function retire(one, before)
    for _, list in pairs(before.by_cluster) do
        for _, endpoint in ipairs(list) do
            if endpoint.retired and endpoint.busy > 0 then
                one.retired[#one.retired + 1] = endpoint
            end
        end
    end
end

local function known_before(one, before, service, cluster)
    local known = {}
    for _, endpoint in ipairs(one.retired) do
        if endpoint.service == service and endpoint.cluster == cluster then
            known[endpoint.id] = endpoint
        end
    end
    for _, endpoint in ipairs(before.by_cluster[cluster] or {}) do
        known[endpoint.id] = endpoint
    end
    return known
end

-- Instances of a service, those that were known before as the same objects, with what is in flight to them.
-- @param text "<mark> <JSON>"
local function read_instances(group, service, text, before)
    local one = counters[group] or counter(group)
    local mark, document = match(text, "^(%d+) (.*)$")
    local by_cluster, counts = {}, {}
    for _, list in pairs(before.by_cluster) do
        for _, endpoint in ipairs(list) do
            endpoint.retired = true
        end
    end
    for cluster, instances in pairs(document and cjson.decode(document) or {}) do
        local known = known_before(one, before, service, cluster)
        local all = {}
        for i, instance in ipairs(instances) do
            local same = known[instance.id]
            if same and is_at(same, instance) then
                same.retired = false
                all[i] = same
            else
                all[i] = {
                    id = instance.id,
                    text = json.string(instance.id),
                    cluster = cluster,
                    service = service,
                    address = instance.address,
                    port = instance.port,
                    busy = 0,
                    suspect_until = 0,
                    retired = false
                }
            end
        end
        if #all > 0 then
            by_cluster[cluster] = all
            counts[cluster] = #all
        end
    end
    retire(one, before)
    return {by_cluster = by_cluster, counts = counts, mark = mark or "0"}
end

-- Words -----------------------------------------------------------------------------------------------------------------------------

local function word_key(of, group)
    return of .. "\t" .. group
end

local function add_busy(lines, endpoint)
    if endpoint.busy > 0 then
        lines[#lines + 1] = "i\t" .. endpoint.cluster .. "\t" .. endpoint.service .. "\t" .. endpoint.busy .. "\t" .. endpoint.text
    end
end

-- Lines: the table; s, a service and the mark of its instances; c, a cluster and its requests; i, an instance and its requests.
local function word(one, compiled)
    local lines = {compiled.epoch_text .. " " .. compiled.version_text .. " " .. compiled.sha256}
    for service, known in pairs(services[one.group] or {}) do
        lines[#lines + 1] = "s\t" .. service .. "\t" .. known.mark
        for _, list in pairs(known.by_cluster) do
            for _, endpoint in ipairs(list) do
                add_busy(lines, endpoint)
            end
        end
    end
    for cluster, count in pairs(one.counts) do
        if count > 0 then
            lines[#lines + 1] = "c\t" .. cluster .. "\t" .. count
        end
    end
    local still = {}
    for _, endpoint in ipairs(one.retired) do
        if endpoint.retired and endpoint.busy > 0 then
            still[#still + 1] = endpoint
            add_busy(lines, endpoint)
        end
    end
    one.retired = still
    return concat(lines, "\n")
end

local function say_presence()
    local text = started .. " " .. (exiting and 1 or 0) .. " " .. busy .. " " .. generation
    if text ~= present then
        present = memory.write(presence, pid, text) and text or nil
        if not present then
            presence:delete(pid)
        end
    end
end

local function say(one)
    local compiled = applied[one.group]
    if not compiled then
        -- Requests of a table that went: none was there to apply.
        one.dirty = false
        return
    end
    local key = word_key(pid, one.group)
    if memory.write(words, key, word(one, compiled)) then
        one.dirty = false
    else
        words:delete(key)
        touch(one)
    end
    memory.raise(words, "n\t" .. one.group)
end

--- Says in shared memory what this worker has applied of a group and what is in flight; who reports does that at once.
function _M.say(one)
    say(one)
    say_presence()
    memory.raise(shared, "urgent")
end

--- Says again what has counted, when nothing was said for a while; that can wait.
function _M.say_now_and_then()
    if now() - told_at < 0.5 then
        return
    end
    told_at = now()
    say_presence()
    if #dirty == 0 then
        return
    end
    local all = dirty
    dirty = {}
    for _, one in ipairs(all) do
        one.listed = false
        if one.dirty then
            say(one)
        end
    end
end

--- What a worker says of a group; nil when it has said nothing.
function _M.word(of, group)
    return words:get(word_key(of, group))
end

--- A number that is another one after any worker has said anything of a group.
function _M.news(group)
    return words:get("n\t" .. group) or 0
end

--- Something about a group that no worker says is new: a refusal.
function _M.announce(group)
    memory.raise(words, "n\t" .. group)
    memory.raise(shared, "urgent")
end

--- Whether a worker has taken over what the fetcher has found.
function _M.is_in_step(of)
    local said = match(presence:get(of) or "", " (%-?%d+)$")
    return said == tostring(shared:get("generation") or 0)
end

local function forget(of)
    presence:delete(of)
    local prefix = of .. "\t"
    for _, key in ipairs(words:get_keys(0)) do
        if sub(key, 1, #prefix) == prefix then
            words:delete(key)
        end
    end
end

--- The workers that live.
-- @return a list of {pid, exiting, busy}, and whether all that should be there are: one may not have been able to say anything.
--   What dead ones have said is removed
function _M.workers()
    local all, serving = {}, 0
    for _, other in ipairs(presence:get_keys(0)) do
        local start, leaving, requests = match(presence:get(other) or "", "^(%d+) (%d) (%d+) ")
        if start then
            if other == pid or posix.runs(other, start) then
                all[#all + 1] = {pid = other, exiting = leaving == "1", busy = tonumber(requests)}
                serving = serving + (leaving == "0" and 1 or 0)
            else
                forget(other)
                memory.raise(shared, "urgent")
            end
        end
    end
    sort(all, function(a, b) return a.pid < b.pid end)
    -- Of a router that stops the workers end one after the other.
    return all, exiting or serving >= ngx.worker.count()
end

-- Following -------------------------------------------------------------------------------------------------------------------------

-- Tables that this worker has read before they were published, by group.
local expected = {}

--- The table that is about to be published, as the worker that publishes it has read it.
function _M.expect(group, compiled)
    expected[group] = compiled
end

--- What tells one table from another of its group.
function _M.mark(compiled)
    return compiled.position .. "." .. compiled.sha256
end

local function read_table(group, mark)
    local compiled = expected[group]
    expected[group] = nil
    if compiled and _M.mark(compiled) == mark then
        return compiled
    end
    local kept = shared:get("t:" .. group) or ""
    local why
    compiled, why = route_table.read(sub(kept, SHA256 + 1))
    if compiled then
        compiled.sha256 = sub(kept, 1, SHA256)
    end
    return compiled, why
end

local function sync_tables(changed)
    local tables, any = {}, false
    for _, group in ipairs(names("groups")) do
        local mark = shared:get("tv:" .. group)
        local before = applied[group]
        if mark and mark ~= table_marks[group] then
            local compiled, why = read_table(group, mark)
            if compiled then
                local ok
                ok, why = lists.attach(compiled)
                compiled = ok and compiled or nil
            end
            if not compiled then
                ngx.log(ngx.ERR, "group ", group, ": this worker cannot apply its table: ", why)
                retry_at = now() + 1
            else
                table_marks[group] = mark
                if route_table.supersedes(compiled, before) then
                    applied[group] = compiled
                    changed[group] = true
                    any = true
                end
            end
        end
    end
    if any then
        -- What was applied stays, whatever the list of groups says: only a table ends a group.
        for group, compiled in pairs(applied) do
            tables[group] = not compiled.deleted and compiled or nil
        end
        _M.index = entries.index(tables)
        _M.tables = tables
    end
end

local function sync_instances(changed)
    local instances, by_group, any = {}, {}, false
    local there = {}
    for _, key in ipairs(names("services")) do
        there[key] = true
        local group, service = match(key, "^([^\t]+)\t(.*)$")
        local known = _M.instances[key]
        local mark = shared:get("ev:" .. key)
        if mark and (not known or known.mark ~= mark) then
            known = read_instances(group, service, shared:get("e:" .. key) or "0 {}", known or NONE)
            changed[group] = true
            any = true
        end
        if known then
            instances[key] = known
            by_group[group] = by_group[group] or {}
            by_group[group][service] = known
        end
    end
    for key, known in pairs(_M.instances) do
        local group, service = match(key, "^([^\t]+)\t(.*)$")
        if not there[key] and applied[group] and applied[group].deleted then
            read_instances(group, service, "0 {}", known)
            changed[group] = true
            any = true
        elseif not there[key] then
            instances[key] = known
            by_group[group] = by_group[group] or {}
            by_group[group][service] = known
        end
    end
    if any then
        _M.instances = instances
        services = by_group
    end
end

--- Takes over what the fetcher has found. Cheap when there is nothing new.
function _M.sync()
    synced_at = now()
    local newest = shared:get("generation") or 0
    if newest == generation and not (retry_at and now() >= retry_at) then
        return
    end
    if not shared:get("open") then
        return
    end
    is_open = true
    generation = newest
    retry_at = nil
    local changed = {}
    sync_tables(changed)
    sync_instances(changed)
    for group in pairs(changed) do
        say(counters[group] or counter(group))
    end
    say_presence()
    if next(changed) then
        memory.raise(shared, "urgent")
    end
end

--- The same, at most once a millisecond: for each request.
function _M.sync_once()
    if now() ~= synced_at then
        _M.sync()
    end
end

--- Whether this worker serves: the router has asked for news of what it kept, or has waited long enough for them.
function _M.is_open()
    return is_open
end

--- This worker ends when its requests are over.
function _M.exit()
    if not exiting then
        exiting = true
        say_presence()
        memory.raise(shared, "urgent")
    end
end

--- This worker is gone.
function _M.forget()
    forget(pid)
    memory.raise(shared, "urgent")
end

--- Begins the life of a worker, before it takes requests.
function _M.begin()
    pid = tostring(ngx.worker.pid())
    started = posix.start_of(pid) or "0"
    -- Of another one of this number.
    forget(pid)
    _M.sync()
    say_presence()
    memory.raise(shared, "urgent")
end

return _M
