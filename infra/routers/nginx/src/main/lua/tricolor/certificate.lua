--- A certificate that the router shows to whom it calls, with its private key, both PEM files. They are read for every connection, so that they
-- can be renewed; while they cannot be read the ones before stay.

local ssl = require "ngx.ssl"
local posix = require "tricolor.posix"

local _M = {}

-- The certificate and the key of two texts; nil and what is wrong.
local function parsed(certificate_text, key_text)
    local certificate, why = ssl.parse_pem_cert(certificate_text)
    if not certificate then
        return nil, why
    end
    local key
    key, why = ssl.parse_pem_priv_key(key_text)
    if not key then
        return nil, why
    end
    return {certificate = certificate, key = key}
end

--- A certificate, by the names of its files.
function _M.new(certificate_file, key_file)
    local certificate_text, key_text, good

    local function newest()
        local certificate, why = posix.read_file(certificate_file)
        local key
        if certificate then
            key, why = posix.read_file(key_file)
        end
        if not key then
            return good, why
        elseif good and certificate == certificate_text and key == key_text then
            return good
        end
        local both
        both, why = parsed(certificate, key)
        if both then
            certificate_text, key_text, good = certificate, key, both
        end
        return good, why
    end

    --- Shows it on a connection that is about to begin TLS; nil and why not.
    return {to = function(socket)
        local both, why = newest()
        if not both then
            return nil, "the certificate " .. certificate_file .. " cannot be shown: " .. tostring(why)
        end
        return socket:setclientcert(both.certificate, both.key)
    end}
end

return _M
