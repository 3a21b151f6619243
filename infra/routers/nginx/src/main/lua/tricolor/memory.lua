--- What the workers share. nginx's plain set throws something else away when a dictionary is full; nothing here may be lost like that, so
-- a full dictionary refuses, and that is counted and shown.

local now = ngx.now

local _M = {}

local NAMES = {
    [ngx.shared.tricolor] = "tricolor",
    [ngx.shared.tricolor_workers] = "tricolor_workers",
    [ngx.shared.tricolor_presence] = "tricolor_presence",
    [ngx.shared.tricolor_metrics] = "tricolor_metrics"
}

-- The setting that makes it larger.
local SETTINGS = {
    tricolor = "tricolor.nginx.shared-memory",
    tricolor_workers = "tricolor.nginx.worker-memory",
    tricolor_presence = "tricolor.nginx.worker-memory",
    tricolor_metrics = "tricolor.nginx.metrics-memory"
}

-- Refusals that were not added to the metrics yet, by the name of the dictionary.
local refused = {}
local complained_at = {}

local function refuse(dictionary, why)
    local name = NAMES[dictionary]
    refused[name] = (refused[name] or 0) + 1
    local message = "the shared memory " .. name .. " is too small (" .. SETTINGS[name] .. "): " .. why
    if now() - (complained_at[name] or 0) > 60 then
        complained_at[name] = now()
        ngx.log(ngx.ERR, message)
    end
    return nil, message
end

--- Sets a value; nil and why not, and then the key may have none.
function _M.write(dictionary, key, value)
    local ok, why = dictionary:safe_set(key, value)
    if not ok then
        return refuse(dictionary, why)
    end
    return true
end

--- Sets a value; nil and why not, and then it has the one before.
function _M.put(dictionary, key, value)
    -- nginx gives the place of the value before away, also when it then finds none for the new one.
    local before = dictionary:get(key)
    local ok, why = dictionary:safe_set(key, value)
    if ok then
        return true
    elseif before ~= nil then
        dictionary:safe_set(key, before)
    end
    return refuse(dictionary, why)
end

--- Adds to a number, which begins at 0; the sum, or nil.
function _M.raise(dictionary, key, by)
    by = by or 1
    local sum = dictionary:incr(key, by)
    if sum then
        return sum
    end
    local ok, why = dictionary:safe_add(key, by)
    if ok then
        return by
    elseif why == "exists" then
        return dictionary:incr(key, by)
    end
    refuse(dictionary, why)
    return nil
end

--- Hands the refusals since the last call over, by the name of the dictionary.
function _M.refusals()
    local all = refused
    refused = {}
    return all
end

--- Calls with the name of each dictionary and the bytes of its whole free pages.
function _M.each(take)
    for dictionary, name in pairs(NAMES) do
        take(name, dictionary:free_space(), dictionary:capacity())
    end
end

return _M
