--- Claims of a bearer token that verifies, by RSA or an elliptic curve, by the keys that the router is configured with.

local json = require "tricolor.json"
local crypto = require "tricolor.crypto"
local jwk_set = require "tricolor.jwk_set"
local ids = require "tricolor.ids"
local metrics = require "tricolor.metrics"
local settings = require "tricolor.settings"

local match, sub, byte = string.match, string.sub, string.byte
local decoded = jwk_set.decoded

local _M = {}

local LONGEST = 16384
local MOST = 1000
-- Clocks differ.
local SKEW = 60
local TYPES = {JWT = true, ["AT+JWT"] = true}

-- Tokens that were checked, in two generations, so that memory stays bounded and the busy ones stay known.
local young, old, count = {}, {}, 0
-- The keys that they were checked with.
local keys

local function object(part)
    local text = decoded(part)
    local value = text and json.read(text)
    return value and json.is_object(value) and value or nil
end

-- The time that a claim names; nil when there is none, false when it is no number.
local function time(value)
    if value == nil or value == json.null then
        return nil
    end
    return tonumber(json.number(value) or "") or false
end

-- Whether the claim is the text, or a list that holds it.
local function names(claim, text)
    if claim == text then
        return true
    elseif json.is_array(claim) then
        for i = 1, claim.n do
            if claim[i] == text then
                return true
            end
        end
    end
    return false
end

local function is_ours(claims)
    return (not settings.issuer or claims.iss == settings.issuer) and (not settings.audience or names(claims.aud, settings.audience))
end

-- A key in a file has no name: every token may be signed by it, however that calls its key.
local function fits(one, header)
    return crypto.fits(one, header.alg) and (not keys.published or header.kid == nil or header.kid == one.name)
end

-- Whether a published key is missing that another fetch may bring.
local function lacks_key(name)
    for i = 1, #keys do
        if name == nil or keys[i].name == name then
            return false
        end
    end
    return true
end

-- What is in a token, false when it does not verify, nil when its key is not known yet.
local function check(token)
    local head, body, signature = match(token, "^([^.]+)%.([^.]+)%.([^.]+)$")
    if not head then
        return false
    end
    local header = object(head)
    local raw = decoded(signature)
    if not header or not raw or header.crit ~= nil then
        return false
    elseif header.typ ~= nil and not (type(header.typ) == "string" and TYPES[string.upper(header.typ)]) then
        return false
    end
    if header.kid == json.null then
        header.kid = nil
    elseif header.kid ~= nil and type(header.kid) ~= "string" then
        return false
    end
    if keys.published and lacks_key(header.kid) then
        jwk_set.want()
        return nil
    end
    for _, one in ipairs(keys) do
        if fits(one, header) and crypto.verify(one, header.alg, head .. "." .. body, raw) then
            local claims = object(body)
            if not claims or not is_ours(claims) then
                return false
            end
            local expires, begins = time(claims.exp), time(claims.nbf)
            if expires == false or begins == false then
                return false
            end
            return {claims = claims, expires = expires, begins = begins}
        end
    end
    return false
end

local NONE = {}

local function known(token)
    local current = settings.keys or NONE
    if current ~= keys then
        keys = current
        young, old, count = {}, {}, 0
    end
    local result = young[token]
    if result == nil then
        result = old[token]
        if result == nil then
            result = check(token)
            if result == nil then
                return nil
            end
        end
        count = count + 1
        if count > MOST then
            young, old, count = {}, young, 1
        end
        young[token] = result
    end
    return result
end

--- The verified and valid claims of a request; nil when it has none.
-- @param authorization value of the header
function _M.claims(authorization)
    local token = authorization and match(authorization, "^[Bb][Ee][Aa][Rr][Ee][Rr] +([^ ]+) *$")
    if not token or #token > LONGEST then
        return nil
    end
    local result = known(token)
    local now = ngx.time()
    if not result or (result.expires and now > result.expires + SKEW) or (result.begins and now < result.begins - SKEW) then
        metrics.token_unverified()
        return nil
    end
    return result.claims
end

--- What is at a path in the claims. A member whose name has dots comes before a way through objects, at every level.
function _M.at(object, path)
    local whole = object[path]
    if whole ~= nil and whole ~= json.null then
        return whole
    end
    for dot = #path - 1, 2, -1 do
        if byte(path, dot) == 46 then
            local inner = object[sub(path, 1, dot - 1)]
            local found = inner and json.is_object(inner) and _M.at(inner, sub(path, dot + 1))
            if found then
                return found
            end
        end
    end
    return nil
end

--- A claim as a text: a string, or an integer within int64; nil for anything else.
function _M.text(value)
    if type(value) == "string" then
        return value
    end
    local number = json.number(value)
    return number and ids.int64(number) and number or nil
end

return _M
