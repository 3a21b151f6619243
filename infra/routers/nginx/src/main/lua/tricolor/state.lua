--- What a worker routes by, and what is in flight.
--
-- One reference to tables, entries and instances, replaced as a whole. A request takes it once; the decision and the count that it adds
-- happen in one go, since nothing in between yields. So when a worker says "table N, nothing in flight to A", no request of an
-- older table is left in it: every such request was counted before the reference became N, and its count stays until its end. What a
-- worker says is written in one piece, after the reference was replaced, and again before it would be too low.
--
-- The words of the workers and the documents that they follow are in shared dictionaries, which outlive a worker and a reload.

local cjson = require "cjson.safe"
local route_table = require "tricolor.route_table"
local entries = require "tricolor.entries"
local lists = require "tricolor.lists"
local json = require "tricolor.json"
local posix = require "tricolor.posix"
local settings = require "tricolor.settings"
local variables = require "tricolor.variables"

local gmatch, sort, concat = string.gmatch, table.sort, table.concat
local now = variables.now

local shared = ngx.shared.tricolor
local words = ngx.shared.tricolor_workers

local _M = {}

--- Tables by group; entries; instances by "group<tab>service". Never changed, only replaced.
_M.tables = {}
_M.index = entries.index({})
_M.instances = {}

local NONE = {by_cluster = {}, counts = {}}
_M.NONE = NONE

local generation = -1
local synced_at
local retry_at
local table_marks, instance_marks = {}, {}
local usable = {}
local in_flight = {}
local dirty, told_at = true, 0
local pid, started, exiting
local refused = {}

