--- The way of a table or of instances into the router: read, validated, written to disk, then put where all workers look.
-- Used by the one worker that fetches, and by the master at the start.

local cjson = require "cjson.safe"
local route_table = require "tricolor.route_table"
local lists = require "tricolor.lists"
local files = require "tricolor.files"
local json = require "tricolor.json"
local posix = require "tricolor.posix"
local state = require "tricolor.state"
local metrics = require "tricolor.metrics"
local settings = require "tricolor.settings"

local concat, sort = table.concat, table.sort

local shared = ngx.shared.tricolor

local _M = {}

local SUFFIX = ".json"

local function tables_directory()
    return settings.state_dir .. "/tables"
end

local function instances_directory()
    return settings.state_dir .. "/endpoints"
end

local function add(key, name)
    local names = state.names(key)
    for _, known in ipairs(names) do
        if known == name then
            return
        end
    end
    names[#names + 1] = name
    sort(names)
    shared:set(key, concat(names, "\n"))
end

local function remove(key, name)
    local left = {}
    for _, known in ipairs(state.names(key)) do
        if known ~= name then
            left[#left + 1] = known
        end
    end
    shared:set(key, concat(left, "\n"))
end

-- Never in the place of something else: a full dictionary refuses.
local function set(key, value)
    local ok, why = shared:safe_set(key, value)
    if not ok then
        return nil, "the shared memory of the router is too small (tricolor.nginx.shared-memory): " .. why
    end
    return true
end

--- Tells the workers that there is something new.
function _M.announce()
    shared:incr("generation", 1, 0)
end

-- What is known of the applied tables, read again only when it may have changed: {group = {mark, table}}.
local applied = {}

--- The applied table of a group; nil when there is none.
function _M.table(group)
    local mark = shared:get("tv:" .. group)
    if not mark then
        return nil
    end
    local known = applied[group]
    if not known or known.mark ~= mark then
        known = {mark = mark, compiled = route_table.read(shared:get("t:" .. group) or "")}
        applied[group] = known
    end
    return known.compiled
end

--- Whether a table of this position, both int64_t, would be applied.
function _M.wants(group, epoch, version)
    return route_table.supersedes({epoch = epoch, version = version}, _M.table(group))
end

--- Remembers that a table was refused.
function _M.refuse(group, version, message)
    local refusal = '"rejectedVersion":' .. (version or "null") .. ',"rejection":' .. json.string(message)
    if shared:get("r:" .. group) ~= refusal then
        shared:set("r:" .. group, refusal)
        metrics.table_rejected(group)
        ngx.log(ngx.WARN, "group ", group, ": table refused, the one before stays: ", message)
        _M.announce()
    end
end

--- The refused table was taken back: the applied one is the newest again.
function _M.forget_refusal(group)
    if shared:get("r:" .. group) then
        shared:delete("r:" .. group)
        _M.announce()
    end
end

-- Reads a document of a group; nil when it is refused.
local function read(group, text)
    local compiled, why, version = route_table.read(text)
    if compiled and compiled.group ~= group then
        compiled, why, version = nil, "INVALID_ARGUMENT: the document is not a table of group " .. group, compiled.version_text
    end
    if compiled and #compiled.identity.claims > 0 and not settings.keys then
        compiled, why, version = nil, "identity.claims needs public keys: set tricolor.nginx.jwt.public-key or tricolor.nginx.jwt.jwk-set-uri",
            compiled.version_text
    end
    return compiled, why, version
end

local function publish(group, text, compiled)
    local ok, why = set("t:" .. group, text)
    if not ok then
        return nil, why
    end
    shared:delete("r:" .. group)
    shared:set("at:" .. group, ngx.now())
    shared:set("tv:" .. group, compiled.position)
    -- This worker need not read it a second time.
    applied[group] = {mark = compiled.position, compiled = compiled}
    state.expect(group, compiled)
    add("groups", group)
    _M.announce()
    return true
end

--- Offers a table.
-- @param prepare called with a table that will be applied: gets its lists and looks its services up; false and a reason refuse the
--   table, nil puts it off
-- @return applied, not-newer, refused or later
function _M.offer(group, text, prepare)
    local compiled, why, version = read(group, text)
    if not compiled then
        _M.refuse(group, version, why)
        return "refused"
    end
    if not route_table.supersedes(compiled, _M.table(group)) then
        return "not-newer"
    end
    local ready
    ready, why = prepare(compiled)
    if ready == false then
        _M.refuse(group, compiled.version_text, why)
        return "refused"
    elseif not ready then
        return "later"
    end
    -- Preparing may have waited.
    if not route_table.supersedes(compiled, _M.table(group)) then
        return "not-newer"
    end
    local ok
    ok, why = files.write(tables_directory(), group .. SUFFIX, text)
    if not ok then
        _M.refuse(group, compiled.version_text, "cannot be kept on disk: " .. why)
        return "refused"
    end
    ok, why = publish(group, text, compiled)
    if not ok then
        _M.refuse(group, compiled.version_text, why)
        return "refused"
    end
    ngx.log(ngx.NOTICE, "group ", group, ": table ", compiled.position, " applied")
    return "applied"
end

--- The group is no more.
function _M.remove(group)
    applied[group] = nil
    remove("groups", group)
    shared:delete("tv:" .. group)
    shared:delete("t:" .. group)
    shared:delete("r:" .. group)
    shared:delete("at:" .. group)
    files.delete(tables_directory(), group .. SUFFIX)
    _M.announce()
    ngx.log(ngx.NOTICE, "group ", group, ": deleted, its table is removed")
end

--- Services that requests can be for: a list of {key, group, service}.
function _M.services()
    local all, seen = {}, {}
    for _, group in ipairs(state.names("groups")) do
        local compiled = _M.table(group)
        for _, entry in ipairs(compiled and compiled.entries or {}) do
            local key = group .. "\t" .. entry.service
            if not seen[key] then
                seen[key] = true
                all[#all + 1] = {key = key, group = group, service = entry.service}
            end
        end
    end
    return all
end

--- Whether anything was ever heard of the instances of a service.
function _M.knows(key)
    return shared:get("ev:" .. key) ~= nil
end

local function encode(clusters)
    local names = {}
    for cluster in pairs(clusters) do
        names[#names + 1] = cluster
    end
    sort(names)
    local parts = {}
    for i, cluster in ipairs(names) do
        local instances = {}
        for k, instance in ipairs(clusters[cluster]) do
            instances[k] = '{"id":' .. json.string(instance.id) .. ',"address":' .. json.string(instance.address)
                .. ',"port":' .. instance.port .. "}"
        end
        parts[i] = json.string(cluster) .. ":[" .. concat(instances, ",") .. "]"
    end
    return "{" .. concat(parts, ",") .. "}"
end

local function by_id(a, b)
    return a.id < b.id
end

--- Puts what the registry says in the place of what it said before.
-- @param clusters lists of {id, address, port} by cluster
-- @return whether anything is different
function _M.instances(service, clusters)
    local counts = {}
    for cluster, instances in pairs(clusters) do
        sort(instances, by_id)
        local unique = {}
        for _, instance in ipairs(instances) do
            if #unique == 0 or unique[#unique].id ~= instance.id then
                unique[#unique + 1] = instance
            end
        end
        clusters[cluster] = unique
        counts[#counts + 1] = cluster .. "=" .. #unique
    end
    local text = encode(clusters)
    if shared:get("e:" .. service.key) == text then
        return false
    end
    local ok, why = set("e:" .. service.key, text)
    if not ok then
        ngx.log(ngx.ERR, why)
        return false
    end
    shared:incr("ev:" .. service.key, 1, 0)
    add("services", service.key)
    _M.announce()
    local name = service.group .. "~" .. service.service
    ok, why = files.write(instances_directory(), name .. SUFFIX, '{"group":' .. json.string(service.group) .. ',"service":'
        .. json.string(service.service) .. ',"clusters":' .. text .. "}")
    if not ok then
        ngx.log(ngx.WARN, "instances of ", name, " cannot be kept on disk: ", why)
    end
    sort(counts)
    ngx.log(ngx.NOTICE, service.group, "-", service.service, ": ", #counts == 0 and "no instance" or concat(counts, ", "))
    return true
end

-- Whether a list on disk is what its name says; for the start, when nothing else has to be done.
local function is_intact(list)
    local file = io.open(lists.path(list.sha256), "rb")
    if not file then
        return false
    end
    local check = lists.verification(list)
    while true do
        local part = file:read(1024 * 1024)
        if not part then
            break
        end
        if not check.take(part) then
            file:close()
            return false
        end
    end
    file:close()
    return (check.finish()) == true
end

-- Lists that no table refers to, the one that went out of use first before the others.
local retired = {}
-- So many of them stay: who goes back to the table before must not wait for its lists.
local KEPT = 4

--- Removes lists that no table refers to, but the last of them.
function _M.sweep_lists()
    local used, there = {}, {}
    for _, group in ipairs(state.names("groups")) do
        local compiled = _M.table(group)
        for _, list in ipairs(compiled and compiled.lists or {}) do
            used[list.sha256] = true
        end
    end
    for _, name in ipairs(posix.list(lists.directory())) do
        there[name] = #name == 64 and not used[name] or nil
    end
    local still = {}
    for _, name in ipairs(retired) do
        if there[name] then
            still[#still + 1] = name
            there[name] = nil
        end
    end
    for name in pairs(there) do
        still[#still + 1] = name
    end
    while #still > KEPT do
        posix.unlink(lists.directory() .. "/" .. table.remove(still, 1))
    end
    retired = still
end

--- Takes over what an earlier run left on disk; in the master, at the start and at a reload.
function _M.load()
    for _, directory in ipairs {tables_directory(), instances_directory(), lists.directory()} do
        local ok, why = posix.make_directories(directory)
        if not ok then
            error("the state directory cannot be used (tricolor.nginx.state-dir): " .. why, 0)
        end
    end
    for _, group in ipairs(files.names(tables_directory(), SUFFIX)) do
        local text, why = posix.read_file(tables_directory() .. "/" .. group .. SUFFIX)
        local compiled
        if text then
            compiled, why = read(group, text)
        end
        if compiled and route_table.supersedes(compiled, _M.table(group)) then
            for _, list in ipairs(compiled.lists) do
                if not is_intact(list) then
                    compiled, why = nil, "its list " .. list.sha256 .. " is missing or damaged"
                    break
                end
            end
            if compiled then
                local ok, full = publish(group, text, compiled)
                if ok then
                    ngx.log(ngx.NOTICE, "group ", group, ": table ", compiled.position, " from disk")
                else
                    compiled, why = nil, full
                end
            end
        end
        if not compiled then
            _M.refuse(group, nil, "from disk: " .. why)
        end
    end
    for _, name in ipairs(files.names(instances_directory(), SUFFIX)) do
        local text, why = posix.read_file(instances_directory() .. "/" .. name .. SUFFIX)
        local kept
        if text then
            kept, why = cjson.decode(text)
        end
        local usable, clusters = pcall(function() return encode(kept.clusters) end)
        if usable and type(kept.group) == "string" and type(kept.service) == "string" then
            local key = kept.group .. "\t" .. kept.service
            if not shared:get("ev:" .. key) then
                shared:set("e:" .. key, clusters)
                shared:incr("ev:" .. key, 1, 0)
                add("services", key)
                _M.announce()
            end
        else
            ngx.log(ngx.WARN, "instances of ", name, " cannot be read from disk: ", why or clusters)
        end
    end
end

return _M
