--- Directories of files, each replaced as a whole and durable when a call returns. A call may wait for the disk; the worker goes on meanwhile.

local posix = require "tricolor.posix"
local disk = require "tricolor.disk"
local settings = require "tricolor.settings"

local _M = {}

local TURN = 0.002

-- What is done about one file goes one after the other, in the order in which it came: {of the next to come, of the next to go}.
local turns = {}

--- Does something when everything about the file that came before is done.
-- @return what it returns, at most two values
function _M.in_turn(path, action)
    local turn = turns[path] or {0, 0}
    turns[path] = turn
    local mine = turn[1]
    turn[1] = mine + 1
    while turn[2] ~= mine do
        ngx.sleep(TURN)
    end
    local done, ok, why = pcall(action)
    turn[2] = mine + 1
    if turn[1] == turn[2] then
        turns[path] = nil
    end
    if not done then
        error(ok, 0)
    end
    return ok, why
end

local function beside(name, ...)
    if settings.threads then
        local started, ok, why = ngx.run_worker_thread("tricolor", "tricolor.disk", name, ...)
        if started then
            return ok, why
        end
        ngx.log(ngx.WARN, "no thread for the disk, the worker waits for it: ", ok)
    end
    return disk[name](...)
end

--- Makes a file that was written durable and gives it its name.
-- @param temporary its name in the directory so far
-- @return true; or nil and why not
function _M.put_in_place(directory, temporary, name)
    return beside("put_in_place", directory, temporary, name)
end

--- Replaces a file.
-- @return true; or nil and why not
function _M.write(directory, name, content)
    return _M.in_turn(directory .. "/" .. name, function()
        local temporary = name .. ".tmp"
        local fd, why = posix.open(directory .. "/" .. temporary, posix.O_WRONLY + posix.O_CREAT + posix.O_TRUNC)
        if not fd then
            return nil, why
        end
        local ok
        ok, why = posix.write(fd, content)
        posix.close(fd)
        if not ok then
            return nil, directory .. "/" .. temporary .. ": " .. tostring(why)
        end
        return _M.put_in_place(directory, temporary, name)
    end)
end

function _M.delete(directory, name)
    return _M.in_turn(directory .. "/" .. name, function()
        return beside("delete", directory, name)
    end)
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
