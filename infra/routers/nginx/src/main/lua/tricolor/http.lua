--- A small HTTP/1.1 client on cosockets: one request a connection at a time, answers with a length, in chunks or until the end.
-- Waiting for an answer is cut into short pieces, so that a long poll is given up as soon as nobody wants it any more.

local find, sub, match, lower, gmatch = string.find, string.sub, string.match, string.lower, string.gmatch
local concat = table.concat
local now = ngx.now

local settings = require "tricolor.settings"

local _M = {}

local CONNECT, SEND, PIECE = 2000, 5000, 250
local LONGEST_HEAD = 65536
local MOST_FIELDS = 200
local LONGEST_BODY = 64 * 1024 * 1024

--- Scheme, host, port and path in front of http://host:port/path, and the text without a slash at the end; nil when it is no such URL.
function _M.parse(url)
    local scheme, authority, path = match(url, "^(https?)://([^/?#]+)([^?#]*)$")
    if not scheme then
        return nil
    end
    local host, port = match(authority, "^(%[[%x:.]+%]):?(%d*)$")
    if not host then
        host, port = match(authority, "^([^:%[%]@]+):?(%d*)$")
    end
    if not host then
        return nil
    end
    return {
        scheme = scheme,
        host = host == "localhost" and "127.0.0.1" or host,
        port = tonumber(port) or (scheme == "https" and 443 or 80),
        authority = authority,
        name = host,
        path = match(path, "^(.-)/*$"),
        url = match(url, "^(.-)/*$")
    }
end

