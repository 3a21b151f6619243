--- Where a request goes: the decision of tricolor-routing, by its conformance vectors.

local bit = require "bit"
local ffi = require "ffi"
local murmur3 = require "tricolor.murmur3"
local search = require "tricolor.search"

local hash, count = murmur3.hash, search.count
local band = bit.band
local copy = ffi.copy
local random = math.random
local uint64 = ffi.typeof("uint64_t")

local _M = {}

local BUCKETS = 10000

-- Room for the longest key: names have 128 bytes, ids 256, an index 10.
local key = ffi.new("uint8_t[512]")

-- Nothing here yields, so one set of scratch lists will do for a worker.
local weights, reasons = {}, {}

local function has(list, number)
    local numbers = list.numbers
    local at = count(numbers, list.length, list.power, number) - 1
    return at >= 0 and numbers[at] == number
end

-- An odd number of ends that are not above the id: an interval has begun and is not over. An even one: the id may be the last of it.
local function between(list, number)
    local ends = list.numbers
    local before = count(ends, list.length, list.power, number)
    return band(before, 1) == 1 or before > 0 and ends[before - 1] == number
end

local function within(rule, number)
    local from = rule.from
    if rule.intervals == 1 then
        return from[0] <= number and number <= rule.to[0]
    end
    local at = count(from, rule.intervals, rule.power, number) - 1
    return at >= 0 and number <= rule.to[at]
end

local function match(rule, id, bucket)
    if rule.all then
        return "ALL"
    elseif not id then
        return nil
    end
    if rule.ids[id.text] then
        return "WHITELIST_ID"
    end
    local number = id.number
    if number then
        local lists = rule.lists
        for i = 1, #lists do
            if has(lists[i], number) then
                return "WHITELIST_ID"
            end
        end
        if rule.intervals > 0 and within(rule, number) then
            return "WHITELIST_INTERVAL"
        end
        lists = rule.interval_lists
        for i = 1, #lists do
            if between(lists[i], number) then
                return "WHITELIST_INTERVAL"
            end
        end
    end
    return bucket < rule.buckets and "PERCENT" or nil
end

-- Fills weights and reasons; how many clusters are usable, the last of them, and whether any matches.
local function candidates(clusters, id, bucket, counts)
    local usable, only, matched = 0, 0, false
    for i = 1, #clusters do
        local cluster = clusters[i]
        local reason = match(cluster.rule, id, bucket)
        local weight = 0
        if reason then
            matched = true
            weight = counts[cluster.name] or 0
            if weight > 0 then
                usable = usable + 1
                only = i
            end
        end
        weights[i] = weight
        reasons[i] = reason
    end
    return usable, only, matched
end

-- The highest of a cluster's tickets murmur3(cluster:i:id), i from 0 below the count.
local function highest_ticket(cluster, id_text, count)
    local prefix = #cluster.prefix
    local length = #id_text
    copy(key, cluster.prefix, prefix)
    local highest = -1
    local digits, limit = 1, 10
    local moved = false
    for i = 0, count - 1 do
        if i == limit then
            digits = digits + 1
            limit = limit * 10
            moved = false
        end
        if not moved then
            key[prefix + digits] = 58
            copy(key + prefix + digits + 1, id_text, length)
            moved = true
        end
        local rest = i
        for at = prefix + digits - 1, prefix, -1 do
            local digit = rest % 10
            key[at] = 48 + digit
            rest = (rest - digit) / 10
        end
        local score = hash(key, prefix + digits + 1 + length)
        if score > highest then
            highest = score
        end
    end
    return highest
end

local function winner(clusters, usable, only, id, by_id, entropy)
    if usable == 1 then
        return only
    end
    local best = 0
    if id and by_id then
        local highest = -1
        for i = 1, #clusters do
            if weights[i] > 0 then
                local ticket = highest_ticket(clusters[i], id.text, weights[i])
                if ticket > highest then
                    best, highest = i, ticket
                end
            end
        end
        return best
    end
    local total = 0
    for i = 1, #clusters do
        total = total + weights[i]
    end
    local point
    if entropy then
        point = tonumber(uint64(entropy) % uint64(total))
    else
        point = random(total) - 1
    end
    for i = 1, #clusters do
        point = point - weights[i]
        if point < 0 then
            return i
        end
    end
    error("weights changed while they were summed up")
end

local function write_key(salt, text)
    copy(key, salt, #salt)
    copy(key + #salt, text, #text)
    return #salt + #text
end

local function bucket_of(compiled, id)
    if not id or not compiled.uses_percent then
        return BUCKETS
    end
    return hash(key, write_key(compiled.salt, id.text)) % BUCKETS
end

--- Decides one request.
-- @param compiled table of the group
-- @param id of ids.of, nil when the request has none
-- @param counts healthy instances of the called service by cluster
-- @param lane cluster that the request is to stay in, or nil
-- @param entropy int64_t for the random choice; nil: a random number is drawn
-- @return the cluster of the table, nil for nobody; the reason; and the cohort, canary or control, if it is of one
function _M.decide(compiled, id, counts, lane, entropy)
    local bucket = bucket_of(compiled, id)
    local green = compiled.green
    if lane then
        local cluster = compiled.clusters[lane]
        if cluster and cluster.status ~= "RED" and (counts[lane] or 0) > 0 then
            return cluster, "LANE"
        end
        local usable, only = candidates(green, id, bucket, counts)
        if usable > 0 then
            return green[winner(green, usable, only, id, compiled.by_id, entropy)], "FALLBACK"
        end
    end
    local yellow = compiled.yellow
    local usable, only, matched = candidates(yellow, id, bucket, counts)
    if usable > 0 then
        local i = winner(yellow, usable, only, id, compiled.by_id, entropy)
        local reason = reasons[i]
        return yellow[i], reason, reason == "PERCENT" and yellow[i] == compiled.sampled and "canary" or nil
    end
    usable, only = candidates(green, id, bucket, counts)
    if usable > 0 then
        local i = winner(green, usable, only, id, compiled.by_id, entropy)
        if matched then
            return green[i], "FALLBACK"
        end
        return green[i], reasons[i], id and bucket >= compiled.first_of_control and "control" or nil
    end
    return nil, "NO_HEALTHY_CLUSTER"
end

return _M
