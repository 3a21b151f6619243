--- Claims of a bearer token that verifies, by RSA or an elliptic curve, by the keys of whom the router is told to believe (jwk_set).

local json = require "tricolor.json"
local crypto = require "tricolor.crypto"
local jwk_set = require "tricolor.jwk_set"
local ids = require "tricolor.ids"

local find, match, sub, byte = string.find, string.match, string.sub, string.byte
local decoded = jwk_set.decoded

local _M = {}

local LONGEST = 16384
local MOST = 1000
-- Clocks differ.
local SKEW = 60
local TYPES = {JWT = true, ["AT+JWT"] = true}

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

local function is_ours(claims, trust)
    return (not trust.issuer or claims.iss == trust.issuer) and (not trust.audience or names(claims.aud, trust.audience))
        and (not trust.is_strict or (type(claims.sub) == "string" and find(claims.sub, "%S") ~= nil))
end

-- A key in a file has no name: every token may be signed by it, however that calls its key.
local function fits(one, header, keys)
    return crypto.fits(one, header.alg) and (not keys.published or header.kid == nil or header.kid == one.name)
end

-- Whether a published key is missing that another fetch may bring.
local function lacks_key(name, keys)
    for i = 1, #keys do
        if name == nil or keys[i].name == name then
            return false
        end
    end
    return true
end

-- What is in a token, false when it does not verify, nil when its key is not known yet.
local function check(token, trust)
    local keys = trust.keys
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
    if keys.published and lacks_key(header.kid, keys) then
        trust.want()
        return nil
    end
    for _, one in ipairs(keys) do
        if fits(one, header, keys) and crypto.verify(one, header.alg, head .. "." .. body, raw) then
            local claims = object(body)
            if not claims or not is_ours(claims, trust) then
                return false
            end
            local expires, begins = time(claims.exp), time(claims.nbf)
            if expires == false or begins == false or (trust.is_strict and not expires) then
                return false
            end
            return {claims = claims, expires = expires, begins = begins}
        end
    end
    return false
end

local function known(token, trust)
    -- Tokens that were checked, in two generations, so that memory stays bounded and the busy ones stay known, with the keys that they were
    -- checked with.
    local memory = trust.checked
    if not memory or memory.keys ~= trust.keys then
        memory = {keys = trust.keys, young = {}, old = {}, count = 0}
        trust.checked = memory
    end
    local result = memory.young[token]
    if result == nil then
        result = memory.old[token]
        if result == nil then
            result = check(token, trust)
            if result == nil then
                return nil
            end
        end
        memory.count = memory.count + 1
        if memory.count > MOST then
            memory.young, memory.old, memory.count = {}, memory.young, 1
        end
        memory.young[token] = result
    end
    return result
end

--- The verified and valid claims of a request.
-- @param authorization value of the header
-- @param trust of jwk_set.new
-- @return the claims; or nil, whether there is a token, and whether it names a key that is not known yet
function _M.claims(authorization, trust)
    local token = authorization and match(authorization, "^[Bb][Ee][Aa][Rr][Ee][Rr] +([^ ]+) *$")
    if not token or #token > LONGEST then
        return nil, false, false
    end
    local result = known(token, trust)
    local now = ngx.time()
    if not result or (result.expires and now > result.expires + SKEW) or (result.begins and now < result.begins - SKEW) then
        return nil, true, result == nil
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
