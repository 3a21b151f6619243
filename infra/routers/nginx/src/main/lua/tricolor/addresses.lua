--- The addresses of strategy-service's instances, and which of them is asked. The one that answered last comes first. One that fails is followed
-- by the next, and is asked only after the others for a time that doubles with each failure in a row. Each worker has its own.

local http = require "tricolor.http"
local metrics = require "tricolor.metrics"

local now, min, max, sort = ngx.now, math.min, math.max, table.sort

local _M = {}

local SHORTEST, LONGEST = 1, 30

--- Addresses in the order in which they are tried at first.
-- @param bases as http.parse gives them
function _M.new(bases)
    local self = {}
    local all, preferred = {}, 1
    for i, base in ipairs(bases) do
        all[i] = {base = base, at = i, in_a_row = 0, alone_until = 0, silent_at = 0}
    end

    local function left_alone(address)
        return address.in_a_row > 0 and max(0, address.alone_until - now()) or 0
    end

    -- All of them as a call tries them; those that are left alone come last, the nearest first.
    local function in_order()
        local order = {}
        for i = 0, #all - 1 do
            local address = all[(preferred - 1 + i) % #all + 1]
            order[i + 1] = {address = address, rest = left_alone(address), place = i}
        end
        sort(order, function(one, other)
            if one.rest ~= other.rest then
                return one.rest < other.rest
            end
            return one.place < other.place
        end)
        return order
    end

    local function answered(address)
        address.in_a_row = 0
        preferred = address.at
        metrics.strategy_is_at(address.base.url)
    end

    -- @param is_silent whether nothing came: then other calls give it up, for a long poll would wait for a machine that is gone
    local function failed(address, is_silent)
        address.in_a_row = address.in_a_row + 1
        address.alone_until = now() + min(LONGEST, SHORTEST * 2 ^ min(10, address.in_a_row - 1))
        metrics.address_failed(address.base.url)
        for _, other in ipairs(all) do
            if is_silent and left_alone(other) == 0 then
                address.silent_at = address.silent_at + 1
                return
            end
        end
    end

    --- As http.request, of one address after the other until one answers by something else than 5xx; each has the whole time. What has gone
    -- into a sink cannot be taken back: then there is no next one, until the caller comes again.
    function self.request(options)
        local answer, why
        for _, one in ipairs(in_order()) do
            local address = one.address
            local silences, is_given_up, is_consumed, is_refused = address.silent_at, false, false, false
            local copy = {}
            for name, value in pairs(options) do
                copy[name] = value
            end
            copy.wanted = function()
                is_given_up = address.silent_at ~= silences
                return not is_given_up and (not options.wanted or options.wanted())
            end
            copy.sink = options.sink and function(part)
                is_consumed = true
                local ok, problem = options.sink(part)
                is_refused = not ok
                return ok, problem
            end
            answer, why = http.request(address.base, copy)
            if answer and answer.status < 500 then
                answered(address)
                return answer
            elseif is_refused or (not answer and not is_given_up and options.wanted and not options.wanted()) then
                return nil, why
            elseif not is_given_up then
                failed(address, not answer)
            end
            if is_consumed then
                return nil, why
            end
        end
        return answer, why
    end

    return self
end

return _M