-- What comes in on a connection.
local function reader(socket, deadline, wanted)
    local self = {buffer = "", ended = false}

    -- More bytes; nil and why not.
    function self.more()
        if self.ended then
            return nil, "closed"
        end
        while true do
            -- Also of an answer that comes in drops.
            if now() >= deadline then
                return nil, "timeout"
            end
            local data, why = socket:receiveany(65536)
            if data then
                self.buffer = self.buffer == "" and data or self.buffer .. data
                return true
            elseif why ~= "timeout" then
                self.ended = true
                return nil, why
            elseif not wanted() then
                return nil, "abandoned"
            end
        end
    end

    function self.line()
        local from = 1
        while true do
            local stop = find(self.buffer, "\r?\n", from)
            if stop then
                local _, last = find(self.buffer, "\r?\n", stop)
                local line = sub(self.buffer, 1, stop - 1)
                self.buffer = sub(self.buffer, last + 1)
                return line
            end
            from = math.max(1, #self.buffer)
            if #self.buffer > LONGEST_HEAD then
                return nil, "a line is too long"
            end
            local ok, why = self.more()
            if not ok then
                return nil, why
            end
        end
    end

    -- Hands exactly so many bytes to the sink, in parts.
    function self.exactly(count, sink)
        while count > 0 do
            if self.buffer == "" then
                local ok, why = self.more()
                if not ok then
                    return nil, why
                end
            end
            local part = self.buffer
            if #part > count then
                part = sub(part, 1, count)
                self.buffer = sub(self.buffer, count + 1)
            else
                self.buffer = ""
            end
            count = count - #part
            local ok, why = sink(part)
            if not ok then
                return nil, why
            end
        end
        return true
    end

    return self
end

local function read_chunks(input, sink)
    while true do
        local line, why = input.line()
        if not line then
            return nil, why
        end
        local size = match(line, "^%s*(%x+)")
        if not size or #size > 8 then
            return nil, "a broken chunk"
        end
        size = tonumber(size, 16)
        local ok
        if size == 0 then
            repeat
                line, why = input.line()
                if not line then
                    return nil, why
                end
            until line == ""
            return true
        end
        ok, why = input.exactly(size, sink)
        if not ok then
            return nil, why
        end
        line, why = input.line()
        if line ~= "" then
            return nil, why or "a broken chunk"
        end
    end
end

local function read_answer(input, method, sink)
    local status, fields
    repeat
        local line, why = input.line()
        if not line then
            return nil, why
        end
        status = tonumber(match(line, "^HTTP/1%.[01] (%d%d%d)"))
        if not status then
            return nil, "no HTTP"
        end
        fields = {}
        local lines = 0
        while true do
            line, why = input.line()
            lines = lines + 1
            if not line then
                return nil, why
            elseif line == "" then
                break
            elseif lines > MOST_FIELDS then
                return nil, "too many header fields"
            end
            local name, value = match(line, "^([^:%s]+):%s*(.-)%s*$")
            if name then
                fields[lower(name)] = value
            end
        end
    until status >= 200
    local parts, size = {}, 0
    local collect = status == 200 and sink or function(part)
        size = size + #part
        if size > LONGEST_BODY then
            return nil, "the answer is too long"
        end
        parts[#parts + 1] = part
        return true
    end
    local keep = lower(fields.connection or "") ~= "close"
    local ok, why = true, nil
    if method ~= "HEAD" and status ~= 204 and status ~= 304 then
        if lower(fields["transfer-encoding"] or "") == "chunked" then
            ok, why = read_chunks(input, collect)
        elseif fields["content-length"] then
            ok, why = input.exactly(tonumber(fields["content-length"]) or 0, collect)
        else
            keep = false
            while ok do
                if input.buffer ~= "" then
                    local part = input.buffer
                    input.buffer = ""
                    ok, why = collect(part)
                else
                    local more
                    more, why = input.more()
                    if not more then
                        ok = why == "closed"
                        break
                    end
                end
            end
        end
    end
    if not ok then
        return nil, why
    end
    return {status = status, headers = fields, body = concat(parts), keep = keep and input.buffer == ""}
end

--- Sends a request and waits for the answer.
-- @param base of parse; shown: the certificate that the other side is shown
-- @param options method, path, body, token, consul_token, timeout in seconds for the whole answer, wanted: asked now and then, false gives up;
--   sink: takes the parts of a 200's body and says whether it wants more
-- @return {status, headers, body}; or nil and why not
function _M.request(base, options)
    local method = options.method or "GET"
    local deadline = now() + (options.timeout or 5)
    local socket = ngx.socket.tcp()
    socket:settimeouts(CONNECT, SEND, PIECE)
    local ok, why = socket:connect(base.host, base.port)
    if not ok then
        return nil, "cannot connect to " .. base.authority .. ": " .. tostring(why)
    end
    if base.scheme == "https" then
        socket:settimeouts(CONNECT, SEND, SEND)
        ok = true
        if base.shown then
            ok, why = base.shown.to(socket)
        end
        if ok then
            ok, why = socket:sslhandshake(nil, base.name, true)
        end
        if not ok then
            socket:close()
            return nil, "no TLS with " .. base.authority .. ": " .. tostring(why)
        end
        socket:settimeouts(CONNECT, SEND, PIECE)
    end
    local head = {
        method, " ", base.path, options.path, " HTTP/1.1\r\nHost: ", base.authority, "\r\nUser-Agent: tricolor-nginx\r\n",
        options.token and "Authorization: Bearer " .. options.token .. "\r\n" or "",
        options.consul_token and "X-Consul-Token: " .. options.consul_token .. "\r\n" or "",
        options.body and "Content-Type: application/json\r\nContent-Length: " .. #options.body .. "\r\n" or "",
        "\r\n", options.body or ""
    }
    ok, why = socket:send(head)
    if not ok then
        socket:close()
        return nil, "cannot send to " .. base.authority .. ": " .. tostring(why)
    end
    local answer
    local input = reader(socket, deadline, options.wanted or function() return true end)
    answer, why = read_answer(input, method, options.sink)
    if not answer then
        socket:close()
        return nil, base.authority .. ": " .. tostring(why)
    end
    if answer.keep then
        socket:setkeepalive(5000, 32)
    else
        socket:close()
    end
    return answer
end

-- A token in a file, read for every call so that it can be renewed; nil when none is configured.
local function read_token(name)
    if not name then
        return nil
    end
    local file = io.open(name, "rb")
    if not file then
        return nil
    end
    local token = match(file:read("*a") or "", "^%s*(.-)%s*$")
    file:close()
    return token ~= "" and not find(token, "[%c ]") and token or nil
end

--- The bearer token for strategy-service.
function _M.token()
    return read_token(settings.token_file)
end

--- The ACL token for Consul.
function _M.consul_token()
    return read_token(settings.consul_token_file)
end

return _M
