--- A directory of small files, each replaced as a whole and durable when a call returns. For one writer at a time.

local posix = require "tricolor.posix"

local _M = {}

local function sync_directory(directory)
    local fd, why = posix.open(directory, posix.O_RDONLY)
    if not fd then
        return nil, why
    end
    local ok
    ok, why = posix.fsync(fd)
    posix.close(fd)
    return ok, why
end

_M.sync_directory = sync_directory

--- Replaces a file; nil and why not.
function _M.write(directory, name, content)
    local temporary = directory .. "/" .. name .. ".tmp"
    local fd, why = posix.open(temporary, posix.O_WRONLY + posix.O_CREAT + posix.O_TRUNC)
    if not fd then
        return nil, why
    end
    local ok
    ok, why = posix.write(fd, content)
    if ok then
        ok, why = posix.fsync(fd)
    end
    posix.close(fd)
    if not ok then
        return nil, temporary .. ": " .. tostring(why)
    end
    ok, why = posix.rename(temporary, directory .. "/" .. name)
    if not ok then
        return nil, why
    end
    return sync_directory(directory)
end

function _M.delete(directory, name)
    posix.unlink(directory .. "/" .. name)
    return sync_directory(directory)
end

--- Names of the files with a suffix, without it.
function _M.names(directory, suffix)
    local names = {}
    for _, name in ipairs(posix.list(directory)) do
        if #name > #suffix and string.sub(name, -#suffix) == suffix then
            names[#names + 1] = string.sub(name, 1, -#suffix - 1)
        end
    end
    table.sort(names)
    return names
end

return _M
