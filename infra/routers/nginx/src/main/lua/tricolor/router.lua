--- What nginx.conf calls at its start and at that of each worker.

local ffi = require "ffi"
local settings = require "tricolor.settings"
local memory = require "tricolor.memory"
local timers = require "tricolor.timers"
local posix = require "tricolor.posix"

local _M = {}

local PULSE = 0.025
-- So long after it was told to end a worker waits for the workers of a new configuration to take over.
local HAND_OVER = 0.3
local SHIFT = 300
local SIGQUIT = 3

local function required(name)
    if settings[name] == nil then
        error("the setting " .. name .. " is missing", 0)
    end
end

-- The phases of a request are compiled whole, each as one trace: the one that writes the request event is longer than the defaults allow.
jit.opt.start("maxrecord=20000", "maxirconst=4000", "maxsnap=2000")

--- In the master, when the configuration is read.
function _M.init(values)
    for name, value in pairs(values) do
        settings[name] = value
    end
    for _, name in ipairs {"router_id", "state_dir", "strategy_url", "consul_url"} do
        required(name)
    end
    local http = require "tricolor.http"
    local instances = {}
    for url in settings.strategy_url:gmatch("[^,]+") do
        instances[#instances + 1] = http.parse(url) or error("tricolor.strategy.url is no http URL: " .. url, 0)
    end
    settings.strategy = require("tricolor.addresses").new(instances)
    settings.consul = http.parse(settings.consul_url)
    if not settings.consul then
        error("tricolor.consul.url is no http URL: " .. settings.consul_url, 0)
    end
    local json = require "tricolor.json"
    for _, name in ipairs {"version", "environment", "organization", "tenant"} do
        settings[name .. "_json"] = json.string(settings[name] or "default")
    end
    local jwk_set = require "tricolor.jwk_set"
    settings.users = values.users and jwk_set.new("users", values.users) or nil
    settings.operators = values.operators and jwk_set.new("operators", values.operators) or nil
    if settings.consul_certificate then
        settings.consul.shown = require("tricolor.certificate").new(settings.consul_certificate, settings.consul_key)
    end
    math.randomseed(ngx.now() * 1000 + posix.pid())
    ngx.shared.tricolor:safe_add("begun", ngx.now())
    require("tricolor.reporter").begin()
    require("tricolor.store").load()
    for _, name in ipairs {"proxy", "fetcher", "management"} do
        require("tricolor." .. name)
    end
end

local seed = ffi.new("uint32_t[1]")

local function randomise()
    local file = io.open("/dev/urandom", "rb")
    local bytes = file and file:read(4)
    if file then
        file:close()
    end
    if bytes and #bytes == 4 then
        ffi.copy(seed, bytes, 4)
        math.randomseed(tonumber(seed[0]))
    else
        math.randomseed(ngx.now() * 1000 + ngx.worker.pid() * 7919)
    end
end

-- The master that this worker was born of.
local master

local lock
-- Whether this worker is the fetcher; whether what it does as such has not ended yet.
local leads, leading = false, false

local next_try, complained_at = 0, nil

local function try_to_lead()
    local why
    if not lock then
        if ngx.now() < next_try then
            return false
        end
        lock, why = posix.open(settings.state_dir .. "/fetcher.lock", posix.O_RDWR + posix.O_CREAT)
        if not lock then
            next_try = ngx.now() + 5
            ngx.log(ngx.ERR, "cannot open the lock of the fetcher: ", why)
            return false
        end
    end
    return posix.try_lock(lock)
end

-- Says so when nobody in this router fetches.
local function complain_without_fetcher()
    local time = ngx.now()
    complained_at = complained_at or time
    if time - math.max(complained_at, ngx.shared.tricolor:get("fetched") or 0) > 15 then
        complained_at = time
        ngx.log(ngx.ERR, "no worker of this router can lock ", settings.state_dir, "/fetcher.lock: does another router use the directory?")
    end
end

local function resign()
    if lock then
        posix.close(lock)
        lock = nil
    end
    leads = false
end

local function guarded(what, ...)
    local ok, why = pcall(what, ...)
    if not ok then
        ngx.log(ngx.ERR, why)
    end
    return ok and why
end

-- Fetches and reports, in one timer after the other, whose memory is given back.
local function work(premature)
    local reporter, fetcher = require "tricolor.reporter", require "tricolor.fetcher"
    local ends = ngx.now() + SHIFT
    local function is_wanted()
        return leads and not ngx.worker.exiting()
    end
    while not premature and is_wanted() do
        guarded(reporter.run, function() return is_wanted() and ngx.now() < ends end)
        if is_wanted() and ngx.now() >= ends then
            if timers.run("the reports", work) then
                return
            end
            ends = ngx.now() + SHIFT
        end
    end
    fetcher.stop()
    resign()
    leading = false
end

local function lead()
    leads, leading = true, true
    local began = timers.run("the fetcher", function(premature)
        if not premature then
            ngx.log(ngx.NOTICE, "this worker fetches and reports")
            guarded(require("tricolor.fetcher").start)
            guarded(require("tricolor.reporter").start)
        end
        work(premature)
    end)
    if not began then
        resign()
        leading = false
    end
end

-- The worker was told to end. Where no worker of a new configuration serves, the router is stopping: one of the old ones goes on to report
-- until all of them are through, and signs off.
local function wind_up(state, metrics)
    local reporter = require "tricolor.reporter"
    state.exit()
    local told = ngx.now()
    local stopping = false
    while true do
        guarded(state.sync)
        guarded(state.say_now_and_then)
        guarded(metrics.flush)
        local workers = state.workers()
        local served, busy = false, 0
        for _, worker in ipairs(workers) do
            served = served or not worker.exiting
            busy = busy + worker.busy
        end
        if not stopping and not served and not leading and ngx.now() - told > HAND_OVER and try_to_lead() then
            if reporter.is_signed_off() then
                resign()
                return
            end
            stopping = true
            guarded(reporter.start)
        end
        if stopping then
            if busy == 0 then
                guarded(reporter.finish)
                -- A master that was killed has not stopped the router: upgrades wait until it is back.
                if posix.parent() == master then
                    guarded(reporter.sign_off)
                end
                resign()
                return
            end
            guarded(reporter.turn)
        elseif state.busy() == 0 and not leading and (served or ngx.now() - told > HAND_OVER + 0.2) then
            -- Another one reports, or there is nobody left who could.
            return
        end
        ngx.sleep(2 * PULSE)
    end
end

-- What was kept on disk is served after a while even if nobody answers.
local function open_in_time()
    local begun = ngx.shared.tricolor:get("begun") or 0
    if ngx.now() - begun > settings.start_patience then
        require("tricolor.store").open("nobody has told newer route tables in time")
    end
end

local function pulse(premature)
    local state, metrics, jwk_set = require "tricolor.state", require "tricolor.metrics", require "tricolor.jwk_set"
    local ends = ngx.now() + 60
    local flushed, supervised = ngx.now(), ngx.now()
    while not premature and not ngx.worker.exiting() do
        if not state.is_open() then
            guarded(open_in_time)
        end
        guarded(state.sync)
        guarded(jwk_set.sync)
        guarded(state.say_now_and_then)
        if ngx.now() - flushed > 0.25 then
            guarded(metrics.flush)
            flushed = ngx.now()
        end
        if leads then
            memory.put(ngx.shared.tricolor, "fetched", ngx.now())
            if ngx.now() - supervised > 1 then
                supervised = ngx.now()
                guarded(require("tricolor.fetcher").supervise)
            end
        elseif not leading and guarded(try_to_lead) then
            lead()
        else
            complain_without_fetcher()
        end
        if ngx.now() > ends then
            if timers.run("the pulse of a worker", pulse) then
                return
            end
            -- There is no timer for the next one: this one goes on.
            ends = ngx.now() + 60
        end
        ngx.sleep(PULSE)
    end
    wind_up(state, metrics)
end

--- In each worker, before it takes requests.
function _M.init_worker()
    master = posix.parent()
    posix.signal_at_parents_death(SIGQUIT)
    if posix.parent() ~= master then
        os.exit(1)
    end
    randomise()
    settings.node_json = require("tricolor.json").string(settings.router_id .. "/" .. ngx.worker.pid())
    require("tricolor.jwk_set").sync()
    require("tricolor.state").begin()
    local ok, why = ngx.timer.at(0, pulse)
    if not ok then
        error("cannot start the pulse of this worker: " .. why)
    end
end

--- In each worker, when it ends.
function _M.exit_worker()
    require("tricolor.metrics").flush()
    require("tricolor.state").forget()
end

return _M
