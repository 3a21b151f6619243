--- The header X-Tricolor-Lane: group=cluster pairs, separated by commas.

local ids = require "tricolor.ids"

local gmatch, match, find = string.gmatch, string.match, string.find

local _M = {}

local MOST = 16
local LONGEST = 1024

local function is_name(text)
    return #text <= 128 and find(text, "^%w[%w._-]*$") and find(text, "%w$")
end

--- Clusters by group; nil when there is no header or it is malformed in any part.
function _M.read(text)
    if not text or #text > LONGEST then
        return nil
    end
    local clusters, count = {}, 0
    for part in gmatch(text .. ",", "([^,]*),") do
        local group, cluster = match(ids.trim(part), "^([^=]*)=([^=]*)$")
        count = count + 1
        if not group or count > MOST or not is_name(group) or not is_name(cluster) or clusters[group] then
            return nil
        end
        clusters[group] = cluster
    end
    return clusters
end

--- The pairs of other groups, each with a comma before it.
function _M.others(clusters, group)
    local text = ""
    local names = {}
    for name in pairs(clusters) do
        names[#names + 1] = name
    end
    table.sort(names)
    for _, name in ipairs(names) do
        if name ~= group then
            text = text .. "," .. name .. "=" .. clusters[name]
        end
    end
    return text
end

return _M
