--- The few calls of the system and of the C library that Lua does not have. Linux, 64 bit.

local ffi = require "ffi"
local bit = require "bit"

local C = ffi.C

ffi.cdef [[
int open(const char *path, int flags, unsigned int mode);
int close(int fd);
ssize_t write(int fd, const void *buffer, size_t count);
ssize_t read(int fd, void *buffer, size_t count);
int fsync(int fd);
int rename(const char *from, const char *to);
int unlink(const char *path);
int mkdir(const char *path, unsigned int mode);
int flock(int fd, int operation);
int kill(int pid, int signal);
int getpid(void);
int getppid(void);
int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset);
int munmap(void *address, size_t length);
int64_t lseek(int fd, int64_t offset, int whence);
typedef struct tricolor_dir tricolor_dir;
tricolor_dir *opendir(const char *path);
int closedir(tricolor_dir *directory);
struct tricolor_dirent { uint64_t inode; int64_t offset; unsigned short length; unsigned char type; char name[256]; };
struct tricolor_dirent *readdir(tricolor_dir *directory);
char *strerror(int number);
int memcmp(const void *one, const void *other, size_t count);
size_t strcspn(const char *text, const char *stop);
int64_t strtol(const char *text, char **stop, int base);
]]

local _M = {}

_M.O_RDONLY, _M.O_WRONLY, _M.O_RDWR, _M.O_CREAT, _M.O_TRUNC, _M.O_CLOEXEC = 0, 1, 2, 64, 512, 524288

local LOCK_EX, LOCK_NB = 2, 4
local PR_SET_PDEATHSIG = 1
local PROT_READ, MAP_PRIVATE = 1, 2

--- What went wrong in the last call.
function _M.error()
    return ffi.string(C.strerror(ffi.errno()))
end

--- Opens a file; nil and why not.
function _M.open(path, flags)
    local fd = C.open(path, bit.bor(flags, _M.O_CLOEXEC), 384)
    if fd < 0 then
        return nil, path .. ": " .. _M.error()
    end
    return fd
end

function _M.close(fd)
    C.close(fd)
end

--- Writes all of it; nil and why not.
function _M.write(fd, data)
    local done, length = 0, #data
    local pointer = ffi.cast("const char *", data)
    while done < length do
        local n = tonumber(C.write(fd, pointer + done, length - done))
        if n < 0 then
            return nil, _M.error()
        end
        done = done + n
    end
    return true
end

function _M.fsync(fd)
    if C.fsync(fd) ~= 0 then
        return nil, _M.error()
    end
    return true
end

--- The whole of a file; nil and why not.
function _M.read_file(path)
    local file, why = io.open(path, "rb")
    if not file then
        return nil, why
    end
    local content = file:read("*a")
    file:close()
    if not content then
        return nil, path .. " cannot be read"
    end
    return content
end

function _M.size(fd)
    return tonumber(C.lseek(fd, 0, 2))
end

function _M.rename(from, to)
    if C.rename(from, to) ~= 0 then
        return nil, to .. ": " .. _M.error()
    end
    return true
end

function _M.unlink(path)
    C.unlink(path)
end

--- Makes a directory and those above it.
function _M.make_directories(path)
    local at = 1
    while true do
        local slash = string.find(path, "/", at + 1, true)
        C.mkdir(slash and string.sub(path, 1, slash - 1) or path, 448)
        if not slash then
            break
        end
        at = slash
    end
    local directory = C.opendir(path)
    if directory == nil then
        return nil, path .. ": " .. _M.error()
    end
    C.closedir(directory)
    return true
end

--- Names in a directory.
function _M.list(path)
    local names = {}
    local directory = C.opendir(path)
    if directory == nil then
        return names
    end
    while true do
        local entry = C.readdir(directory)
        if entry == nil then
            break
        end
        names[#names + 1] = ffi.string(entry.name)
    end
    C.closedir(directory)
    return names
end

--- Whether this process now has the lock on an open file; it ends with the process or with the file's close.
function _M.try_lock(fd)
    return C.flock(fd, LOCK_EX + LOCK_NB) == 0
end

--- When a process started, in ticks since the machine did; nil when there is no such process.
function _M.start_of(pid)
    local stat = _M.read_file("/proc/" .. pid .. "/stat")
    -- The name in the second field may hold anything; the last bracket ends it. Start is field 22.
    local rest = stat and string.match(stat, ".*%) (.*)")
    if not rest then
        return nil
    end
    local n = 0
    for field in string.gmatch(rest, "%S+") do
        n = n + 1
        if n == 1 and field == "Z" then
            return nil
        elseif n == 20 then
            return field
        end
    end
    return nil
end

--- Whether a process runs that started then; where there is no /proc, whether one of that number runs.
-- @param start of start_of, or "0"
function _M.runs(pid, start)
    if start == "0" then
        return C.kill(tonumber(pid), 0) == 0
    end
    return _M.start_of(pid) == start
end

--- Sends a signal to this process when its parent ends.
function _M.signal_at_parents_death(signal)
    C.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
end

function _M.pid()
    return C.getpid()
end

function _M.parent()
    return C.getppid()
end

--- Maps a file for reading; nil and why not. It is unmapped when nothing holds the pointer any more.
function _M.map(path, length)
    local fd, why = _M.open(path, _M.O_RDONLY)
    if not fd then
        return nil, why
    end
    local size = _M.size(fd)
    if size ~= length then
        _M.close(fd)
        return nil, path .. " has " .. size .. " bytes, not " .. length
    end
    local address = C.mmap(nil, length, PROT_READ, MAP_PRIVATE, fd, 0)
    local failed = ffi.cast("intptr_t", address) == -1
    why = failed and _M.error() or nil
    _M.close(fd)
    if failed then
        return nil, path .. " cannot be mapped: " .. why
    end
    return ffi.gc(ffi.cast("const int64_t *", address), function(pointer)
        C.munmap(ffi.cast("void *", pointer), length)
    end)
end

return _M
