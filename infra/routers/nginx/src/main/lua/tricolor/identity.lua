--- Finds the id of a request: the first claim, header, cookie, query parameter that is present and not blank decides.

local ids = require "tricolor.ids"
local jwt = require "tricolor.jwt"
local metrics = require "tricolor.metrics"
local settings = require "tricolor.settings"

local find, sub, gsub, char, match = string.find, string.sub, string.gsub, string.char, string.match

local _M = {}

local function present(value)
    return value and ids.trim(value) ~= "" and value or nil
end

local function unescape(digits)
    return char(tonumber(digits, 16))
end

--- Form-decoded: %XX and plus.
function _M.decoded(text)
    if find(text, "[%%+]") then
        text = gsub(gsub(text, "+", " "), "%%(%x%x)", unescape)
    end
    return ids.repaired(text)
end

--- The first value of a query parameter; nil when it is not there or has no equals sign.
function _M.query_parameter(query, name)
    local at = 1
    local length = #query
    while at <= length do
        local stop = find(query, "&", at, true) or length + 1
        local equals = find(query, "=", at, true)
        if not equals or equals > stop then
            equals = stop
        end
        if _M.decoded(sub(query, at, equals - 1)) == name then
            return equals < stop and _M.decoded(sub(query, equals + 1, stop - 1)) or nil
        end
        at = stop + 1
    end
    return nil
end

--- The first value of a cookie that is not blank, as it was sent, without the quotation marks around it. Cookies are parted by semicolons
-- alone: a comma belongs to the value.
function _M.cookie(header, name)
    local at = 1
    local length = #header
    while at <= length do
        local stop = find(header, ";", at, true) or length + 1
        local first = find(header, "[^ \t]", at) or stop
        local equals = find(header, "=", first, true)
        if equals and equals < stop and ids.trim(sub(header, first, equals - 1)) == name then
            local value = ids.trim(sub(header, equals + 1, stop - 1))
            value = match(value, '^"(.*)"$') or value
            if present(value) then
                return value
            end
        end
        at = stop + 1
    end
    return nil
end

--- The id of a request, nil when it has none.
-- @param source identity of the compiled table
-- @param headers.first(name) value of the first header of that name
-- @param query raw query or nil
function _M.find(source, headers, query)
    local raw
    local names = source.claims
    if #names > 0 and settings.users then
        local claims, is_token = jwt.claims(headers.first("authorization"), settings.users)
        if is_token then
            metrics.token_unverified()
        elseif claims then
            for i = 1, #names do
                raw = present(jwt.text(jwt.at(claims, names[i])))
                if raw then
                    return ids.of(raw)
                end
            end
        end
    end
    names = source.headers
    for i = 1, #names do
        raw = headers.first(names[i])
        local id = raw and ids.numeric(raw)
        if id then
            return id
        elseif present(raw) then
            return ids.of(ids.from_header(raw))
        end
    end
    names = source.cookies
    if #names > 0 then
        -- All Cookie lines of the request.
        local cookies = headers.all("cookie", ";")
        if cookies then
            for i = 1, #names do
                raw = present(_M.cookie(cookies, names[i]))
                if raw then
                    return ids.of(ids.from_header(raw))
                end
            end
        end
    end
    names = source.queries
    if query then
        for i = 1, #names do
            raw = present(_M.query_parameter(query, names[i]))
            if raw then
                return ids.of(raw)
            end
        end
    end
    return nil
end

return _M
