--- What all workers say of a group, folded into what the router says of it: the table that all of them have applied, the sum of their
-- requests, the instances that all of them know.

local cjson = require "cjson.safe"
local ids = require "tricolor.ids"
local json = require "tricolor.json"
local state = require "tricolor.state"

local gmatch, match, sort, concat = string.gmatch, string.match, table.sort, table.concat

local shared = ngx.shared.tricolor

local _M = {}

local KEPT = 4

local function add(into, key, count)
    into[key] = (into[key] or 0) + count
end

local function within(into, key)
    local found = into[key]
    if not found then
        found = {}
        into[key] = found
    end
    return found
end

-- Adds what a word says of requests; the identity of its table and the marks of its instances by service.
local function read(word, sums)
    local epoch, version, sha256 = match(word, "^(%d+) (%d+) (%x*)")
    local marks = {}
    for kind, rest in gmatch(word, "\n(%l)\t([^\n]*)") do
        if kind == "s" then
            local service, mark = match(rest, "^([^\t]*)\t(.*)$")
            marks[service] = mark
        elseif kind == "c" then
            local cluster, count = match(rest, "^([^\t]*)\t(.*)$")
            add(sums.clusters, cluster, tonumber(count))
        else
            local cluster, service, count, id = match(rest, "^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
            add(within(within(sums.instances, cluster), service), id, tonumber(count))
        end
    end
    return {epoch = epoch, version = version, sha256 = sha256}, marks
end

local function is_older(one, other)
    local epoch, than = ids.int64(one.epoch), ids.int64(other.epoch)
    return epoch < than or (epoch == than and ids.int64(one.version) < ids.int64(other.version))
end

-- Instances of services by their marks, those that were read last: {by key: {marks in their order, contents by mark}}.
local history = {}

-- Ids as JSON by cluster; nil when it is not known any more what a mark stood for.
local function content(key, mark)
    local known = within(history, key)
    if known[mark] then
        return known[mark]
    end
    local current, document = match(shared:get("e:" .. key) or "", "^(%d+) (.*)$")
    if not current or known[current] then
        return nil
    end
    local clusters = {}
    for cluster, instances in pairs(cjson.decode(document) or {}) do
        local texts = {}
        for i, instance in ipairs(instances) do
            texts[i] = json.string(instance.id)
        end
        if #texts > 0 then
            clusters[cluster] = texts
        end
    end
    known[current] = clusters
    local marks = within(known, "marks")
    marks[#marks + 1] = current
    if #marks > KEPT then
        known[table.remove(marks, 1)] = nil
    end
    return known[mark]
end

local function common(some, others)
    local there, both = {}, {}
    for _, text in ipairs(others or {}) do
        there[text] = true
    end
    for _, text in ipairs(some) do
        if there[text] then
            both[#both + 1] = text
        end
    end
    return both
end

-- Instances that are known by all of the marks of a service: lists of ids by cluster.
local function known_by_all(key, marks)
    local all
    for mark in pairs(marks) do
        local clusters = content(key, mark)
        if not clusters then
            return {}
        elseif not all then
            all = clusters
        else
            local both = {}
            for cluster, texts in pairs(all) do
                both[cluster] = common(texts, clusters[cluster])
            end
            all = both
        end
    end
    return all or {}
end

local function sorted(object)
    local keys = {}
    for key in pairs(object) do
        keys[#keys + 1] = key
    end
    sort(keys)
    return keys
end

-- A JSON object, its members in the order of their names.
-- @param write takes a value; nil leaves the member out
local function object(values, write, is_quoted)
    local parts = {}
    for _, key in ipairs(sorted(values)) do
        local text = write(values[key])
        if text then
            parts[#parts + 1] = (is_quoted and key or json.string(key)) .. ":" .. text
        end
    end
    return "{" .. concat(parts, ",") .. "}"
end

local function counts(values)
    return object(values, tostring)
end

local function instance_counts(clusters)
    return object(clusters, function(by_service)
        return object(by_service, function(by_id)
            return object(by_id, tostring, true)
        end)
    end)
end

local function usable(group, by_service, workers)
    local clusters = {}
    for service, one in pairs(by_service) do
        -- Who says nothing of a service knows none of its instances.
        if one.words == workers then
            for cluster, texts in pairs(known_by_all(group .. "\t" .. service, one.marks)) do
                if #texts > 0 then
                    within(clusters, cluster)[service] = "[" .. concat(texts, ",") .. "]"
                end
            end
        end
    end
    return object(clusters, function(services)
        return object(services, function(text) return text end)
    end)
end

--- Requests of a group in all workers, by cluster.
-- @param workers pids of all that live
function _M.requests(group, workers)
    local sums = {}
    for _, worker in ipairs(workers) do
        for cluster, count in gmatch(state.word(worker.pid, group) or "", "\nc\t([^\t\n]*)\t(%d+)") do
            add(sums, cluster, tonumber(count))
        end
    end
    return sums
end

--- Folds what the workers say of a group.
-- @param workers pids of all that live
-- @param is_whole whether no other one lives
-- @return its member of a report: a JSON object
function _M.group(group, workers, is_whole)
    local sums = {clusters = {}, instances = {}}
    local oldest
    local by_service, said = {}, 0
    for _, worker in ipairs(workers) do
        local word = state.word(worker.pid, group)
        if word then
            said = said + 1
            local table_of, marks = read(word, sums)
            if not oldest or is_older(table_of, oldest) then
                oldest = table_of
            end
            for service, mark in pairs(marks) do
                local one = by_service[service] or {words = 0, marks = {}}
                by_service[service] = one
                one.words = one.words + 1
                one.marks[mark] = true
            end
        end
    end
    local incomplete = not is_whole or said < #workers or said == 0
    oldest = oldest or {epoch = "0", version = "0", sha256 = ""}
    return '{"epoch":' .. oldest.epoch .. ',"version":' .. oldest.version .. ',"sha256":"' .. oldest.sha256
        .. '","inFlight":' .. counts(sums.clusters)
        .. ',"inFlightInstances":' .. instance_counts(sums.instances)
        .. ',"usableInstances":' .. (incomplete and "{}" or usable(group, by_service, said))
        .. ',"incomplete":' .. tostring(incomplete) .. ","
        .. (shared:get("r:" .. group) or '"rejectedVersion":null,"rejection":null') .. "}"
end

return _M
