-- What name servers can do to plumb, in a network of its own (tests/support/name_world.py), where AWS's own host names
-- mean what this file says. All runs go side by side.

local certificates = require("tests.support.certificates")
local json = require("plumb.json")
local process = require("support.process")
local simulator = require("support.simulator_process")
local trouble = require("support.trouble")

local NEAR = "leads to this machine or to one beside it"

-- `answers` is a kind of name_world.py or its addresses, look-up by look-up.
local CASES = {
  { "is not known", region = "eu-west-1", answers = "unknown", says = { "NameNotResolved", "3 attempts" } },
  { "cannot be looked up", region = "eu-west-2", answers = "failure", says = { "NameNotResolved", "3 attempts" } },
  { "has no address", region = "sa-east-1", answers = "empty", says = { "NameNotResolved", "3 attempts" } },
  -- Guarded by CURLOPT_QUICK_EXIT in http_set_up.c: without it each attempt waits for the system's resolver, which here
  -- gives up after two and a half minutes.
  { "is never answered", region = "eu-west-3", answers = "silence", says = { "Resolving timed out", "3 attempts" } },
  { "is what it should be", region = "eu-central-1", answers = { "192.0.2.10" } },
  -- Guarded by loop_doubt_names in http.c: without it every attempt goes where nobody is any more.
  { "has moved between two attempts", region = "eu-north-1", answers = { "192.0.2.77", "192.0.2.10" } },
  { "is in the new network only", region = "us-east-1", answers = { "2001:db8::10" } },
  -- Guarded by not_local in open_socket and by address_is_near.
  { "leads to this machine", region = "us-west-1", answers = { "127.0.0.1" }, says = { "AddressRefused", NEAR } },
  { "leads to no machine, and so to this one", region = "us-west-2", answers = { "0.0.0.0" }, says = { NEAR } },
  { "leads to the instance's metadata", region = "us-east-2", answers = { "169.254.169.254" }, says = { NEAR } },
  { "leads to a neighbour", region = "ca-central-1", answers = { "169.254.7.7" }, says = { NEAR } },
  { "leads to this machine by a detour", region = "ap-east-1", answers = { "::ffff:127.0.0.1" }, says = { NEAR } },
  { "leads to this machine later", region = "me-south-1", answers = { "192.0.2.77", "127.0.0.1" }, says = { NEAR } },
}

local function possible()
  return certificates.possible() and process.has_program("python3")
    and (os.execute("unshare --user --map-root-user --net --mount true 2>/dev/null")) == true
end

-- The https server proves to be AWS in the Regions where a call can go well.
local function host_names()
  local names = {}
  for i, case in ipairs(CASES) do names[i] = ("DNS:sts.%s.amazonaws.com"):format(case.region) end
  return table.concat(names, ",")
end

local function environment(folder, region)
  local env = { HOME = folder, PATH = os.getenv("PATH"), LANG = "C.UTF-8", AWS_REGION = region,
    PLUMB_SCRIPTS = os.getenv("PLUMB_SCRIPTS") ~= "" and os.getenv("PLUMB_SCRIPTS") or nil,
    AWS_ACCESS_KEY_ID = "AKIDNAMESNAMESNAMES1", AWS_SECRET_ACCESS_KEY = ("x"):rep(40) }
  for _, name in ipairs({ "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" }) do env[name] = os.getenv(name) end
  return env
end

local function run_all(folder)
  local names, jobs = {}, {}
  for i, case in ipairs(CASES) do
    names[case.region] = case.answers
    jobs[i] = { argv = { simulator.binary, "call", "sts.GetCallerIdentity", "--ca-bundle", folder .. "/ca.pem",
      "--connect-timeout", "1" }, environment = environment(folder, case.region) }
  end
  certificates.authority(folder, "ca")
  certificates.server(folder, { names = host_names() })
  local world = process.write(folder .. "/world.json", json.encode({
    resolv_conf = process.write(folder .. "/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n"),
    certificate = folder .. "/s.pem", key = folder .. "/s.key", names = names, jobs = jobs,
  }))
  local result = process.run({ "unshare", "--user", "--map-root-user", "--net", "--mount", "python3",
    "tests/support/name_world.py", world })
  assert(result.code == 0, result.all)
  return assert(json.decode(result.out))
end

describe("a host of AWS whose name", function()
  local folder, results

  setup(function()
    folder = process.folder()
    results = possible() and run_all(folder) or nil
  end)
  teardown(function() process.remove(folder) end)

  for i, case in ipairs(CASES) do
    it(case[1] .. (case.says and " is given up, with the reason" or " is reached"), function()
      if not results then return pending("no network of its own is allowed here, or openssl or python3 is missing") end
      local result = results[i]
      result.all = result.out .. result.err
      if case.says then
        trouble.check(result, { code = 9, id = "E320", says = case.says })
      else
        assert.equal(0, result.code, result.err)
        assert.truthy(result.out:find("111122223333", 1, true), result.out)
      end
    end)
  end
end)
