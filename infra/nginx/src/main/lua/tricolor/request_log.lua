--- One line of JSON for each finished request: the request event that log-gateway takes.

local json = require "tricolor.json"
local ids = require "tricolor.ids"
local identity = require "tricolor.identity"
local problems = require "tricolor.problems"
local settings = require "tricolor.settings"

local format, lower, find, sub, gmatch, match, concat, sort = string.format, string.lower, string.find, string.sub,
    string.gmatch, string.match, table.concat, table.sort
local random, floor = math.random, math.floor
local var, now = ngx.var, ngx.now

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

local sequence = -1
local second, second_text

local function timestamp(time)
    local whole = floor(time)
    if whole ~= second then
        second = whole
        second_text = os.date("!%Y-%m-%dT%H:%M:%S", whole)
    end
    return format("%s.%03dZ", second_text, floor((time - whole) * 1000))
end

-- RFC 9562, version 7.
local function uuid(time)
    local millis = format("%012x", floor(time * 1000))
    return format("%s-%s-7%03x-%x%03x-%06x%06x", sub(millis, 1, 8), sub(millis, 9), random(0, 0xfff), random(8, 11),
        random(0, 0xfff), random(0, 0xffffff), random(0, 0xffffff))
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
    if not query or query == "" then
        return "{}", ""
    end
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

--- The line of a finished request.
function _M.line(request)
    sequence = sequence + 1
    local time = now()
    local status = request.status or ngx.status
    local cancelled = status == 499 or status == 0
    local outcome = cancelled and "unknown" or status >= 400 and "failure" or "success"
    local level = status >= 500 and "ERROR" or status >= 400 and "WARN" or "INFO"
    local method = var.request_method or "-"
    local action = "http." .. (match(lower(method), "^[a-z0-9_]+$") or "other")
    local millis = floor((time - request.started) * 1000 + 0.5)
    local cluster = request.cluster
    local shown, redacted = parameters(request.query)
    local trace = request.trace or problems.trace_id()
    local reason = REASONS[request.reason]
    return concat {
        '{"@timestamp":"', timestamp(time), '","ecs":{"version":"8.17.0"},"log":{"level":"', level,
        '","logger":"tricolor.request"},"message":"', action, " ", outcome, " ", millis, 'ms","event":{"id":"',
        uuid(request.started), '","kind":"event","dataset":"tricolor.request","category":["web"],"type":["access"],"action":"',
        action, '","outcome":"', outcome, '"', cancelled and ',"reason":"cancelled"' or "", ',"start":"',
        timestamp(request.started), '","duration":', millis, millis > 0 and "000000" or "", ',"sequence":', sequence,
        '},"service":{"name":"router","version":', settings.version_json, ',"environment":', settings.environment_json,
        ',"node":{"name":', settings.node_json, '}},"organization":{"id":', settings.organization_json, '},"tenant":{"id":',
        settings.tenant_json, '},"user":{"id":', json.string(request.id and request.id.text or "anonymous"),
        '},"client":{"ip":"', var.remote_addr, '"},"http":{"request":{"method":', json.string(sub(method, 1, 32)), "}",
        cancelled and "" or ',"response":{"status_code":' .. status .. "}", '},"url":{"path":',
        json.string(shortened(request.path, 1024)), '},"trace":{"id":"', trace, '"}',
        outcome == "failure" and ',"error":{"code":"' .. (request.code or "HTTP_" .. status) .. '"}' or "",
        ',"tricolor":{', cluster and '"cluster":{"name":' .. json.string(cluster.name) .. ',"status":"' .. cluster.letter .. '"'
            .. ',"strategy_revision":' .. request.compiled.version_text
            .. (reason and ',"route_reason":"' .. reason .. '"' or "") .. "}," or "",
        '"params":', shown, ',"steps":[]', redacted, "}}"
    }
end

return _M
