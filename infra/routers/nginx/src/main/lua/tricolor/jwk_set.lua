--- Whose tokens count, and by which keys: of a file, or as an identity provider publishes them (RFC 7517), there where it says or where its
-- OpenID configuration does. The worker that fetches keeps the last good set on disk and in shared memory; every worker reads it from there.
-- An empty or broken set never takes the place of one that was good.

local json = require "tricolor.json"
local http = require "tricolor.http"
local files = require "tricolor.files"
local memory = require "tricolor.memory"
local posix = require "tricolor.posix"
local crypto = require "tricolor.crypto"
local settings = require "tricolor.settings"

local find, match, gsub, sub, char, byte, rep, concat = string.find, string.match, string.gsub, string.sub, string.char, string.byte,
    string.rep, table.concat
local now = ngx.now

local shared = ngx.shared.tricolor

local _M = {}

local WELL_KNOWN = "/.well-known/openid-configuration"
local SMALLEST_RSA = 256
-- AlgorithmIdentifier of rsaEncryption; those of the curves, and how long a coordinate is.
local RSA = "\48\13\6\9\42\134\72\134\247\13\1\1\1\5\0"
local EC = "\6\7\42\134\72\206\61\2\1"
local CURVES = {
    ["P-256"] = {name = "\6\8\42\134\72\206\61\3\1\7", size = 32},
    ["P-384"] = {name = "\6\5\43\129\4\0\34", size = 48},
    ["P-521"] = {name = "\6\5\43\129\4\0\35", size = 66}
}

