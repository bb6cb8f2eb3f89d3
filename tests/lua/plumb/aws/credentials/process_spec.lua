local err = require "plumb.err"
local process = require "plumb.process"
local profiles = require "tests.support.profiles"
local secret = require "plumb.secret"

-- A profile whose program is real.
local function ask(command, replace, env)
  local config = "[profile tool]\ncredential_process = " .. command .. "\n"
  return profiles.try("process", { config = config, profile = "tool",
    env = env or { PATH = "/usr/bin:/bin" } }, replace or { run = process.run })
end

local function printing(json)
  return { run = function() return { code = 0, output = json } end }
end

local GOOD = '{"Version":1,"AccessKeyId":"AKIATOOL","SecretAccessKey":"HUSH","SessionToken":"HUSHTOKEN",'
  .. '"Expiration":"2999-01-01T00:00:00Z","AccountId":"111122223333"}'

describe("credential_process", function()
  it("says when there is none", function()
    local found, reason = profiles.try("process", { config = "[default]\nregion = x\n" })
    assert.is_nil(found)
    assert.equal("profile default has no credential_process", reason)
  end)

  it("gives what the program prints", function()
    local found = assert(ask("printf '%s' '" .. GOOD .. "'"))
    assert.equal("AKIATOOL", found.access_key_id)
    assert.is_true(secret.is(found.secret) and secret.is(found.session_token))
    assert.equal(32472144000, found.expires_at)
    assert.equal("111122223333", found.account)
  end)

  it("never expires when it says nothing about it", function()
    local found = assert(ask("x",
      printing '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"B","SessionToken":null}\n'))
    assert.is_nil(found.expires_at)
    assert.is_nil(found.session_token)
  end)

  -- Guards the absence of a shell: one would run the substitution and expand the rest.
  it("passes words on as they are", function()
    local got
    ask([["/opt/my tool/x" --for 'a b' $HOME `id` $(id) *; "x\"y" | cat]], { run = function(options)
      got = options.argv
      return { code = 1, output = "" }
    end })
    assert.same({ "/opt/my tool/x", "--for", "a b", "$HOME", "`id`", "$(id)", "*;", 'x"y', "|", "cat" }, got)
    local mark = os.tmpname()
    os.remove(mark)
    ask("echo $(touch " .. mark .. ") `touch " .. mark .. "` ; touch " .. mark)
    assert.is_nil(io.open(mark))
  end)

  it("hands the program no credentials of ours", function()
    local got
    ask("x", { run = function(options)
      got = options.env
      return { code = 1, output = "" }
    end }, { PATH = "/bin", AWS_ACCESS_KEY_ID = "a", AWS_SECRET_ACCESS_KEY = "b", AWS_SESSION_TOKEN = "c",
      AWS_CONTAINER_AUTHORIZATION_TOKEN = "d", JIRA_TOKEN = "e", LD_PRELOAD = "f",
      AWS_CONFIG_FILE = "/home/x/.aws/config",
      https_proxy = "http://p" })
    assert.same({ PATH = "/bin", HOME = "/home/x", AWS_CONFIG_FILE = "/home/x/.aws/config", https_proxy = "http://p",
      AWS_EC2_METADATA_DISABLED = "true" }, got)
  end)

  it("has caps", function()
    local got
    ask("x", { run = function(options)
      got = options
      return nil, err.new { code = "Timeout", message = "HUSH" }
    end })
    assert.equal(60, got.timeout)
    assert.equal(65536, got.max_output)
  end)

  -- Row by row what such programs do wrong. HUSH is in everything they print.
  local CASES = {
    ["is missing"] = { "CredentialProcessFailed", "was not found", command = "./no-such-HUSH-program" },
    ["exits with 1 and secrets on standard error"] = { "CredentialProcessFailed", "ended with code 1",
      command = "sh -c 'echo HUSH; echo HUSH >&2; exit 1'" },
    ["is killed"] = { "CredentialProcessFailed", "ended with code 137", command = "sh -c 'kill -9 $$'" },
    ["prints a lot"] = { "CredentialProcessFailed", "more than 64 kB",
      command = "sh -c 'while echo HUSH; do :; done'" },
    ["hangs"] = { "CredentialProcessFailed", "did not end within 60 s", command = "x", tools = { run = function()
      return nil, err.new { code = "Timeout", message = "HUSH" }
    end } },
    ["prints nothing"] = { "BadCredentialProcessOutput", "not a JSON object", command = "true" },
    ["prints text"] = { "BadCredentialProcessOutput", "not a JSON object", command = "echo HUSH" },
    ["prints a list"] = { "BadCredentialProcessOutput", "not a JSON object", tools = printing '["HUSH"]' },
    ["prints half of it"] = { "BadCredentialProcessOutput", "not a JSON object", tools = printing(GOOD:sub(1, 60)) },
    ["has no Version"] = { "BadCredentialProcessOutput", "Version", tools = printing(GOOD:gsub('"Version":1,', "")) },
    ["has Version 2"] = { "BadCredentialProcessOutput", "Version", tools = printing(GOOD:gsub(":1,", ":2,")) },
    ["has Version \"1\""] = { "BadCredentialProcessOutput", "Version", tools = printing(GOOD:gsub(":1,", ':"1",')) },
    ["has no key"] = { "BadCredentialProcessOutput", "access key", tools = printing(GOOD:gsub("AccessKeyId", "x", 1)) },
    ["has no secret"] = { "BadCredentialProcessOutput", "secret", tools = printing(GOOD:gsub("SecretAccessKey", "x")) },
    ["has a key with a line break"] = { "BadCredentialProcessOutput", "access key",
      tools = printing(GOOD:gsub("AKIATOOL", [[HUSH\r\nX: y]])) },
    ["has a date that is none"] = { "BadCredentialProcessOutput", "Expiration",
      tools = printing(GOOD:gsub("2999%-01%-01T00:00:00Z", "HUSH")) },
    ["gives expired ones"] = { "ExpiredCredentials", "expired", tools = printing(GOOD:gsub("2999", "2001")) },
    ["is an open quote"] = { "BadProfile", "a quote is not closed", command = "x 'HUSH" },
    ["is empty quotes"] = { "CredentialProcessFailed", "", command = "''" },
  }
  for name, case in pairs(CASES) do
    it("is refused when it " .. name, function()
      local found, e = ask(case.command or "x", case.tools)
      profiles.refused(case[1], found, e, { "HUSH" })
      assert.truthy(e.message:find(case[2], 1, true), e.message)
    end)
  end
end)
