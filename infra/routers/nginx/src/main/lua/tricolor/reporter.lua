--- Tells strategy-service what all workers have applied and what is in flight: of groups of which that has changed, and now and then of all
-- of them. Runs in the worker that fetches; during a stop in one of those that still have requests.

local cjson = require "cjson.safe"
local json = require "tricolor.json"
local http = require "tricolor.http"
local fold = require "tricolor.fold"
local state = require "tricolor.state"
local memory = require "tricolor.memory"
local settings = require "tricolor.settings"

local now, sleep, concat, sort, min = ngx.now, ngx.sleep, table.concat, table.sort, math.min
local format, random = string.format, math.random

local shared = ngx.shared.tricolor

local _M = {}

local PATIENCE = 2
local SHORTEST_PAUSE = 0.1
local LONGEST_SILENCE = 5
-- So long the workers may take to follow before it is reported that some have not.
local IN_STEP = 0.08
local ROUND = 30
-- Bytes of the groups in one report; what is around them is a few hundred.
local LONGEST = 255 * 1024
-- After so many words of workers the requests of users come first.
local AT_ONCE = 200

local accepted = true

local function new_boot()
    return format("%08x-%04x-4%03x-%x%03x-%06x%06x", random(0, 0xffffffff), random(0, 0xffff), random(0, 0xfff), random(8, 11),
        random(0, 0xfff), random(0, 0xffffff), random(0, 0xffffff))
end

--- Gives this start of the router its name; in the master.
function _M.begin()
    shared:safe_add("boot", new_boot())
    -- Counters live as long as this: a reload leaves both.
    shared:safe_add("started", ngx.now())
end

-- What strategy-service has taken, by group.
local taken = {}
-- The number of a group's news that it was folded at last.
local folded_at = {}
-- What it has not taken yet, by group.
local changed = {}
-- A round over all groups: its number, their names, the next one.
local round
local round_at, sent_at, looked_at = 0, 0, 0
local urgent_seen, urgent_since
local workers, is_whole, workers_text = {}, false, nil
local words_read = 0

local function look_at_workers()
    workers, is_whole = state.workers()
    local pids = {}
    for i, worker in ipairs(workers) do
        pids[i] = worker.pid
    end
    local text = concat(pids, " ") .. " " .. tostring(is_whole)
    local same = text == workers_text
    workers_text = text
    return not same
end

local function give_way()
    words_read = words_read + #workers
    if words_read > AT_ONCE then
        words_read = 0
        sleep(0.001)
    end
end

local function fold_group(group)
    -- Before it is folded: what comes from here on is news again.
    folded_at[group] = state.news(group)
    local text = fold.group(group, workers, is_whole)
    give_way()
    return text
end