local function names(key)
    local all = {}
    for name in gmatch(shared:get(key) or "", "[^\n]+") do
        all[#all + 1] = name
    end
    return all
end

_M.names = names

-- Instances of a service, those that were known before as the same objects, with what is in flight to them.
local function read_instances(text, before)
    local clusters = cjson.decode(text)
    local by_cluster, counts = {}, {}
    for cluster, instances in pairs(clusters or {}) do
        local known = {}
        for _, instance in ipairs(before.by_cluster[cluster] or {}) do
            known[instance.id] = instance
        end
        local all = {}
        for i, instance in ipairs(instances) do
            local same = known[instance.id]
            if same and same.address == instance.address and same.port == instance.port then
                all[i] = same
            else
                all[i] = {id = instance.id, address = instance.address, port = instance.port, busy = 0, suspect_until = 0}
            end
        end
        if #all > 0 then
            by_cluster[cluster] = all
            counts[cluster] = #all
        end
    end
    return {by_cluster = by_cluster, counts = counts}
end

-- The member usableInstances of a report: ids by cluster, then by service.
local function usable_of(group, instances)
    local clusters = {}
    for key, known in pairs(instances) do
        local of, service = string.match(key, "^([^\t]+)\t(.*)$")
        if of == group then
            for cluster, list in pairs(known.by_cluster) do
                local texts = {}
                for i, instance in ipairs(list) do
                    texts[i] = json.string(instance.id)
                end
                clusters[cluster] = clusters[cluster] or {}
                local services = clusters[cluster]
                services[#services + 1] = json.string(service) .. ":[" .. concat(texts, ",") .. "]"
            end
        end
    end
    local parts = {}
    for cluster, services in pairs(clusters) do
        parts[#parts + 1] = json.string(cluster) .. ":{" .. concat(services, ",") .. "}"
    end
    return "{" .. concat(parts, ",") .. "}"
end

-- Tables that this worker has read before they were published, by group.
local expected = {}

--- The table that is about to be published, as the worker that publishes it has read it.
function _M.expect(group, compiled)
    expected[group] = compiled
end

local function read_table(group, mark)
    local compiled = expected[group]
    expected[group] = nil
    if compiled and compiled.position == mark then
        return compiled
    end
    -- A dictionary that is full may have lost it; the disk has not.
    return route_table.read(shared:get("t:" .. group) or posix.read_file(settings.state_dir .. "/tables/" .. group .. ".json") or "")
end

local function sync_tables(seen)
    local tables, changed = {}, false
    for _, group in ipairs(names("groups")) do
        local mark = shared:get("tv:" .. group)
        local applied = _M.tables[group]
        tables[group] = applied
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
                if route_table.supersedes(compiled, applied) then
                    tables[group] = compiled
                    changed = true
                end
            end
        end
        seen[group] = true
    end
    for group in pairs(_M.tables) do
        if not seen[group] then
            table_marks[group] = nil
            changed = true
        end
    end
    return tables, changed
end

local function sync_instances()
    local instances, changed = {}, false
    for _, key in ipairs(names("services")) do
        local before = _M.instances[key]
        local mark = shared:get("ev:" .. key)
        instances[key] = before
        if mark and mark ~= instance_marks[key] then
            instance_marks[key] = mark
            instances[key] = read_instances(shared:get("e:" .. key) or "{}", before or NONE)
            changed = true
        end
    end
    return instances, changed
end

--- Takes over what the fetcher has found. Cheap when there is nothing new.
function _M.sync()
    synced_at = now()
    local newest = shared:get("generation") or 0
    if newest == generation and not (retry_at and now() >= retry_at) then
        return
    end
    generation = newest
    retry_at = nil
    local tables, new_tables = sync_tables({})
    local instances, new_instances = sync_instances()
    if new_tables then
        _M.index = entries.index(tables)
        _M.tables = tables
    end
    if new_instances then
        _M.instances = instances
    end
    refused = {}
    for group in pairs(_M.tables) do
        refused[group] = shared:get("r:" .. group)
        usable[group] = usable_of(group, _M.instances)
    end
    _M.tell()
end

--- The same, at most once a millisecond: for each request.
function _M.sync_once()
    if now() ~= synced_at then
        _M.sync()
    end
end

--- Counts a request to a cluster.
function _M.enter(group, cluster)
    local clusters = in_flight[group]
    if not clusters then
        clusters = {}
        in_flight[group] = clusters
    end
    clusters[cluster] = (clusters[cluster] or 0) + 1
    dirty = true
    if exiting then
        _M.tell()
    end
end

--- A request to a cluster is over.
function _M.leave(group, cluster)
    local clusters = in_flight[group]
    local left = clusters[cluster] - 1
    clusters[cluster] = left
    dirty = true
    if left == 0 then
        local compiled = _M.tables[group]
        local strategy = compiled and compiled.clusters[cluster]
        -- Somebody may wait for a cluster to be left only when no new request goes to it.
        if not strategy or strategy.status == "RED" or exiting then
            _M.tell()
        end
    elseif exiting then
        _M.tell()
    end
end

--- Requests that are not over.
function _M.busy()
    local all = 0
    for _, clusters in pairs(in_flight) do
        for _, count in pairs(clusters) do
            all = all + count
        end
    end
    return all
end

local function report()
    local groups = {}
    for group, compiled in pairs(_M.tables) do
        local counts = {}
        for cluster, count in pairs(in_flight[group] or {}) do
            if count > 0 then
                counts[#counts + 1] = json.string(cluster) .. ":" .. count
            end
        end
        groups[#groups + 1] = json.string(group) .. ':{"epoch":' .. compiled.epoch_text .. ',"version":' .. compiled.version_text
            .. ',"inFlight":{' .. concat(counts, ",") .. '},"usableInstances":' .. usable[group]
            .. "," .. (refused[group] or '"rejectedVersion":null,"rejection":null') .. "}"
    end
    return '{"worker":"' .. pid .. '","groups":{' .. concat(groups, ",") .. "}}"
end

--- Says in the shared dictionary what this worker has applied and what is in flight.
function _M.tell()
    local ok, why = words:set(pid, started .. " " .. (exiting and 1 or 0) .. " " .. _M.busy() .. " " .. report())
    if not ok then
        ngx.log(ngx.ERR, "cannot tell what this worker has applied: ", why)
        dirty = true
        return
    end
    dirty = false
    told_at = now()
    shared:incr("news", 1, 0)
end

--- Says it again when counts have changed and nobody was told for a while.
function _M.tell_now_and_then()
    if dirty and now() - told_at > 0.5 then
        _M.tell()
    end
end

--- This worker ends when its requests are over.
function _M.exit()
    if not exiting then
        exiting = true
        _M.tell()
    end
end

--- This worker is gone.
function _M.forget()
    words:delete(pid)
    shared:incr("news", 1, 0)
end

--- What the workers that live have said: a list of {pid, exiting, busy, report}. Words of dead ones are removed.
function _M.workers()
    local all = {}
    for _, other in ipairs(words:get_keys(0)) do
        local word = words:get(other)
        local start, leaving, busy, text = string.match(word or "", "^(%d+) (%d) (%d+) (.*)$")
        if start then
            if other == pid or posix.runs(other, start) then
                all[#all + 1] = {pid = other, exiting = leaving == "1", busy = tonumber(busy), report = text}
            else
                words:delete(other)
            end
        end
    end
    sort(all, function(a, b) return a.pid < b.pid end)
    return all
end

--- In-flight counts of this worker, by group and cluster.
function _M.in_flight()
    return in_flight
end

--- Begins the life of a worker, before it takes requests.
function _M.begin()
    pid = tostring(ngx.worker.pid())
    started = posix.start_of(pid) or "0"
    _M.sync()
    _M.tell()
end

return _M
