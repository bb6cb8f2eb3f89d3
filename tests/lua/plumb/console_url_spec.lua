local url = require("plumb.console_url")

local function arn(partition, region)
  return ("arn:%s:wellarchitected:%s:111122223333:workload/0123abcd"):format(partition, region)
end

describe("an address in the console", function()
  it("is that of the partition", function()
    assert.equal("https://eu-west-1.console.aws.amazon.com/wellarchitected/home?region=eu-west-1#/workload/0123abcd",
      url.workload(arn("aws", "eu-west-1")))
    assert.equal("https://console.amazonaws-us-gov.com/wellarchitected/home?region=us-gov-west-1#/workload/0123abcd",
      url.workload(arn("aws-us-gov", "us-gov-west-1")))
    assert.equal("https://console.amazonaws.cn/systems-manager/opsitems/oi-0123456789ab?region=cn-north-1",
      url.item("oi-0123456789ab", "cn-north-1"))
  end)

  it("is none where nobody knows it", function()
    assert.is_nil(url.workload(arn("aws-iso", "us-iso-east-1")))
    assert.is_nil(url.workload("nothing"))
    assert.is_nil(url.item("oi-0123456789ab", "us-iso-east-1"))
    assert.is_nil(url.item("oi-x/../y", "eu-west-1"))
  end)
end)
