--- One line of JSON for each finished request: the request event that log-gateway takes.

local ffi = require "ffi"
local bit = require "bit"
require "tricolor.posix"

local json = require "tricolor.json"
local ids = require "tricolor.ids"
local identity = require "tricolor.identity"
local settings = require "tricolor.settings"
local variables = require "tricolor.variables"

local C, cast, copy = ffi.C, ffi.cast, ffi.copy
local band, rshift = bit.band, bit.rshift
local format, lower, find, sub, gmatch, match, concat, sort = string.format, string.lower, string.find, string.sub,
    string.gmatch, string.match, table.concat, table.sort
local random, floor = math.random, math.floor
local get, set, now = variables.get, variables.set, variables.now

local _M = {}

local MOST_PARAMETERS = 32
local SECRETS = {
    "token", "passw", "passphrase", "pwd", "secret", "authoriz", "api[-_.]?key", "credential", "signature", "private",
    "cookie", "session", "jwt", "bearer"
}
-- What the schema of the event knows.
local REASONS = {
    ALL = "all",
    WHITELIST_ID = "whitelist_id",
    WHITELIST_INTERVAL = "whitelist_interval",
    PERCENT = "percent",
    LANE = "lane",
    FALLBACK = "fallback"
}

-- Of this worker: lines are counted from 1, by each process with a boot id of its own.
local sequence = 0

-- Times of the current second by their text, since requests of one millisecond have the same.
local second, second_text, stamps

local function timestamp(time)
    local whole = floor(time)
    if whole ~= second then
        second, second_text, stamps = whole, os.date("!%Y-%m-%dT%H:%M:%S", whole), {}
    end
    local text = stamps[time]
    if not text then
        text = format("%s.%03dZ", second_text, floor((time - whole) * 1000))
        stamps[time] = text
    end
    return text
end

-- The event is put together here piece by piece and handed to nginx from here: no Lua string of its size for each request.
local size = 8192
local buffer = ffi.new("uint8_t[?]", size)

-- Writes a text; the place behind it.
local function put(place, text)
    local length = #text
    copy(place, text, length)
    return place + length
end

-- Two digits for each byte, which may be written at any place.
local HEX = ffi.new("uint16_t[256]")
local uint16s = ffi.typeof("uint16_t *")

for number = 0, 255 do
    copy(HEX + number, format("%02x", number), 2)
end

local function hex4(place, number)
    local digits = cast(uint16s, place)
    digits[0] = HEX[band(rshift(number, 8), 255)]
    digits[1] = HEX[band(number, 255)]
end

local function hex8(place, number)
    local digits = cast(uint16s, place)
    digits[0] = HEX[rshift(number, 24)]
    digits[1] = HEX[band(rshift(number, 16), 255)]
    digits[2] = HEX[band(rshift(number, 8), 255)]
    digits[3] = HEX[band(number, 255)]
end

local DASHES = "----------------"

-- RFC 9562, version 7.
local function put_uuid(place, time)
    local millis = floor(time * 1000)
    local low = millis % 0x10000
    copy(place + 8, DASHES, 16)
    hex8(place, (millis - low) / 0x10000)
    hex4(place + 9, low)
    hex4(place + 14, 0x7000 + random(0, 0xfff))
    hex4(place + 19, 0x8000 + random(0, 0x3fff))
    hex4(place + 24, random(0, 0xffff))
    hex8(place + 28, random(0, 0xffffffff))
    return place + 36
end

local function put_random_trace(place)
    hex8(place, random(0, 0xffffffff))
    hex8(place + 8, random(0, 0xffffffff))
    hex8(place + 16, random(0, 0xffffffff))
    hex8(place + 24, random(0, 0xffffffff))
    return place + 32
end

-- What JSON, or this log, does not take as it is.
local SPECIAL = ffi.new("char[256]")

do
    local n = 0
    for code = 1, 255 do
        if code < 32 or code == 34 or code == 92 or code >= 127 then
            SPECIAL[n] = code
            n = n + 1
        end
    end
end

local function is_plain(text)
    local plain = C.strcspn(text, SPECIAL) == #text
    return plain
end

-- Not longer than so many characters; cut between them.
local function shortened(text, longest)
    text = ids.repaired(text)
    if #text <= longest then
        return text
    end
    return ids.repaired((string.gsub(sub(text, 1, longest - 4), "[\192-\255][\128-\191]*$", ""))) .. "…"
end

local function is_secret(name)
    name = lower(name)
    for i = 1, #SECRETS do
        if find(name, SECRETS[i]) then
            return true
        end
    end
    return false
end

