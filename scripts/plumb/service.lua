-- This process as a service: what the service manager is told (systemd's protocol, by datagrams to the socket in
-- NOTIFY_SOCKET) and what it asks by SIGHUP. The door of engine.service. Where nobody manages it, nothing is said.

local engine = require "engine.service"
local time = require "plumb.time"

local service = {}

---@class plumb.Service
---@field address? string        of the manager's socket
---@field watchdog? number       seconds within which the manager wants to hear that we are alive
---@field package on_failure fun(message: string)
local Service = {}
Service.__index = Service

---The manager that the environment names. With none, all that is told goes nowhere.
---@param options { env: (fun(name: string): string?), on_failure: fun(message: string) }  on_failure hears of a
---  message that did not arrive
---@return plumb.Service
---@see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
---@see https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html
function service.new(options)
  local address = options.env "NOTIFY_SOCKET"
  if address == "" then address = nil end
  local micros, pid = tonumber(options.env "WATCHDOG_USEC" or ""), tonumber(options.env "WATCHDOG_PID" or "")
  local watched = address and micros and micros > 0 and (not pid or pid == engine.pid())
  return setmetatable({ address = address, watchdog = watched and micros / 1e6 or nil,
    on_failure = options.on_failure }, Service)
end

local function tell(self, ...)
  if not self.address then return end
  local done, failure = engine.notify(self.address, table.concat({ ... }, "\n") .. "\n")
  if not done then self.on_failure(failure.message) end
end

-- A status is one line.
local function status(text) return "STATUS=" .. text:gsub("%c+", " ") end

---Everything works.
---@param text string  what it is doing, for `systemctl status`
function Service:ready(text) tell(self, "READY=1", status(text)) end

---What it is doing now.
---@param text string
function Service:status(text) tell(self, status(text)) end

---It reads its configuration again; ready() says when that is over.
function Service:reloading()
  tell(self, "RELOADING=1", ("MONOTONIC_USEC=%d"):format(math.floor(time.monotonic() * 1e6)), status "reloading")
end

---It is about to end.
function Service:stopping() tell(self, "STOPPING=1", status "stopping") end

---It is alive.
function Service:alive() tell(self, "WATCHDOG=1") end

---Listens for SIGHUP, which ends nothing from then on.
---@return { wait: fun(self), close: fun(self) }|nil  wait: until the next one; waits
---@return { code: string, message: string }? failure
function service.listen_hangup() return engine.listen_hangup() end

return service
