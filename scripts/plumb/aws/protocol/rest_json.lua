-- restJson1: members travel in the path, the query, headers and a JSON body, as
-- the shapes say. Used by Well-Architected, Lambda, SSO and others.
-- https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html

return {
  builder = require("plumb.aws.protocol.rest_request").builder,
  reader = require("plumb.aws.protocol.rest_response").reader,
}
