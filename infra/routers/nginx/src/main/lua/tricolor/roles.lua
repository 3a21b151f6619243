--- Roles in the claims of a token of whom operates the suite, read as the services read them.

local json = require "tricolor.json"
local jwt = require "tricolor.jwt"
local settings = require "tricolor.settings"

local _M = {}

-- Every role of a person includes that of a viewer.
local PEOPLE = {viewer = true, operator = true, approver = true, ["config-editor"] = true, ["config-publisher"] = true, admin = true}

-- A list of texts, or one text with spaces between them.
local function texts(value)
    local all = {}
    if type(value) == "string" then
        for name in string.gmatch(value, "%S+") do
            all[#all + 1] = name
        end
    elseif json.is_array(value) then
        for i = 1, value.n do
            all[#all + 1] = type(value[i]) == "string" and value[i] or nil
        end
    end
    return all
end

--- Whether claims are of somebody who may see how the router is: a person, or a service of the suite.
function _M.may_look(claims)
    local mapping = settings.role_mapping
    for _, name in ipairs(texts(jwt.at(claims, settings.roles_claim))) do
        for _, role in ipairs(mapping == nil and {name} or mapping[name] or {}) do
            if PEOPLE[role] or role == "service" then
                return true
            end
        end
    end
    return false
end

return _M
