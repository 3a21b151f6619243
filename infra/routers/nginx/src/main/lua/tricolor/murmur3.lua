--- MurmurHash3, variant x86 32-bit, seed 0, by Austin Appleby (SMHasher, public domain). Not for secrets.

local ffi = require "ffi"
local bit = require "bit"

local band, bxor, rol, rshift, lshift, tobit = bit.band, bit.bxor, bit.rol, bit.rshift, bit.lshift, bit.tobit

local _M = {}

-- The product of two 32-bit numbers modulo 2^32. A plain product would lose digits above 2^53, the two partial ones stay below 2^49.
local function multiply(a, b)
    return tobit(band(a, 0xffff) * b + lshift(band(rshift(a, 16) * b, 0xffff), 16))
end

local function scramble(k)
    return multiply(rol(multiply(k, 0xcc9e2d51), 15), 0x1b873593)
end

--- Hash of the first length bytes; from 0 to 2^32 - 1.
-- @param bytes uint8_t pointer or array
function _M.hash(bytes, length)
    local h = 0
    local blocks = length - length % 4
    for i = 0, blocks - 4, 4 do
        local k = bytes[i] + lshift(bytes[i + 1], 8) + lshift(bytes[i + 2], 16) + bytes[i + 3] * 0x1000000
        h = tobit(multiply(rol(bxor(h, scramble(tobit(k))), 13), 5) + 0xe6546b64)
    end
    local tail = 0
    for i = length - 1, blocks, -1 do
        tail = lshift(tail, 8) + bytes[i]
    end
    h = bxor(h, scramble(tail), length)
    h = multiply(bxor(h, rshift(h, 16)), 0x85ebca6b)
    h = multiply(bxor(h, rshift(h, 13)), 0xc2b2ae35)
    h = bxor(h, rshift(h, 16))
    return h < 0 and h + 4294967296 or h
end

--- Hash of a text; for tests and where speed is of no matter.
function _M.of(text)
    return _M.hash(ffi.cast("const uint8_t *", text), #text)
end

return _M