-- Groups that have a table, or had one refused.
local function groups()
    local all, seen = {}, {}
    for _, key in ipairs {"groups", "refused"} do
        for _, group in ipairs(state.names(key)) do
            if not seen[group] then
                seen[group] = true
                all[#all + 1] = group
            end
        end
    end
    sort(all)
    return all
end

-- Looks for groups of which something else is to be said than was taken.
local function look(all_of_them)
    looked_at = now()
    urgent_seen, urgent_since = shared:get("urgent"), nil
    all_of_them = look_at_workers() or all_of_them
    for _, group in ipairs(groups()) do
        if all_of_them or state.news(group) ~= folded_at[group] then
            local text = fold_group(group)
            changed[group] = text ~= taken[group] and text or nil
        end
    end
end

local function begin_round()
    local number = memory.raise(shared, "round")
    if number then
        round = {number = number, names = groups(), next = 1, done = {}}
        round_at = now()
    end
end

--- Begins anew: nothing is known of what strategy-service has taken.
function _M.reset()
    taken, folded_at, changed = {}, {}, {}
    workers_text = nil
    urgent_seen, urgent_since = nil, nil
    sent_at, looked_at = 0, 0
    begin_round()
end

-- What goes into the next report: texts by group, which is the next of the round after it, and whether it ends the round.
local function part()
    local texts, size, is_full = {}, 0, false
    local function take(group, text)
        if size > 0 and size + #group + #text > LONGEST then
            is_full = true
            return false
        end
        texts[group] = text
        size = size + #group + #text + 4
        return true
    end
    for group, text in pairs(changed) do
        if not take(group, text) then
            break
        end
    end
    local at = round and round.next
    while round and not is_full and at <= #round.names do
        local group = round.names[at]
        if not texts[group] and not round.done[group] and not take(group, fold_group(group)) then
            break
        end
        at = at + 1
    end
    return texts, at, round ~= nil and at > #round.names
end

local function path()
    return "/api/routers/" .. ngx.escape_uri(settings.router_id)
end

local function failed(why)
    if accepted then
        accepted = false
        ngx.log(ngx.WARN, "strategy-service does not take reports: ", why)
    end
    return false
end

local function send()
    local sequence = memory.raise(shared, "sequence")
    if not sequence then
        return failed("the reports of this router cannot be counted")
    end
    local texts, next_at, is_last = part()
    local parts = {}
    for group, text in pairs(texts) do
        parts[#parts + 1] = json.string(group) .. ":" .. text
    end
    local of = round
    local body = '{"routerId":' .. json.string(settings.router_id) .. ',"bootId":"' .. shared:get("boot") .. '","kind":"nginx","address":'
        .. (settings.address and json.string(settings.address) or "null") .. ',"sequence":' .. format("%.0f", sequence) .. ',"round":'
        .. format("%.0f", of and of.number or 0) .. ',"last":' .. tostring(is_last) .. ',"groups":{' .. concat(parts, ",") .. "}}"
    sent_at = now()
    local answer, why = settings.strategy.request {
        method = "PUT", path = path(), body = body, token = http.token(), timeout = PATIENCE
    }
    if not answer then
        return failed(why)
    elseif answer.status < 200 or answer.status > 299 then
        return failed("answered " .. answer.status)
    end
    if not accepted then
        accepted = true
        ngx.log(ngx.NOTICE, "strategy-service takes reports again")
    end
    for group, text in pairs(texts) do
        taken[group] = text
        if changed[group] == text then
            changed[group] = nil
        end
        if of then
            of.done[group] = true
        end
    end
    if of then
        of.next = next_at
        round = not is_last and of or nil
    end
    local said = cjson.decode(answer.body)
    if type(said) == "table" and said.evicted == true then
        -- Taken for gone, yet it serves: as a new boot it is waited for again.
        memory.put(shared, "boot", new_boot())
        ngx.log(ngx.WARN, "router ", settings.router_id, " was evicted, it registers anew")
        _M.reset()
    elseif type(said) == "table" and said.resync == true then
        begin_round()
    end
    return true
end

local function are_in_step()
    for _, worker in ipairs(workers) do
        if not state.is_in_step(worker.pid) then
            return false
        end
    end
    return true
end

-- What is waited for is said at once, but not while it is on its way to some of the workers: the next report could not follow soon. What
-- nobody waits for is said now and then.
local function is_time_to_look()
    local time = now()
    if shared:get("urgent") ~= urgent_seen then
        urgent_since = urgent_since or time
        if time - urgent_since >= IN_STEP or are_in_step() then
            return true
        end
    end
    return time - looked_at >= settings.report_interval
end

--- Reports when there is something to report, or when nothing was said for a while.
function _M.turn()
    local time = now()
    if time - sent_at < (accepted and SHORTEST_PAUSE or min(1, settings.report_interval)) then
        return
    end
    if is_time_to_look() then
        look(false)
    end
    if not round and time - round_at >= ROUND then
        begin_round()
    end
    if round or next(changed) or time - sent_at >= min(LONGEST_SILENCE, 5 * settings.report_interval) then
        send()
    end
end

--- Says all there is, however soon after the last time. Whether that was taken.
function _M.finish()
    look(false)
    repeat
        if not send() then
            return false
        end
    until not round and not next(changed)
    return true
end

--- Signs the router off.
function _M.sign_off()
    local answer, why = settings.strategy.request {
        method = "DELETE", path = path(), token = http.token(), timeout = PATIENCE
    }
    if answer and answer.status < 300 then
        memory.put(shared, "signed_off", true)
        ngx.log(ngx.NOTICE, "router ", settings.router_id, " signed off")
    else
        ngx.log(ngx.WARN, "router ", settings.router_id, " could not sign off: ", why or "answered " .. answer.status)
    end
end

--- Whether one of the workers has signed the router off: another report would register it again.
function _M.is_signed_off()
    return shared:get("signed_off") == true
end

--- Reports for as long as it is wanted.
function _M.run(wanted)
    while wanted() do
        _M.turn()
        sleep(0.02)
    end
end

--- Begins to report: this worker has become the one that does.
function _M.start()
    shared:delete("signed_off")
    _M.reset()
end

return _M
