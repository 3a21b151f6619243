--- The way of a table or of instances into the router: read, validated, written to disk, then put where all workers look.
-- Used by the one worker that fetches, and by the master at the start.

local cjson = require "cjson.safe"
local route_table = require "tricolor.route_table"
local lists = require "tricolor.lists"
local files = require "tricolor.files"
local crypto = require "tricolor.crypto"
local json = require "tricolor.json"
local memory = require "tricolor.memory"
local posix = require "tricolor.posix"
local state = require "tricolor.state"
local metrics = require "tricolor.metrics"
local settings = require "tricolor.settings"

local concat, sort, match, sub = table.concat, table.sort, string.match, string.sub

local shared = ngx.shared.tricolor

local _M = {}

local SUFFIX = ".json"
local SHA256 = 64

local function tables_directory()
    return settings.state_dir .. "/tables"
end

local function instances_directory()
    return settings.state_dir .. "/endpoints"
end

-- Puts a name into a list of names; nil and why not.
local function add(key, name)
    local names = state.names(key)
    for _, known in ipairs(names) do
        if known == name then
            return true
        end
    end
    names[#names + 1] = name
    sort(names)
    return memory.put(shared, key, concat(names, "\n"))
end

local function remove(key, name)
    local left = {}
    for _, known in ipairs(state.names(key)) do
        if known ~= name then
            left[#left + 1] = known
        end
    end
    memory.put(shared, key, concat(left, "\n"))
end

--- Tells the workers that there is something new.
function _M.announce()
    memory.raise(shared, "generation")
end

-- What is known of the applied tables, read again only when it may have changed: {group = {mark, table}}.
local applied = {}

--- The applied table of a group, also one that says that it is deleted; nil when there is none.
function _M.table(group)
    local mark = shared:get("tv:" .. group)
    if not mark then
        return nil
    end
    local known = applied[group]
    if not known or known.mark ~= mark then
        local kept = shared:get("t:" .. group) or ""
        local compiled = route_table.read(sub(kept, SHA256 + 1))
        if compiled then
            compiled.sha256 = sub(kept, 1, SHA256)
        end
        known = {mark = mark, compiled = compiled}
        applied[group] = known
    end
    return known.compiled
end

--- Remembers that a table was refused.
function _M.refuse(group, version, message)
    local refusal = '"rejectedVersion":' .. (version or "null") .. ',"rejection":' .. json.string(message)
    if shared:get("r:" .. group) ~= refusal then
        memory.put(shared, "r:" .. group, refusal)
        add("refused", group)
        metrics.table_rejected(group)
        ngx.log(ngx.WARN, "group ", group, ": table refused, the one before stays: ", message)
        state.announce(group)
    end
end

-- The refused table was taken back: the applied one is the newest again.
local function forget_refusal(group)
    if shared:get("r:" .. group) then
        shared:delete("r:" .. group)
        remove("refused", group)
        state.announce(group)
    end
end

-- Reads a document of a group; nil when it is refused.
-- @param said what its source says of it, sha256 and version; each may be missing
local function read(group, text, said)
    local compiled, why, version = route_table.read(text)
    local sha256 = said.sha256
    version = version or said.version
    local digest = crypto.digest(text)
    if compiled and sha256 and digest ~= sha256 then
        compiled, why, version = nil, "MALFORMED: the document was changed on its way, its sha256 is " .. digest .. ", not " .. sha256,
            compiled.version_text
    end
    if compiled and compiled.group ~= group then
        compiled, why, version = nil, "INVALID_ARGUMENT: the document is not a table of group " .. group, compiled.version_text
    end
    if compiled and #compiled.identity.claims > 0 and not settings.users then
        compiled, why, version = nil, "identity.claims needs public keys: set tricolor.nginx.jwt.public-key, .jwk-set-uri or .issuer",
            compiled.version_text
    end
    if compiled then
        compiled.sha256 = digest
    end
    return compiled, why, version
end

local function publish(group, text, compiled)
    local mark = state.mark(compiled)
    local ok, why = memory.put(shared, "t:" .. group, compiled.sha256 .. text)
    if ok then
        ok, why = memory.put(shared, "tv:" .. group, mark)
    end
    if ok then
        ok, why = add("groups", group)
    end
    if not ok then
        return nil, why
    end
    forget_refusal(group)
    memory.put(shared, "at:" .. group, ngx.now())
    -- This worker need not read it a second time.
    applied[group] = {mark = mark, compiled = compiled}
    state.expect(group, compiled)
    _M.announce()
    return true
end

-- Nobody is to be sent to the services of a group that is deleted.
local function forget_instances(group)
    for _, key in ipairs(state.names("services")) do
        local of, service = match(key, "^([^\t]+)\t(.*)$")
        if of == group then
            remove("services", key)
            shared:delete("ev:" .. key)
            shared:delete("e:" .. key)
            shared:delete("panic:" .. key)
            files.delete(instances_directory(), group .. "~" .. service .. SUFFIX)
        end
    end
    _M.announce()
end

-- Whether a table is to be applied; if not, what becomes of it.
local function judge(group, compiled)
    local present = _M.table(group)
    if route_table.supersedes(compiled, present) then
        return true
    elseif compiled.position == present.position and compiled.sha256 ~= present.sha256 then
        _M.refuse(group, compiled.version_text, "INVALID_ARGUMENT: table " .. compiled.position .. " is applied with another content, sha256 "
            .. present.sha256 .. ", not " .. compiled.sha256)
        return false, "refused"
    elseif compiled.position == present.position then
        forget_refusal(group)
    end
    return false, "not-newer"
end

--- Offers a table.
-- @param document text; sha256 and version where its source says them
-- @param prepare called with a table that will be applied: gets its lists and looks its services up; false and a reason refuse the
--   table, nil puts it off
-- @return applied, not-newer, refused or later; and the table when it was read
function _M.offer(group, document, prepare)
    local text = document.text
    local compiled, why, version = read(group, text, document)
    if not compiled then
        _M.refuse(group, version, why)
        return "refused"
    end
    local is_newer, outcome = judge(group, compiled)
    if not is_newer then
        return outcome, compiled
    end
    local ready
    ready, why = prepare(compiled)
    if ready == false then
        _M.refuse(group, compiled.version_text, why)
        return "refused", compiled
    elseif not ready then
        return "later", compiled
    end
    -- Preparing may have waited.
    is_newer, outcome = judge(group, compiled)
    if not is_newer then
        return outcome, compiled
    end
    local ok
    ok, why = files.write(tables_directory(), group .. SUFFIX, text)
    if not ok then
        _M.refuse(group, compiled.version_text, "cannot be kept on disk: " .. why)
        return "later", compiled
    end
    ok, why = publish(group, text, compiled)
    if not ok then
        _M.refuse(group, compiled.version_text, why)
        return "later", compiled
    end
    if compiled.deleted then
        forget_instances(group)
        ngx.log(ngx.NOTICE, "group ", group, ": deleted by table ", compiled.position)
    else
        ngx.log(ngx.NOTICE, "group ", group, ": table ", compiled.position, " applied")
    end
    return "applied", compiled
end

--- Services that requests of a table can be for: a list of {key, group, service}.
function _M.services_of(compiled)
    local all, seen = {}, {}
    for _, entry in ipairs(compiled.entries) do
        if not compiled.deleted and not seen[entry.service] then
            seen[entry.service] = true
            all[#all + 1] = {key = compiled.group .. "\t" .. entry.service, group = compiled.group, service = entry.service}
        end
    end
    return all
end

--- Whether requests can be for a service.
function _M.needs(service)
    local compiled = _M.table(service.group)
    for _, needed in ipairs(compiled and _M.services_of(compiled) or {}) do
        if needed.key == service.key then
            return true
        end
    end
    return false
end

--- Services that requests can be for, of all groups.
function _M.services()
    local all = {}
    for _, group in ipairs(state.names("groups")) do
        local compiled = _M.table(group)
        for _, service in ipairs(compiled and _M.services_of(compiled) or {}) do
            all[#all + 1] = service
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

-- A mark that was never used stands before what it stands for, so that both are read in one piece.
local function publish_instances(key, text)
    local mark = memory.raise(shared, "instances")
    if not mark then
        return nil, "the shared memory of the router is too small"
    end
    mark = string.format("%.0f", mark)
    local ok, why = memory.put(shared, "e:" .. key, mark .. " " .. text)
    if ok then
        ok, why = memory.put(shared, "ev:" .. key, mark)
    end
    if ok then
        ok, why = add("services", key)
    end
    if ok then
        _M.announce()
    end
    return ok, why
end

local function by_id(a, b)
    return a.id < b.id
end

--- Instances by cluster that requests are sent to now.
function _M.known_instances(service)
    local text = match(shared:get("e:" .. service.key) or "", "^%d+ (.*)$")
    return text and cjson.decode(text) or {}
end

--- Whether requests are sent to instances that no check passes.
-- @return whether that is new
function _M.panics(service, panics)
    local before = shared:get("panic:" .. service.key) ~= nil
    if panics and not before then
        memory.put(shared, "panic:" .. service.key, 1)
    elseif before and not panics then
        shared:delete("panic:" .. service.key)
    end
    return panics ~= before
end

--- Puts what the registry says in the place of what it said before.
-- @param clusters lists of {id, address, port} by cluster
-- @return whether anything is different; nil and why it cannot be taken over
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
    local before = shared:get("e:" .. service.key)
    if before and match(before, "^%d+ (.*)$") == text then
        return false
    end
    local ok, why = publish_instances(service.key, text)
    if not ok then
        return nil, why
    end
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

--- From now on the workers serve by what is known.
function _M.open(why)
    if not shared:get("open") and memory.put(shared, "open", true) then
        ngx.log(ngx.NOTICE, "serves: ", why)
        _M.announce()
    end
end

--- Takes over what an earlier run left on disk; in the master, at the start and at a reload. The workers serve by it later: see open.
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
            compiled, why = read(group, text, {})
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
    -- In this process nothing else would add it up.
    metrics.flush()
    for _, name in ipairs(files.names(instances_directory(), SUFFIX)) do
        local text, why = posix.read_file(instances_directory() .. "/" .. name .. SUFFIX)
        local kept
        if text then
            kept, why = cjson.decode(text)
        end
        local usable, clusters = pcall(function() return encode(kept.clusters) end)
        if usable and type(kept.group) == "string" and type(kept.service) == "string" then
            local key = kept.group .. "\t" .. kept.service
            local of = _M.table(kept.group)
            if of and not of.deleted and not shared:get("ev:" .. key) then
                publish_instances(key, clusters)
            end
        else
            ngx.log(ngx.WARN, "instances of ", name, " cannot be read from disk: ", why or clusters)
        end
    end
end

return _M
