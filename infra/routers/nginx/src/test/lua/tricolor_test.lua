-- Questions of the tests; only the configuration of tests has a location for them.

local cjson = require "cjson"
local ids = require "tricolor.ids"
local json = require "tricolor.json"
local lists = require "tricolor.lists"
local state = require "tricolor.state"
local decision = require "tricolor.decision"
local murmur3 = require "tricolor.murmur3"
local route_table = require "tricolor.route_table"

local function body()
    ngx.req.read_body()
    local data = ngx.req.get_body_data()
    if not data then
        data = assert(io.open(ngx.req.get_body_file(), "rb")):read("*a")
    end
    return data
end

local answers = {}

answers["/-test/state"] = function()
    state.sync()
    local tables, instances = {}, {}
    for group, compiled in pairs(state.tables) do
        tables[group] = compiled.position
    end
    for key, known in pairs(state.instances) do
        instances[key] = known.counts
    end
    return cjson.encode {tables = tables, instances = instances, busy = state.busy(), pid = ngx.worker.pid()}
end

-- An empty answer: the table is accepted.
answers["/-test/read"] = function()
    local compiled, why = route_table.read(body())
    return compiled and "" or why
end

-- {"table": text, "cases": [{id, counts, lane, entropy}]}: a line "cluster reason cohort" for each.
answers["/-test/decide"] = function()
    local question = cjson.decode(body())
    local compiled = assert(route_table.read(question.table))
    assert(lists.attach(compiled))
    local out = {}
    for i, case in ipairs(question.cases) do
        local id = case.id ~= cjson.null and ids.of(case.id) or nil
        local lane = case.lane ~= cjson.null and case.lane or nil
        local cluster, reason, cohort = decision.decide(compiled, id, case.counts, lane, ids.int64(case.entropy))
        out[i] = (cluster and cluster.name or "-") .. " " .. reason .. " " .. (cohort or "-")
    end
    return table.concat(out, "\n")
end

answers["/-test/hash"] = function()
    return string.format("%.0f", murmur3.of(body()))
end

-- Whether a content, in hex, is what a list names; handed over in parts of odd lengths.
answers["/-test/verify"] = function()
    local question = cjson.decode(body())
    local content = string.gsub(question.content, "%x%x", function(digits) return string.char(tonumber(digits, 16)) end)
    local list = question.list
    list.length = list.count * (list.kind == "intervals" and 2 or 1)
    local check = lists.verification(list)
    for at = 1, #content, 5 do
        local ok, why = check.take(string.sub(content, at, at + 4))
        if not ok then
            return "refused: " .. why
        end
    end
    local ok, why = check.finish()
    return ok and "accepted" or "refused: " .. why
end

-- The lanes of a header, then what is sent on when a group's cluster has been chosen.
answers["/-test/lanes"] = function()
    local lanes = require "tricolor.lanes"
    local question = cjson.decode(body())
    local read = lanes.read(question.header)
    if question.group then
        return question.group .. "=" .. question.cluster
            .. (read and lanes.others(read, question.group, question.cluster) or "")
    end
    local parts = {}
    for i, lane in ipairs(read or {}) do
        parts[i] = lane[1] .. "=" .. lane[2]
    end
    return table.concat(parts, ",")
end

-- Whether the strict reader takes a text as JSON.
answers["/-test/json"] = function()
    local value, why = json.read(body())
    return value == nil and "refused: " .. why or "accepted"
end

ngx.print((answers[ngx.var.uri] or function() return ngx.exit(404) end)())
