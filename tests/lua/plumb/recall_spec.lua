local finding_of = require "plumb.finding"
local findings = require "support.finding"
local item_of = require "plumb.item"
local recall = require "plumb.recall"

local NOW = 1767323045

-- What a sink shows of an item that was made for a finding.
local function found_for(finding, changes)
  finding.key = finding_of.key { partition = finding.partition, account = finding.account, region = finding.region,
    workload_arn = finding.workload.WorkloadArn, lens_arn = finding.lens_arn,
    question_id = finding.question.QuestionId, choice_id = finding.choice.ChoiceId }
  local item = assert(item_of.of(finding, findings.policy "return {}"))
  for name, value in pairs(changes or {}) do item.fields[name] = value or nil end
  return { id = "oi-0123456789ab", status = "Open", open = true, title = item.title, fields = item.fields,
    key = item.fields.FindingKey }
end

describe("recalling a finding from its item", function()
  it("gives the record back that its key was made of", function()
    for _, finding in ipairs { findings.new(), findings.custom() } do
      local record = assert(recall.record(found_for(finding), "opscenter", NOW))
      assert.equal(finding.key, record.key)
      assert.equal(finding.lens_arn, record.lens_arn)
      assert.equal(finding.lens.LensAlias, record.lens_alias)
      assert.equal(finding.workload.WorkloadArn, record.workload_arn)
      assert.equal("prod-shop", record.workload_name)
      assert.equal("HIGH", record.risk)
      assert.equal("open", record.status)
    end
  end)

  it("does not need the fields that a policy may change", function()
    local found = found_for(findings.new(), { Lens = "our lens", WorkloadName = false, ["Risk level"] = "dreadful" })
    local record = assert(recall.record(found, "opscenter", NOW))
    assert.equal("wellarchitected", record.lens_alias)
    assert.is_nil(record.risk)
  end)

  it("takes an official lens as the same with and without a Region in its ARN", function()
    local found = found_for(findings.new(), { LensArn = "arn:aws:wellarchitected:us-east-1::lens/wellarchitected" })
    assert.is_table(recall.record(found, "opscenter", NOW))
  end)

  it("tells why when it cannot", function()
    for why, changes in pairs {
      ["no workload"] = { ["/aws/resources"] = '[{"arn":"arn:aws:s3:::bucket"}]' },
      ["names no workload"] = { ["/aws/resources"] = "[" },
      ["has no QuestionId"] = { QuestionId = false },
      ["has no LensArn"] = { LensArn = false },
      ["not that of the practice"] = { ChoiceId = "another" },
    } do
      local record, reason = recall.record(found_for(findings.new(), changes), "opscenter", NOW)
      assert.is_nil(record)
      assert.matches(why, reason, 1, true)
    end
    local found = found_for(findings.new())
    found.key = nil
    assert.matches("no FindingKey", select(2, recall.record(found, "opscenter", NOW)), 1, true)
  end)

  it("finds the workload among other resources", function()
    local arn = findings.new().workload.WorkloadArn
    assert.equal(arn, recall.workload_arn { ["/aws/resources"] = ('[{"arn":"arn:aws:sns:x:1:t"},{"arn":"%s"}]')
      :format(arn) })
    assert.is_nil(recall.workload_arn { ["/aws/resources"] = '[{"arn":7}, "x"]' })
    assert.is_nil(recall.workload_arn {})
  end)
end)
