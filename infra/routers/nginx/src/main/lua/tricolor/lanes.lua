--- The header X-Tricolor-Lane: group=cluster pairs, separated by commas. Read whole or not at all.

local gmatch, match, find = string.gmatch, string.match, string.find

local _M = {}

local MOST = 16
local LONGEST = 1024

local function is_name(text)
    return #text <= 128 and find(text, "^%w[%w._-]*$") and find(text, "%w$")
end

--- A list of {group, cluster} in the order of the header, also by group; nil when there is none or it is malformed in any part.
function _M.read(text)
    if not text or #text > LONGEST then
        return nil
    end
    local lanes = {by_group = {}}
    for part in gmatch(text .. ",", "([^,]*),") do
        local group, cluster = match(part, "^[ \t]*([^=]-)=(.-)[ \t]*$")
        if not group or not is_name(group) or not is_name(cluster) or lanes.by_group[group] or #lanes == MOST then
            return nil
        end
        lanes.by_group[group] = cluster
        lanes[#lanes + 1] = {group, cluster}
    end
    return lanes
end

--- The pairs of other groups, each with a comma before it, to be sent after that of this group. The last ones go when the header would have
-- too many pairs or bytes, since it would say nothing then.
function _M.others(lanes, group, cluster)
    local text = ""
    local pairs_sent, bytes = 1, #group + 1 + #cluster
    for _, lane in ipairs(lanes) do
        if lane[1] ~= group then
            local pair = "," .. lane[1] .. "=" .. lane[2]
            bytes = bytes + #pair
            if pairs_sent == MOST or bytes > LONGEST then
                break
            end
            pairs_sent = pairs_sent + 1
            text = text .. pair
        end
    end
    return text
end

return _M
