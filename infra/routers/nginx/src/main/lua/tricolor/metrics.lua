--- What the router counts. Workers count by themselves and add it to a shared dictionary a few times a second.

local state = require "tricolor.state"
local fold = require "tricolor.fold"
local memory = require "tricolor.memory"
local timers = require "tricolor.timers"
local jwk_set = require "tricolor.jwk_set"
local settings = require "tricolor.settings"

local sort, concat, format, match, gsub = table.sort, table.concat, string.format, string.match, string.gsub

local totals = ngx.shared.tricolor_metrics
local shared = ngx.shared.tricolor

local _M = {}

local BUCKETS = {.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

-- The bucket of a duration by its milliseconds, as far as the table goes: nginx measures no finer.
local FINE = 1000
local BUCKET = {}

local function bucket_of(seconds)
    local i = 1
    while i <= #BUCKETS and seconds > BUCKETS[i] do
        i = i + 1
    end
    return i
end

for millis = 0, FINE do
    BUCKET[millis] = bucket_of(millis / 1000)
end

-- What was not added yet, by the text of the sample.
local pending, counts = {}, {}

-- What is shown as a histogram.
local DURATIONS = {
    ["tricolor_nginx_request_duration_seconds"] = true, ["tricolor_nginx_cohort_request_duration_seconds"] = true
}

local FAMILIES = {
    {"tricolor_nginx_requests_total", "counter", "Requests that were sent to a cluster, by class of the answer"},
    {"tricolor_nginx_request_duration_seconds", "histogram", "From the decision to the last byte of the answer"},
    {"tricolor_nginx_cohort_requests_total", "counter", "Those of both cohorts of a stage by percent, by class of the answer"},
    {"tricolor_nginx_cohort_request_duration_seconds", "histogram",
        "Those of both cohorts of a stage by percent, from the decision to the last byte of the answer"},
    {"tricolor_nginx_decisions_total", "counter", "Requests by the reason of their decision"},
    {"tricolor_nginx_unverified_tokens_total", "counter", "Tokens whose claims did not count"},
    {"tricolor_nginx_unrouted_requests_total", "counter", "Requests that no cluster was found for"},
    {"tricolor_nginx_retries_total", "counter", "Requests that were sent to another instance of the cluster"},
    {"tricolor_nginx_rejected_tables_total", "counter", "Route tables that were refused"},
    {"tricolor_nginx_source_failures_total", "counter", "Failed calls for tables, lists, instances and keys"},
    {"tricolor_nginx_strategy_address_failures_total", "counter",
        "Calls of strategy-service that an address did not answer, or by 5xx"},
    {"tricolor_nginx_refused_timers_total", "counter", "Timers that nginx had no place for"},
    {"tricolor_nginx_memory_refusals_total", "counter", "Values that a shared dictionary had no room for"}
}

local function escaped(value)
    return (gsub(value, '[\\"\n]', {["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n"}))
end

local function add(sample, value)
    pending[sample] = (pending[sample] or 0) + value
end

local function sample(name, ...)
    local labels = {...}
    local parts = {}
    for i = 1, #labels, 2 do
        parts[#parts + 1] = labels[i] .. '="' .. escaped(labels[i + 1]) .. '"'
    end
    return name .. "{" .. concat(parts, ",") .. "}"
end

local function new_count(labels)
    local count = {labels = labels, status = {}, buckets = {}, sum = 0, count = 0}
    for i = 1, #BUCKETS + 1 do
        count.buckets[i] = 0
    end
    return count
end

-- Counts of one group, service and cluster.
local function of(request)
    local service = request.key
    local clusters = counts[service]
    if not clusters then
        clusters = {}
        counts[service] = clusters
    end
    local name = request.cluster.name
    local count = clusters[name]
    if not count then
        local labels = 'group="' .. escaped(request.group) .. '",service="' .. escaped(request.service) .. '",cluster="'
            .. escaped(name) .. '"'
        count = new_count(labels)
        count.decisions = '{group="' .. escaped(request.group) .. '",service="' .. escaped(request.service) .. '",reason="'
        count.reasons = {}
        count.cohorts = {}
        clusters[name] = count
    end
    return count
end

local function took(count, class, i, millis)
    count.status[class] = (count.status[class] or 0) + 1
    count.buckets[i] = count.buckets[i] + 1
    count.sum = count.sum + millis / 1000
    count.count = count.count + 1
end

--- A request is over.
-- @param millis that it took, a whole number
function _M.request(request, status, millis)
    if not request.cluster then
        add(sample("tricolor_nginx_unrouted_requests_total", "group", request.group, "service", request.service, "reason",
            request.code or "INTERNAL_ERROR"), 1)
        if request.reason then
            add(sample("tricolor_nginx_decisions_total", "group", request.group, "service", request.service, "reason",
                request.reason), 1)
        end
        return
    end
    local count = of(request)
    count.reasons[request.reason] = (count.reasons[request.reason] or 0) + 1
    local class = (status == 0 or status == 499) and 0 or status - status % 100
    local i = BUCKET[millis] or bucket_of(millis / 1000)
    took(count, class, i, millis)
    local cohort = request.cohort
    if cohort then
        local of_cohort = count.cohorts[cohort]
        if not of_cohort then
            of_cohort = new_count(count.labels .. ',cohort="' .. cohort .. '"')
            count.cohorts[cohort] = of_cohort
        end
        took(of_cohort, class, i, millis)
    end
end

--- Another instance is tried.
function _M.retry(request)
    local count = of(request)
    add("tricolor_nginx_retries_total{" .. count.labels .. "}", 1)
end

function _M.token_unverified()
    add("tricolor_nginx_unverified_tokens_total", 1)
end

function _M.table_rejected(group)
    add(sample("tricolor_nginx_rejected_tables_total", "group", group), 1)
end

--- @param source strategy, consul, consul-acl or jwk-set
function _M.source_failed(source)
    add(sample("tricolor_nginx_source_failures_total", "source", source), 1)
end

--- @param address of strategy-service, as it is configured
function _M.address_failed(address)
    add(sample("tricolor_nginx_strategy_address_failures_total", "address", address), 1)
end

--- @param address of strategy-service that is asked first from now on
function _M.strategy_is_at(address)
    if shared:get("strategy_address") ~= address then
        memory.put(shared, "strategy_address", address)
    end
end

local function raise(name, value)
    memory.raise(totals, name, value)
end

local function flush(prefix, bucket, count)
    local labels = "{" .. count.labels
    for class, number in pairs(count.status) do
        local text = class == 0 and "aborted" or class / 100 .. "xx"
        raise(prefix .. "requests_total" .. labels .. ',status="' .. text .. '"}', number)
    end
    count.status = {}
    for i, number in ipairs(count.buckets) do
        if number > 0 then
            raise(bucket .. i .. labels .. "}", number)
            count.buckets[i] = 0
        end
    end
    raise(prefix .. "request_duration_seconds_sum" .. labels .. "}", count.sum)
    raise(prefix .. "request_duration_seconds_count" .. labels .. "}", count.count)
    count.sum, count.count = 0, 0
end

--- Adds what this worker has counted to the totals.
function _M.flush()
    for name, number in pairs(memory.refusals()) do
        add(sample("tricolor_nginx_memory_refusals_total", "dictionary", name), number)
    end
    local refused_timers = timers.refusals()
    if refused_timers > 0 then
        add("tricolor_nginx_refused_timers_total", refused_timers)
    end
    for name, value in pairs(pending) do
        raise(name, value)
    end
    pending = {}
    for _, clusters in pairs(counts) do
        for _, count in pairs(clusters) do
            if count.count > 0 then
                flush("tricolor_nginx_", "#", count)
                for reason, number in pairs(count.reasons) do
                    raise("tricolor_nginx_decisions_total" .. count.decisions .. reason .. '"}', number)
                end
                count.reasons = {}
                for _, of_cohort in pairs(count.cohorts) do
                    if of_cohort.count > 0 then
                        flush("tricolor_nginx_cohort_", "#c", of_cohort)
                    end
                end
            end
        end
    end
end

local function number(value)
    return value % 1 == 0 and format("%.0f", value) or format("%.6g", value)
end

local function gauge(out, name, help, samples)
    out[#out + 1] = "# HELP " .. name .. " " .. help
    out[#out + 1] = "# TYPE " .. name .. " gauge"
    sort(samples)
    for _, line in ipairs(samples) do
        out[#out + 1] = name .. line
    end
end

local function histograms(out, name, totals_by_name)
    for labels, buckets in pairs(totals_by_name) do
        local below = 0
        for i = 1, #BUCKETS + 1 do
            below = below + (buckets[i] or 0)
            out[#out + 1] = name .. '_bucket{' .. labels .. ',le="'
                .. (BUCKETS[i] and tostring(BUCKETS[i]) or "+Inf") .. '"} ' .. number(below)
        end
    end
end

--- All of it in the text format 0.0.4 of Prometheus.
function _M.text()
    _M.flush()
    local families, buckets = {}, {[""] = {}, ["c"] = {}}
    for _, key in ipairs(totals:get_keys(0)) do
        local whose, i, labels = match(key, "^#(c?)(%d+){(.*)}$")
        local value = totals:get(key)
        if i then
            local by_labels = buckets[whose]
            by_labels[labels] = by_labels[labels] or {}
            by_labels[labels][tonumber(i)] = value
        elseif value then
            local name = match(key, "^[^{]+")
            local durations = match(name, "^(.*_duration_seconds)_")
            local family = durations and DURATIONS[durations] and durations or name
            families[family] = families[family] or {}
            local lines = families[family]
            lines[#lines + 1] = key .. " " .. number(value)
        end
    end
    local out = {}
    for _, family in ipairs(FAMILIES) do
        local name, kind, help = family[1], family[2], family[3]
        out[#out + 1] = "# HELP " .. name .. " " .. help
        out[#out + 1] = "# TYPE " .. name .. " " .. kind
        if kind == "histogram" then
            histograms(out, name, buckets[name == "tricolor_nginx_request_duration_seconds" and "" or "c"])
        end
        local lines = families[name] or {}
        sort(lines)
        for _, line in ipairs(lines) do
            out[#out + 1] = line
        end
    end

    state.sync()
    local versions, epochs, ages, instances, workers, in_flight, panics = {}, {}, {}, {}, {}, {}, {}
    for group, compiled in pairs(state.tables) do
        local labels = '{group="' .. escaped(group) .. '"} '
        versions[#versions + 1] = labels .. compiled.version_text
        epochs[#epochs + 1] = labels .. compiled.epoch_text
        local applied = shared:get("at:" .. group)
        if applied then
            ages[#ages + 1] = labels .. format("%.3f", math.max(0, ngx.now() - applied))
        end
    end
    for key, known in pairs(state.instances) do
        local group, service = match(key, "^([^\t]+)\t(.*)$")
        panics[#panics + 1] = '{group="' .. escaped(group) .. '",service="' .. escaped(service) .. '"} '
            .. (shared:get("panic:" .. key) and 1 or 0)
        for cluster, count in pairs(known.counts) do
            instances[#instances + 1] = '{group="' .. escaped(group) .. '",service="' .. escaped(service) .. '",cluster="'
                .. escaped(cluster) .. '"} ' .. count
        end
    end
    local living = state.workers()
    for _, worker in ipairs(living) do
        workers[#workers + 1] = '{pid="' .. worker.pid .. '",state="' .. (worker.exiting and "exiting" or "serving") .. '"} 1'
    end
    for i, group in ipairs(state.names("groups")) do
        if i % 50 == 0 then
            -- Requests of users come first.
            ngx.sleep(0.001)
        end
        for cluster, count in pairs(fold.requests(group, living)) do
            in_flight[#in_flight + 1] = '{group="' .. escaped(group) .. '",cluster="' .. escaped(cluster) .. '"} ' .. number(count)
        end
    end
    local free, sizes = {}, {}
    memory.each(function(name, bytes, size)
        free[#free + 1] = '{dictionary="' .. name .. '"} ' .. number(bytes)
        sizes[#sizes + 1] = '{dictionary="' .. name .. '"} ' .. number(size)
    end)
    gauge(out, "tricolor_nginx_start_time_seconds", "When it began to count, in seconds of the epoch",
        {format(" %.3f", shared:get("started") or 0)})
    gauge(out, "tricolor_nginx_requests_in_flight", "Requests not yet answered", in_flight)
    gauge(out, "tricolor_nginx_table_version", "Applied table", versions)
    gauge(out, "tricolor_nginx_table_epoch", "Epoch of the applied table", epochs)
    gauge(out, "tricolor_nginx_table_age_seconds", "Since the applied table was applied", ages)
    gauge(out, "tricolor_nginx_instances", "Healthy instances", instances)
    gauge(out, "tricolor_nginx_panic", "1 while no instance of any cluster is healthy and requests go to those that were last", panics)
    gauge(out, "tricolor_nginx_workers", "Worker processes", workers)
    gauge(out, "tricolor_nginx_memory_bytes", "Size of a shared dictionary", sizes)
    gauge(out, "tricolor_nginx_memory_free_bytes", "Its pages without anything in them", free)
    gauge(out, "tricolor_nginx_unfollowed", "Services and tables that nginx has no timer to follow for", {" " .. (shared:get("unfollowed") or 0)})
    gauge(out, "tricolor_nginx_unknown_groups", "Groups of this router that strategy-service knows nothing of",
        {" " .. (shared:get("unknown_groups") or 0)})
    local address = shared:get("strategy_address")
    gauge(out, "tricolor_nginx_strategy_address", "1 for the address of strategy-service that is asked first",
        {address and '{address="' .. escaped(address) .. '"} 1'})
    local key_ages, key_counts = {}, {}
    for _, trust in ipairs(jwk_set.published) do
        local of, age = '{of="' .. trust.whose .. '"} ', trust.age()
        key_ages[#key_ages + 1] = age and of .. format("%.3f", age)
        key_counts[#key_counts + 1] = of .. #trust.keys
    end
    if #key_counts > 0 then
        gauge(out, "tricolor_nginx_jwk_set_age_seconds", "Since the keys of tokens were fetched", key_ages)
        gauge(out, "tricolor_nginx_jwk_set_keys", "Keys that tokens are verified with", key_counts)
    end
    return concat(out, "\n") .. "\n"
end

return _M