-- Bytes of a text in base64url without padding; nil when it is none.
local function decoded(text)
    if type(text) ~= "string" or text == "" or find(text, "[^%w_-]") then
        return nil
    end
    text = gsub(text, "[-_]", {["-"] = "+", ["_"] = "/"})
    return ngx.decode_base64(text .. rep("=", -#text % 4))
end

_M.decoded = decoded

local function der(tag, content)
    local length = #content
    local head
    if length < 128 then
        head = char(length)
    elseif length < 256 then
        head = "\129" .. char(length)
    else
        head = "\130" .. char((length - length % 256) / 256, length % 256)
    end
    return char(tag) .. head .. content
end

local function der_integer(bytes)
    return der(2, byte(bytes, 1) >= 128 and "\0" .. bytes or bytes)
end

-- SubjectPublicKeyInfo of a key; nil when it is not for us, false when it is broken.
local function encoded(jwk)
    if jwk.kty == "RSA" then
        local modulus, exponent = decoded(jwk.n), decoded(jwk.e)
        if not modulus or not exponent then
            return false
        end
        modulus, exponent = gsub(modulus, "^%z+", ""), gsub(exponent, "^%z+", "")
        if exponent == "" then
            return false
        elseif #modulus < SMALLEST_RSA or #modulus > 4 * SMALLEST_RSA then
            return nil
        end
        return der(48, RSA .. der(3, "\0" .. der(48, der_integer(modulus) .. der_integer(exponent))))
    elseif jwk.kty == "EC" and type(jwk.crv) == "string" and CURVES[jwk.crv] then
        local curve = CURVES[jwk.crv]
        local x, y = decoded(jwk.x), decoded(jwk.y)
        return x and y and #x == curve.size and #y == curve.size and der(48, der(48, EC .. curve.name) .. der(3, "\0\4" .. x .. y)) or false
    end
    return nil
end

local function text_or_nil(value)
    if value == json.null then
        return nil
    end
    return value
end

-- What is published besides keys for signatures is nothing to us.
local function is_for_us(jwk)
    local use, algorithm = text_or_nil(jwk.use), text_or_nil(jwk.alg)
    return (jwk.kty == "RSA" or jwk.kty == "EC") and (use == nil or use == "sig") and (algorithm == nil or crypto.is_algorithm(algorithm))
end

local PUBLIC = {RSA = {"kty", "n", "e"}, EC = {"kty", "crv", "x", "y"}}

local function canonical(jwk, name)
    local algorithm = text_or_nil(jwk.alg)
    local parts = {name and '"kid":' .. json.string(name) or nil}
    if algorithm then
        parts[#parts + 1] = '"alg":' .. json.string(algorithm)
    end
    for _, member in ipairs(PUBLIC[jwk.kty]) do
        parts[#parts + 1] = '"' .. member .. '":' .. json.string(jwk[member])
    end
    return "{" .. concat(parts, ",") .. "}"
end

--- Reads a set.
-- @return keys that tokens can be verified with, a list of {key, kind, algorithm, name}, published; and their public members, as JSON; or nil
--   and what is wrong
function _M.read(text)
    local set, why = json.read(text)
    if not set then
        return nil, "no JSON: " .. why
    end
    local published = json.is_object(set) and set.keys
    if not json.is_array(published) then
        return nil, "no JWK set"
    end
    local keys, texts = {published = true}, {}
    for i = 1, published.n do
        local jwk = published[i]
        if not json.is_object(jwk) or type(jwk.kty) ~= "string" then
            return nil, "key " .. i .. " is none"
        end
        if is_for_us(jwk) then
            local name = text_or_nil(jwk.kid)
            if name ~= nil and type(name) ~= "string" then
                return nil, "the kid of key " .. i .. " is no text"
            end
            local bytes = encoded(jwk)
            if bytes == false then
                return nil, "key " .. i .. " is broken"
            elseif bytes then
                local read = crypto.public_keys("-----BEGIN PUBLIC KEY-----\n" .. gsub(ngx.encode_base64(bytes), rep(".", 64), "%0\n")
                    .. "\n-----END PUBLIC KEY-----")
                if not read then
                    return nil, "key " .. i .. " is broken"
                end
                keys[#keys + 1] = {key = read[1].key, kind = read[1].kind, algorithm = text_or_nil(jwk.alg), name = name}
                texts[#texts + 1] = canonical(jwk, name)
            end
        end
    end
    if #keys == 0 then
        return nil, "no key in it is for signatures by RSA or an elliptic curve"
    end
    return keys, "[" .. concat(texts, ",") .. "]"
end

local function directory()
    return settings.state_dir .. "/keys"
end

-- A URL with what is asked for there; nil when it is none.
local function target(url)
    local origin, path = match(url, "^(https?://[^/?#]+)([^#]*)$")
    local base = origin and http.parse(origin)
    return base and {base = base, path = sub(path, 1, 1) == "/" and path or "/" .. path, url = url} or nil
end

--- Those whose keys are published.
_M.published = {}

--- Whom to believe, and about whom.
-- @param whose name of those that the tokens are of
-- @param options public_key: file; jwk_set_uri, or else an issuer that is a URL; audience; refresh, pause: how old the keys may
--   become and the least time between two readings, in seconds; setting: how their names begin; is_strict: whether a token must expire and have a
--   subject
function _M.new(whose, options)
    local self = {
        whose = whose,
        issuer = options.issuer,
        audience = options.audience,
        is_strict = options.is_strict,
        -- None yet.
        keys = {published = true}
    }
    if options.public_key then
        local pem, why = posix.read_file(options.public_key)
        local keys
        if pem then
            keys, why = crypto.public_keys(pem)
        end
        if not keys then
            error(options.setting .. ".public-key: " .. options.public_key .. ": " .. why, 0)
        end
        self.keys = keys
        return self
    end

    local discovers = options.jwk_set_uri == nil
    local url = options.jwk_set_uri or gsub(options.issuer, "/*$", "", 1) .. WELL_KNOWN
    local source = target(url)
    if not source then
        error(options.setting .. (discovers and ".issuer" or ".jwk-set-uri") .. " is no http URL: " .. url, 0)
    end
    local prefix, file = whose .. "_jwk", (whose == "users" and "" or whose .. "-") .. "jwk-set.json"
    local set, set_at, set_mark, set_of = prefix, prefix .. "_at", prefix .. "_mark", prefix .. "_of"
    local asked, failed, wanted = prefix .. "_asked", prefix .. "_failed", prefix .. "_wanted"
    local mark
    _M.published[#_M.published + 1] = self

    --- Where the keys come from.
    self.url = url

    local function publish(text, at)
        memory.put(shared, set_at, at)
        if shared:get(set) ~= text then
            local ok, why = memory.put(shared, set, text)
            if not ok then
                return nil, why
            end
            memory.raise(shared, set_mark)
        end
        return true
    end

    --- Takes over the newest keys. Cheap when there are none.
    function self.sync()
        local newest = shared:get(set_mark)
        if newest and newest ~= mark then
            mark = newest
            local keys, why = _M.read('{"keys":' .. (shared:get(set) or "") .. "}")
            if keys then
                self.keys = keys
            else
                ngx.log(ngx.ERR, "this worker cannot read the keys of tokens of ", whose, ": ", why)
            end
        end
    end

    --- A token names a key that is not known, or there is none yet: the set is fetched, but not all the time.
    function self.want()
        memory.put(shared, wanted, true)
    end

    --- Whether the set is to be fetched now. Failures are repeated after the shortest pause.
    function self.is_due()
        local last = shared:get(asked)
        local time = now()
        if not last or last > time then
            return true
        elseif time - last < options.pause then
            return false
        end
        return shared:get(wanted) or shared:get(failed) or time - last >= options.refresh
    end

    --- The set is asked for from now on.
    function self.begin()
        shared:delete(wanted)
        memory.put(shared, asked, now())
        memory.put(shared, failed, true)
    end

    --- Whether newer keys may come at any moment.
    function self.is_coming()
        return self.is_due() or shared:get(failed)
    end

    -- Puts an answer in the place of what was known before; nil and why it is not good enough for that.
    local function take(text)
        local keys, public = _M.read(text)
        if not keys then
            return nil, "answered with " .. public
        end
        local at = now()
        local known = shared:get(set)
        local ok, why = publish(public, at)
        if not ok then
            return nil, why
        end
        shared:delete(failed)
        if known ~= public then
            ngx.log(ngx.NOTICE, "keys of tokens of ", whose, ": ", #keys)
        end
        ok, why = files.write(directory(), file, '{"uri":' .. json.string(url) .. ',"fetchedAt":'
            .. string.format("%.3f", at) .. ',"keys":' .. public .. "}")
        if not ok then
            ngx.log(ngx.WARN, "keys of tokens cannot be kept on disk: ", why)
        end
        return true
    end

    -- Where the keys are, by the OpenID configuration of the issuer.
    local function discovered(text)
        local configuration, why = json.read(text)
        if not json.is_object(configuration) then
            return nil, "its OpenID configuration is no JSON object: " .. tostring(why)
        elseif configuration.issuer ~= options.issuer then
            return nil, "its OpenID configuration is of another issuer"
        end
        local place = type(configuration.jwks_uri) == "string" and target(configuration.jwks_uri)
        if not place then
            return nil, "its OpenID configuration says not where the keys are"
        end
        return place
    end

    --- Reads the keys anew.
    -- @param get reads what is at a base and a path; nil and why not
    -- @return true; nil and why the keys before stay
    function self.fetch(get)
        local text, why = get(source.base, source.path)
        if text and discovers then
            local place
            place, why = discovered(text)
            text = nil
            if place then
                text, why = get(place.base, place.path)
            end
        end
        if not text then
            return nil, why
        end
        return take(text)
    end

    --- Seconds since the set was fetched, nil for never.
    function self.age()
        local at = shared:get(set_at)
        return at and math.max(0, now() - at)
    end

    -- What an earlier run left on disk; in the master, at the start and at a reload.
    local ok, why = posix.make_directories(directory())
    if not ok then
        error("the state directory cannot be used (tricolor.nginx.state-dir): " .. why, 0)
    end
    if shared:get(set_of) ~= url then
        -- Keys of another provider are no longer trusted.
        for _, key in ipairs {set, set_at, asked, failed, wanted} do
            shared:delete(key)
        end
        memory.put(shared, set_of, url)
        local text = posix.read_file(directory() .. "/" .. file)
        local kept = text and json.read(text)
        if json.is_object(kept) and kept.uri == url then
            local keys, public = _M.read(text)
            if keys then
                publish(public, tonumber(json.number(kept.fetchedAt) or "") or 0)
                ngx.log(ngx.NOTICE, "keys of tokens of ", whose, " from disk: ", #keys)
            else
                ngx.log(ngx.WARN, "keys of tokens of ", whose, " cannot be read from disk: ", public)
            end
        end
    end
    self.sync()
    return self
end

--- Takes over the newest keys of all.
function _M.sync()
    for i = 1, #_M.published do
        _M.published[i].sync()
    end
end

return _M