local function parameters(query)
    local values, names, redacted, seen = {}, {}, {}, {}
    for part in gmatch(query, "[^&]+") do
        local name, value = match(part, "^([^=]*)=?(.*)$")
        name = shortened(identity.decoded(name), 64)
        if #names + #redacted >= MOST_PARAMETERS then
            break
        end
        if is_secret(name) then
            if not seen[name] then
                redacted[#redacted + 1] = json.string(name)
            end
        else
            value = shortened(identity.decoded(value), 512)
            if seen[name] then
                values[name] = shortened(values[name] .. "," .. value, 512)
            else
                values[name] = value
                names[#names + 1] = name
            end
        end
        seen[name] = true
    end
    sort(names)
    for i, name in ipairs(names) do
        names[i] = json.string(name) .. ":" .. json.string(values[name])
    end
    sort(redacted)
    return "{" .. concat(names, ",") .. "}", #redacted > 0 and ',"redacted":[' .. concat(redacted, ",") .. "]" or ""
end

local function with_parameters(query)
    local shown, redacted = parameters(query)
    return '"params":' .. shown .. ',"steps":[]' .. redacted .. "}}"
end

-- A text between the quotation marks of a JSON string.
local function inner(text)
    return is_plain(text) and text or sub(json.string(text), 2, -2)
end

-- The pieces of an event that depend on no more than method and status.
local function pieces_of(method, status)
    local cancelled = status == 499 or status == 0
    local outcome = cancelled and "unknown" or status >= 400 and "failure" or "success"
    local level = status >= 500 and "ERROR" or status >= 400 and "WARN" or "INFO"
    local action = "http." .. (match(lower(sub(method, 1, 32)), "^[a-z0-9_]+$") or "other")
    return {
        level = '","ecs":{"version":"8.17.0"},"log":{"level":"' .. level .. '","logger":"tricolor.request"},"message":"' .. action
            .. " " .. outcome .. " ",
        kind = '","kind":"event","dataset":"tricolor.request","category":["web"],"type":["access"],"action":"' .. action
            .. '","outcome":"' .. outcome .. '"' .. (cancelled and ',"reason":"cancelled"' or "") .. ',"start":"',
        http = '"},"http":{"request":{"method":' .. json.string(sub(method, 1, 32)) .. "}"
            .. (cancelled and "" or ',"response":{"status_code":' .. status .. "}") .. '},"url":{"path":"',
        failed = outcome == "failure",
        error = ',"error":{"code":"HTTP_' .. status .. '"}'
    }
end

local METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
local pieces_by_method = {}

for _, method in ipairs(METHODS) do
    pieces_by_method[method] = {}
end

local function pieces(method, status)
    local known = pieces_by_method[method]
    if not known then
        return pieces_of(method, status)
    end
    local found = known[status]
    if not found then
        found = pieces_of(method, status)
        known[status] = found
    end
    return found
end

-- Where a request went, kept with the table: there are as many as its clusters times the reasons.
local function routed(request)
    local cluster, reason = request.cluster, request.reason
    local text = cluster.log_texts[reason]
    if not text then
        local known = REASONS[reason]
        text = '"cluster":{"name":' .. json.string(cluster.name) .. ',"status":"' .. cluster.letter .. '","strategy_revision":'
            .. request.compiled.version_text .. (known and ',"route_reason":"' .. known .. '"' or "") .. "},"
        cluster.log_texts[reason] = text
    end
    return text
end

local sender

-- Of this process; its first line makes it.
local function new_boot()
    local text = ffi.new("uint8_t[36]")
    put_uuid(text + 0, now())
    return ffi.string(text, 36)
end

local function sender_of()
    return '},"service":{"name":"router","version":' .. settings.version_json .. ',"environment":' .. settings.environment_json
        .. ',"ephemeral_id":"' .. new_boot() .. '","node":{"name":' .. settings.node_json .. '}},"organization":{"id":'
        .. settings.organization_json .. '},"tenant":{"id":' .. settings.tenant_json .. '},"user":{"id":"'
end

-- Whole numbers as text: durations and the like are mostly small.
local NUMBERS = {}

for number = 0, 999 do
    NUMBERS[number] = format("%d", number)
end

local function digits(number)
    return NUMBERS[number] or format("%.0f", number)
end

-- More than the pieces of an event that are not counted one by one.
local CONSTANT = 1024

--- Writes the event of a finished request.
-- @param status of the answer
-- @param millis that the request took, a whole number
function _M.write(request, status, millis)
    sequence = sequence + 1
    sender = sender or sender_of()
    local about = pieces(get("request_method") or "-", status)
    local took, started, path, trace = digits(millis), request.started, request.path, request.trace
    local user = request.id and inner(request.id.text) or "anonymous"
    local address = get("remote_addr")
    local shown_path = inner(#path <= 1024 and path or shortened(path, 1024))
    local failure = not about.failed and "" or request.code and ',"error":{"code":"' .. request.code .. '"}' or about.error
    local cluster = request.cluster and routed(request) or ""
    local tail = request.query and with_parameters(request.query) or '"params":{},"steps":[]}}'
    local needed = CONSTANT + #about.level + #about.kind + #sender + #user + #address + #about.http + #shown_path + #failure
        + #cluster + #tail
    if needed > size then
        size = 2 * needed
        buffer = ffi.new("uint8_t[?]", size)
    end

    local at = put(buffer + 0, '{"@timestamp":"')
    at = put(at, timestamp(now()))
    at = put(at, about.level)
    at = put(at, took)
    at = put(at, 'ms","event":{"id":"')
    at = put_uuid(at, started)
    at = put(at, about.kind)
    at = put(at, timestamp(started))
    at = put(at, '","duration":')
    at = put(at, took)
    at = put(at, millis > 0 and '000000,"sequence":' or ',"sequence":')
    at = put(at, digits(sequence))
    at = put(at, sender)
    at = put(at, user)
    at = put(at, '"},"client":{"ip":"')
    at = put(at, address)
    at = put(at, about.http)
    at = put(at, shown_path)
    at = put(at, '"},"trace":{"id":"')
    at = trace and put(at, trace) or put_random_trace(at)
    at = put(at, '"}')
    at = put(at, failure)
    at = put(at, ',"tricolor":{')
    at = put(at, cluster)
    at = put(at, tail)
    set("tricolor_log", buffer, at - buffer)
end

return _M
