--- Route tables: read strictly, validated, compiled. The same refusals as RouteTable of tricolor-routing.

local ids = require "tricolor.ids"
local json = require "tricolor.json"
local entries = require "tricolor.entries"
local intervals = require "tricolor.intervals"
local search = require "tricolor.search"

local find, sub, match, rep, byte = string.find, string.sub, string.match, string.rep, string.byte
local lower = string.lower

local _M = {}

_M.MAX_CLUSTERS = 64
_M.MAX_IDS = 1000
_M.MAX_INTERVALS = 10000
_M.MAX_LISTS = 16
_M.MAX_LIST_LENGTH = 10000000

local MAX_DOCUMENT = 16 * 1024 * 1024

local function refuse(code, message)
    error({refused = code .. ": " .. message}, 0)
end

local function shown(value)
    if type(value) == "string" then
        return #value <= 40 and value or sub(value, 1, 40) .. "…"
    elseif json.number(value) then
        return json.number(value)
    elseif type(value) == "table" and value ~= json.null then
        return json.is_array(value) and "a list" or "an object"
    end
    return tostring(value)
end

local function members(place, object, known)
    if not json.is_object(object) then
        refuse("MALFORMED", place .. " is no object")
    end
    for name in pairs(object) do
        if not known[name] then
            refuse("MALFORMED", place .. " has a member that is not known: " .. shown(name))
        end
    end
end

-- The member, nil when it is missing or null.
local function member(object, name)
    local value = object[name]
    if value == json.null then
        return nil
    end
    return value
end

local function list(place, value)
    if value == nil then
        return {n = 0}
    elseif not json.is_array(value) then
        refuse("MALFORMED", place .. " is no list")
    end
    return value
end

local function is_name(value)
    return type(value) == "string" and #value <= 128 and find(value, "^%w[%w._-]*$") and find(value, "%w$") and true or false
end

local function require_name(place, value)
    if not is_name(value) then
        refuse("INVALID_ARGUMENT", place .. ": '" .. shown(value)
            .. "' is not a name of letters, digits, dots, dashes and underscores, 1 to 128 long")
    end
    return value
end

-- A JSON number that is written as an integer within int64.
local function integer(place, value)
    local text = json.number(value)
    local number = text and ids.int64(text == "-0" and "0" or text)
    if not number then
        refuse("MALFORMED", place .. " is no whole number within int64: " .. shown(value))
    end
    return number
end

-- A text, or a number as it is written.
local function text(place, value)
    local written = json.number(value) or value
    if type(written) ~= "string" then
        refuse("MALFORMED", place .. " is no text: " .. shown(value))
    end
    return written
end

local function boolean(place, value)
    if type(value) ~= "boolean" then
        refuse("MALFORMED", place .. " is neither true nor false: " .. shown(value))
    end
    return value
end

local function choice(place, value, choices)
    if type(value) ~= "string" or not choices[value] then
        refuse("MALFORMED", place .. " is not known: " .. shown(value))
    end
    return value
end

-- Hundredths of a percent, from the digits as they are written; no floating point is involved.
local function hundredths(place, value)
    local written = json.number(value)
    if not written then
        refuse("MALFORMED", place .. " is no number: " .. shown(value))
    end
    local minus, whole, rest = match(written, "^(-?)(%d+)(.*)$")
    local fraction = match(rest, "^%.(%d+)") or ""
    local exponent = tonumber(match(rest, "[eE]([+-]?%d+)$") or "0")
    local digits = match(whole .. fraction, "^0*(.*)$")
    local shift = 2 - #fraction + exponent
    if digits == "" then
        return 0
    elseif minus == "-" or #digits + shift > 5 then
        refuse("MALFORMED", place .. " is from 0 to 100, not " .. shown(value))
    elseif shift < 0 then
        local kept = #digits + shift
        if kept < 1 or find(digits, "[^0]", kept + 1) then
            refuse("MALFORMED", place .. " has at most two decimals, not " .. shown(value))
        end
        digits = sub(digits, 1, kept)
    else
        digits = digits .. rep("0", shift)
    end
    local number = tonumber(digits)
    if number > 10000 then
        refuse("MALFORMED", place .. " is from 0 to 100, not " .. shown(value))
    end
    return number
end

