--- Binary search that LuaJIT compiles as a part of the decision. Its steps are written out and none of them branches: a loop would begin a
-- trace of its own, and a branch that goes either way by chance would leave the trace at every second step.

local _M = {}

--- Longest array that can be searched.
_M.LONGEST = 2 ^ 24 - 1

local lines = {[[
local bit = require "bit"
local arshift, band, bnot, bor, bxor = bit.arshift, bit.band, bit.bnot, bit.bor, bit.bxor

-- 1 when one is not above the other, else 0. The sign of a difference is wrong when it overflows; see H. S. Warren, Hacker's Delight, 2-12.
local function not_above(one, other)
    return 1 + tonumber(arshift(bor(band(other, bnot(one)), band(bnot(bxor(other, one)), other - one)), 63))
end

return function(numbers, n, power, number)
    local base = (n - power) * not_above(numbers[power - 1], number)
]]}

for step = 22, 0, -1 do
    lines[#lines + 1] = string.format("    if power > %d then base = base + %d * not_above(numbers[base + %d], number) end\n", 2 ^ step,
        2 ^ step, 2 ^ step - 1)
end

lines[#lines + 1] = [[
    return base + not_above(numbers[base], number)
end
]]

--- How many numbers of an ascending array are not above a number.
-- @param numbers int64_t array
-- @param n its length, from 1
-- @param power of _M.power(n)
-- @param number int64_t
_M.count = assert(loadstring(table.concat(lines), "=search"))()

--- The highest power of two that is not above a length; 0 for 0.
function _M.power(n)
    local power = n > 0 and 1 or 0
    while power > 0 and power * 2 <= n do
        power = power * 2
    end
    return power
end

return _M
