--- Finds the group and the service that a request is for, over the entries of many tables.

local lower, sub, find, match, byte, gsub = string.lower, string.sub, string.find, string.match, string.byte, string.gsub

local ids = require "tricolor.ids"

local _M = {}

--- Lower case, without port and without the dot at the end.
function _M.canonical_host(host)
    local name = lower(ids.trim(host))
    local colon, bracket
    for i = #name, 1, -1 do
        local c = byte(name, i)
        if c == 58 and not colon then
            colon = i
        elseif c == 93 and not bracket then
            bracket = i
        end
    end
    if colon and colon > (bracket or 0) then
        -- A bare IPv6 address has colons and no port.
        if byte(name, 1) == 91 or find(name, ":", 1, true) == colon then
            name = sub(name, 1, colon - 1)
        end
    end
    if sub(name, -1) == "." then
        name = sub(name, 1, -2)
    end
    return name
end

--- Without slashes at the end; the root is the empty text.
function _M.canonical_prefix(prefix)
    return match(prefix, "^(.-)/*$")
end

local function prefixes()
    return {targets = {}, deepest = 0, any = false}
end

local function add(index, prefix, target)
    local key = _M.canonical_prefix(prefix)
    local _, slashes = gsub(key, "/", "")
    if slashes > index.deepest then
        index.deepest = slashes
    end
    index.any = true
    local before = index.targets[key]
    if not before then
        index.targets[key] = target
    end
    return before
end

-- End of the segment that begins behind the position, which is that of a slash or 0.
local function segment_end(path, last)
    local slash = find(path, "/", last + 2, true)
    return slash and slash - 1 or #path
end

-- Few prefixes have more than two segments: those go without a loop.
local function search(index, path)
    if not index.any or byte(path, 1) ~= 47 then
        return nil
    end
    local targets, deepest = index.targets, index.deepest
    local length = #path
    local last = 0
    if deepest > 0 then
        last = segment_end(path, 0)
        if deepest > 1 and last < length then
            last = segment_end(path, last)
            for _ = 3, deepest do
                if last < length then
                    last = segment_end(path, last)
                end
            end
        end
    end
    local target = targets[last == 0 and "" or sub(path, 1, last)]
    while not target and last > 0 do
        local i = last
        while byte(path, i) ~= 47 do
            i = i - 1
        end
        last = i - 1
        target = targets[last == 0 and "" or sub(path, 1, last)]
    end
    return target
end

--- An index over tables by group.
-- @return the index, and a list of {group, path, winner} of entries that are without effect
function _M.index(tables)
    local groups, conflicts = {}, {}
    for group in pairs(tables) do
        groups[#groups + 1] = group
    end
    table.sort(groups)
    local index = {by_host = {}, hosts = false, any = prefixes()}
    for _, group in ipairs(groups) do
        for _, entry in ipairs(tables[group].entries) do
            local into = index.any
            if entry.host then
                into = index.by_host[entry.host]
                if not into then
                    into = prefixes()
                    index.by_host[entry.host] = into
                    index.hosts = true
                end
            end
            local before = add(into, entry.path, {group = group, service = entry.service, key = group .. "\t" .. entry.service})
            if before then
                conflicts[#conflicts + 1] = {group = group, path = entry.path, winner = before.group}
            end
        end
    end
    return index, conflicts
end

--- What a request is for: {group, service, key}; nil when no entry matches.
-- @param host value of the Host header or nil
-- @param path raw path of the request line without query
function _M.find(index, host, path)
    if host and index.hosts then
        local of_host = index.by_host[_M.canonical_host(host)]
        local target = of_host and search(of_host, path)
        if target then
            return target
        end
    end
    return search(index.any, path)
end

return _M