local RULE = {all = true, ids = true, intervals = true, percent = true, idLists = true}

local function read_ids(place, value, rule)
    local all = list(place, value)
    if all.n > _M.MAX_IDS then
        refuse("MALFORMED", place .. ": at most " .. _M.MAX_IDS .. " ids, not " .. all.n)
    end
    for i = 1, all.n do
        local id = text(place .. "[" .. (i - 1) .. "]", all[i])
        if id == "" or #id > ids.MAX_BYTES or ids.trim(id) ~= id then
            refuse("INVALID_ID", place .. ": '" .. shown(id) .. "' is blank, has blanks around it or is longer than "
                .. ids.MAX_BYTES .. " bytes")
        end
        -- A number has one canonical text, so that texts tell numbers apart, too.
        rule.ids[id] = true
    end
end

-- One by one, for the message about what is wrong.
local function read_pairs(place, value)
    local all = list(place, value)
    if all.n > _M.MAX_INTERVALS then
        return all.n
    end
    local first, last = intervals.arrays(all.n)
    for i = 1, all.n do
        local at = place .. "[" .. (i - 1) .. "]"
        local pair = list(at, all[i])
        if pair.n ~= 2 then
            refuse("MALFORMED", at .. ": an interval has two ends, not " .. pair.n)
        end
        local from = ids.decimal(text(at, pair[1]))
        local to = ids.decimal(text(at, pair[2]))
        if not from or not to then
            refuse("MALFORMED", at .. ": '" .. shown(from and pair[2] or pair[1]) .. "' is not an int64 interval end")
        elseif to < from then
            refuse("MALFORMED", at .. ": interval [" .. ids.text(from) .. ", " .. ids.text(to) .. "] is reversed")
        end
        first[i - 1], last[i - 1] = from, to
    end
    return all.n, first, last
end

local function read_intervals(place, value, rule)
    local n, from, to
    if intervals.is_scanned(value) then
        n, from, to = value.n, value.from, value.to
    else
        n, from, to = read_pairs(place, value)
    end
    if n > _M.MAX_INTERVALS then
        refuse("MALFORMED", place .. ": at most " .. _M.MAX_INTERVALS .. " intervals, not " .. n)
    end
    rule.from, rule.to, rule.intervals = intervals.merged(from, to, n)
    rule.power = search.power(rule.intervals)
end

local LIST = {sha256 = true, count = true, kind = true}
-- int64 of each.
local KINDS = {ids = 1, intervals = 2}

