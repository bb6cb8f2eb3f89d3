local actor = require("plumb.actor")
local json = require("plumb.json")
local store_of = require("plumb.store")

describe("who writes", function()
  local store

  before_each(function() store = store_of.open { path = ":memory:" } end)
  after_each(function() store:close() end)

  local function begin(keys, policy)
    actor.begin({ store = store, run_id = "R1", time = { now = function() return 5 end }, policy = policy,
      session = { access_key_digest = function() return "digest" end, credentials = function() return keys end } },
      "scan")
    local row = store:trail()()
    return row, json.decode(row.detail)
  end

  it("is the caller's ARN where AWS told it", function()
    actor.remember(store, "digest", "arn:aws:iam::111122223333:user/ana")
    actor.remember(store, "digest", "arn:aws:iam::111122223333:user/other")
    local row, detail = begin({ access_key_id = "AKIAIOSFODNN7EXAMPLE", source = "environment" })
    assert.equal("arn:aws:iam::111122223333:user/ana", detail.actor)
    assert.same({ "begin", "scan", "R1" }, { row.operation, row.resource, row.run })
  end)

  -- Guards two daemons that begin at the same moment on one table: the second one ended at once.
  it("may be written down by two at once", function()
    local quicker = { get = function() end, commit = function(_, writes)
      store:commit { { "put", "mark", { name = writes[1][3].name, value = "theirs" } } }
      return store:commit(writes)
    end }
    actor.note(quicker, "account/digest", "ours")
    actor.remember(quicker, "digest", "ours")
    assert.same({ "theirs", "theirs" }, { store:get("mark", "account/digest").value,
      store:get("mark", "caller/digest").value })
    assert.is_false((pcall(actor.note, { commit = function() return nil, { code = "StateIo" } end }, "m", "v")))
  end)

  it("is enough of the key to tell it otherwise, never all of it", function()
    local row, detail = begin({ access_key_id = "AKIAIOSFODNN7EXAMPLE", source = "profile prod",
      account = "111122223333" })
    assert.equal("key AKIA...MPLE (profile prod) of 111122223333", detail.actor)
    assert.is_nil(row.detail:find("IOSFODNN", 1, true))
  end)

  it("comes with the policy that decided, by its hash", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("return {}")
    file:close()
    local _, detail = begin({ access_key_id = "AKIAIOSFODNN7EXAMPLE", source = "x" }, { path = path })
    os.remove(path)
    local digest = require("plumb.digest")
    assert.equal(digest.hex(digest.sha256("return {}")):sub(1, 16), detail.policy)
  end)
end)
