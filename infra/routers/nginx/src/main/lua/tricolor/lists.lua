--- Lists of ids that tables refer to by content: sorted int64, little-endian, mapped from files.

local ffi = require "ffi"
local posix = require "tricolor.posix"
local settings = require "tricolor.settings"

local _M = {}

-- Mappings of this worker that something still uses.
local mapped = setmetatable({}, {__mode = "v"})

function _M.directory()
    return settings.state_dir .. "/lists"
end

function _M.path(sha256)
    return _M.directory() .. "/" .. sha256
end

--- Whether a verified list is on disk.
function _M.is_there(list)
    local fd = posix.open(_M.path(list.sha256), posix.O_RDONLY)
    if not fd then
        return false
    end
    local size = posix.size(fd)
    posix.close(fd)
    return size == list.count * 8
end

--- Gives the rules of a compiled table their lists; nil and why not. A mapping lives as long as a table that a request may have pinned.
function _M.attach(compiled)
    for _, list in ipairs(compiled.lists) do
        local mapping = mapped[list.sha256]
        if not mapping then
            local numbers, why = posix.map(_M.path(list.sha256), list.count * 8)
            if not numbers then
                return nil, why
            end
            mapping = {numbers = numbers, count = list.count}
            mapped[list.sha256] = mapping
        elseif mapping.count ~= list.count then
            return nil, "list " .. list.sha256 .. " has " .. mapping.count .. " ids, not " .. list.count
        end
        list.mapping = mapping
        list.numbers = mapping.numbers
    end
    return true
end

--- A check that takes a list in parts: length, order, sha256.
function _M.verification(list)
    local crypto = require "tricolor.crypto"
    local digest = crypto.sha256()
    local bytes, rest = 0, ""
    local before
    local check = {}

    --- Takes the next part; nil and what is wrong.
    function check.take(part)
        digest.update(part)
        bytes = bytes + #part
        if bytes > list.count * 8 then
            return nil, "is longer than " .. list.count .. " ids"
        end
        local data = rest == "" and part or rest .. part
        local count = math.floor(#data / 8)
        local numbers = ffi.new("int64_t[?]", count)
        ffi.copy(numbers, data, count * 8)
        for i = 0, count - 1 do
            if before and numbers[i] <= before then
                return nil, "is not ascending"
            end
            before = numbers[i]
        end
        rest = string.sub(data, count * 8 + 1)
        return true
    end

    --- Whether it was all of the list; nil and what is wrong.
    function check.finish()
        if bytes ~= list.count * 8 then
            return nil, "has " .. bytes .. " bytes, not " .. list.count * 8
        elseif digest.hex() ~= list.sha256 then
            return nil, "has another sha256"
        end
        return true
    end

    return check
end

return _M