local function read_lists(place, value, rule)
    local all = list(place, value)
    if all.n > _M.MAX_LISTS then
        refuse("MALFORMED", place .. ": at most " .. _M.MAX_LISTS .. " lists, not " .. all.n)
    end
    local seen = {}
    for i = 1, all.n do
        local at = place .. "[" .. (i - 1) .. "]"
        members(at, all[i], LIST)
        local sha256 = member(all[i], "sha256")
        if type(sha256) ~= "string" or #sha256 ~= 64 or find(sha256, "[^0-9a-f]") then
            refuse("MALFORMED", at .. ".sha256 is not 64 hexadecimal digits in lower case: " .. shown(sha256))
        end
        local kind = member(all[i], "kind")
        kind = kind == nil and "ids" or choice(at .. ".kind", kind, KINDS)
        if seen[kind .. sha256] then
            refuse("MALFORMED", place .. ": id list " .. sha256 .. " is there twice")
        end
        seen[kind .. sha256] = true
        local count = integer(at .. ".count", all[i].count)
        local most = _M.MAX_LIST_LENGTH / KINDS[kind]
        if count < 1 or count > most then
            refuse("MALFORMED", at .. ".count is from 1 to " .. most .. ", not " .. ids.text(count))
        end
        local length = tonumber(count) * KINDS[kind]
        local one = {sha256 = sha256, kind = kind, length = length, power = search.power(length)}
        local same = kind == "ids" and rule.lists or rule.interval_lists
        same[#same + 1] = one
        rule.all_lists[i] = one
    end
end

local CLUSTER = {status = true, id = true}
local STATUS = {RED = "R", YELLOW = "Y", GREEN = "G"}

local function read_cluster(name, value)
    require_name("clusters", name)
    local place = "clusters." .. name
    if value == json.null then
        refuse("INVALID_ARGUMENT", place .. " has no strategy")
    end
    members(place, value, CLUSTER)
    local status, id = member(value, "status"), member(value, "id")
    if status == nil then
        refuse("INVALID_ARGUMENT", place .. ".status is missing")
    elseif id == nil then
        refuse("INVALID_ARGUMENT", place .. ".id is missing")
    end
    choice(place .. ".status", status, STATUS)
    local at = place .. ".id"
    members(at, id, RULE)
    local rule = {all = boolean(at .. ".all", id.all), ids = {}, lists = {}, interval_lists = {}, all_lists = {}}
    read_ids(at .. ".ids", member(id, "ids"), rule)
    read_intervals(at .. ".intervals", member(id, "intervals"), rule)
    read_lists(at .. ".idLists", member(id, "idLists"), rule)
    local percent = member(id, "percent")
    rule.buckets = percent == nil and 0 or hundredths(at .. ".percent", percent)
    rule.names_somebody = rule.all or next(rule.ids) ~= nil or rule.intervals > 0 or #rule.all_lists > 0
    return {
        name = name,
        status = status,
        letter = STATUS[status],
        rule = rule,
        log_texts = {},
        prefix = name .. ":"
    }
end

local ENTRY = {host = true, pathPrefix = true, service = true}

local function read_entries(value)
    local all = list("entries", value)
    local read, seen = {}, {}
    for i = 1, all.n do
        local place = "entries[" .. (i - 1) .. "]"
        if all[i] == json.null then
            refuse("INVALID_ARGUMENT", "entries holds null")
        end
        members(place, all[i], ENTRY)
        local service = require_name(place .. ".service", member(all[i], "service"))
        local path, host = member(all[i], "pathPrefix"), member(all[i], "host")
        if type(path) ~= "string" or byte(path, 1) ~= 47 or #path > 1024 or find(path, "[^!-~]") or find(path, "[?#]") then
            refuse("INVALID_ARGUMENT", place .. ".pathPrefix begins with a slash and is written as in a request line, not '"
                .. shown(path) .. "'")
        end
        if host ~= nil and (type(host) ~= "string" or ids.trim(host) == "" or entries.canonical_host(host) ~= host) then
            refuse("INVALID_ARGUMENT", place .. ".host is a lower-case host name without port, not '" .. shown(host) .. "'")
        end
        local key = tostring(host) .. " " .. entries.canonical_prefix(path)
        if seen[key] then
            refuse("INVALID_ARGUMENT", place .. ": host and pathPrefix " .. path .. " are there twice")
        end
        seen[key] = true
        read[i] = {host = host, path = path, service = service}
    end
    return read
end

local IDENTITY = {headers = true, cookies = true, queryParameters = true, claims = true}

local function read_names(place, value, change)
    local all = list(place, value)
    local names = {}
    for i = 1, all.n do
        local name = text(place, all[i])
        if name == "" or ids.trim(name) ~= name then
            refuse("INVALID_ARGUMENT", place .. ": '" .. shown(name) .. "' is not a name")
        end
        names[i] = change and change(name) or name
    end
    return names
end

local function read_identity(value)
    if value == nil then
        return {headers = {"x-user-id"}, cookies = {"userId"}, queries = {"userId"}, claims = {}}
    end
    members("identity", value, IDENTITY)
    return {
        headers = read_names("identity.headers", member(value, "headers"), lower),
        cookies = read_names("identity.cookies", member(value, "cookies")),
        queries = read_names("identity.queryParameters", member(value, "queryParameters")),
        claims = read_names("identity.claims", member(value, "claims"))
    }
end

local TABLE = {
    group = true, epoch = true, version = true, affinity = true, identity = true, entries = true, clusters = true, deleted = true
}
local AFFINITY = {ID = true, NONE = true}

local function by_name(a, b)
    return a.name < b.name
end

local BUCKETS = 10000

-- The users of the one YELLOW cluster with a percent, of at most half of the ids, are a random sample when it names nobody
-- besides. As many of the last buckets are its control. Nothing is routed by it.
local function sample(compiled)
    local by_percent
    for _, cluster in ipairs(compiled.yellow) do
        if cluster.rule.buckets > 0 then
            if by_percent then
                return
            end
            by_percent = cluster
        end
    end
    if by_percent and not by_percent.rule.names_somebody and 2 * by_percent.rule.buckets <= BUCKETS then
        compiled.sampled = by_percent
        compiled.first_of_control = BUCKETS - by_percent.rule.buckets
    end
end

local function read(document)
    members("the document", document, TABLE)
    local group = require_name("group", member(document, "group"))
    local epoch = integer("epoch", document.epoch)
    local version = integer("version", document.version)
    if epoch < 0 then
        refuse("INVALID_ARGUMENT", "epoch is at least 0, not " .. ids.text(epoch))
    elseif version < 1 then
        refuse("INVALID_ARGUMENT", "version is at least 1, not " .. ids.text(version))
    end
    local affinity = member(document, "affinity")
    if affinity ~= nil then
        choice("affinity", affinity, AFFINITY)
    end
    local deleted = member(document, "deleted")
    deleted = deleted ~= nil and boolean("deleted", deleted)
    local compiled = {
        group = group,
        epoch = epoch,
        version = version,
        epoch_text = ids.text(epoch),
        version_text = ids.text(version),
        position = ids.text(epoch) .. "." .. ids.text(version),
        by_id = affinity ~= "NONE",
        identity = read_identity(member(document, "identity")),
        entries = read_entries(member(document, "entries")),
        salt = group .. ":",
        clusters = {},
        yellow = {},
        green = {},
        -- Whether a YELLOW cluster takes everybody, so that GREEN ones get nobody.
        yellow_takes_all = false,
        uses_percent = false,
        -- No bucket is beyond this one.
        first_of_control = BUCKETS + 1,
        lists = {},
        -- The group has ended: nothing is routed, and no older table comes back.
        deleted = deleted
    }
    local clusters = member(document, "clusters")
    local count, unserved = 0, true
    if clusters ~= nil then
        if not json.is_object(clusters) then
            refuse("MALFORMED", "clusters is no object")
        end
        for name, value in pairs(clusters) do
            count = count + 1
            local cluster = read_cluster(name, value)
            compiled.clusters[name] = cluster
            local rule = cluster.rule
            if cluster.status ~= "RED" then
                local colour = cluster.status == "YELLOW" and compiled.yellow or compiled.green
                colour[#colour + 1] = cluster
                unserved = unserved and not rule.all
                compiled.yellow_takes_all = compiled.yellow_takes_all or (rule.all and cluster.status == "YELLOW")
                compiled.uses_percent = compiled.uses_percent or rule.buckets > 0
            end
            for _, one in ipairs(rule.all_lists) do
                compiled.lists[#compiled.lists + 1] = one
            end
        end
    end
    if count > _M.MAX_CLUSTERS then
        refuse("INVALID_ARGUMENT", "at most " .. _M.MAX_CLUSTERS .. " clusters, not " .. count)
    elseif deleted and count > 0 then
        refuse("INVALID_ARGUMENT", "a deleted table has no clusters")
    elseif unserved and not deleted then
        refuse("ROUTES_UNSERVED", "group " .. group
            .. ": no YELLOW or GREEN cluster has all: true, a request without id would have no target")
    end
    sample(compiled)
    table.sort(compiled.yellow, by_name)
    table.sort(compiled.green, by_name)
    return compiled
end

-- Members that may be long.
local READERS = {intervals = intervals.scan}

--- Reads and compiles a document. The id lists that it names are not there yet: see lists.attach.
-- @return the table; or nil, why it is refused, and the text of its version if it has one
function _M.read(document_text)
    if #document_text > MAX_DOCUMENT then
        return nil, "MALFORMED: the document is longer than 16 MiB"
    end
    local document, wrong = json.read(document_text, READERS)
    if not document then
        return nil, "MALFORMED: " .. wrong
    end
    local ok, result = pcall(read, document)
    if ok then
        return result
    end
    local version = json.is_object(document) and json.number(document.version)
    version = version and ids.int64(version) and version or nil
    return nil, type(result) == "table" and result.refused or "MALFORMED: " .. tostring(result), version
end

--- Whether a table takes the place of another one of its group: its (epoch, version) is higher.
function _M.supersedes(one, other)
    return not other or one.epoch > other.epoch or (one.epoch == other.epoch and one.version > other.version)
end

return _M
