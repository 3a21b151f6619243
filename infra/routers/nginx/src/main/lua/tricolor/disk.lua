--- What waits for the disk. Runs in a thread beside the worker where nginx has threads, so it uses nothing of the worker.

local posix = require "tricolor.posix"

local _M = {}

local function sync(path, flags)
    local fd, why = posix.open(path, flags)
    if not fd then
        return nil, why
    end
    local ok
    ok, why = posix.fsync(fd)
    posix.close(fd)
    return ok, why and path .. ": " .. why
end

--- Makes the content of a file durable and gives it its name, in the place of a file that had it.
-- @return true; or nil and why not
function _M.put_in_place(directory, temporary, name)
    local ok, why = sync(directory .. "/" .. temporary, posix.O_RDWR)
    if ok then
        ok, why = posix.rename(directory .. "/" .. temporary, directory .. "/" .. name)
    end
    if ok then
        ok, why = sync(directory, posix.O_RDONLY)
    end
    return ok, why
end

--- Deletes a file for good.
function _M.delete(directory, name)
    posix.unlink(directory .. "/" .. name)
    return sync(directory, posix.O_RDONLY)
end

return _M
