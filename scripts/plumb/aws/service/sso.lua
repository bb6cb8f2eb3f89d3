-- AWS Single Sign-On, API version 2019-06-10.
-- Made from the service model that AWS publishes, without its documentation text. To make it again:
--   ./dev service sso.json sso GetRoleCredentials

return {
  name = "sso",
  service_id = "SSO",
  full_name = "AWS Single Sign-On",
  protocol = "rest-json",
  api_version = "2019-06-10",
  endpoint_prefix = "portal.sso",
  signing_name = "awsssoportal",
  operations = {
    GetRoleCredentials = { http = "GET /federation/credentials", input = "GetRoleCredentialsRequest", output = "GetRoleCredentialsResponse", errors = { "InvalidRequestException", "ResourceNotFoundException", "TooManyRequestsException", "UnauthorizedException" }, unsigned = true },
  },
  shapes = {
    AccessKeyType = { type = "string" },
    AccessTokenType = { type = "string", sensitive = true },
    AccountIdType = { type = "string" },
    ErrorDescription = { type = "string" },
    ExpirationTimestampType = { type = "long" },
    GetRoleCredentialsRequest = { type = "structure", required = { "roleName", "accountId", "accessToken" }, members = { accessToken = { shape = "AccessTokenType", location = "header", locationName = "x-amz-sso_bearer_token" }, accountId = { shape = "AccountIdType", location = "querystring", locationName = "account_id" }, roleName = { shape = "RoleNameType", location = "querystring", locationName = "role_name" } } },
    GetRoleCredentialsResponse = { type = "structure", members = { roleCredentials = { shape = "RoleCredentials" } } },
    InvalidRequestException = { type = "structure", exception = true, error = { httpStatusCode = 400 }, members = { message = { shape = "ErrorDescription" } } },
    ResourceNotFoundException = { type = "structure", exception = true, error = { httpStatusCode = 404 }, members = { message = { shape = "ErrorDescription" } } },
    RoleCredentials = { type = "structure", members = { accessKeyId = { shape = "AccessKeyType" }, expiration = { shape = "ExpirationTimestampType" }, secretAccessKey = { shape = "SecretAccessKeyType" }, sessionToken = { shape = "SessionTokenType" } } },
    RoleNameType = { type = "string" },
    SecretAccessKeyType = { type = "string", sensitive = true },
    SessionTokenType = { type = "string", sensitive = true },
    TooManyRequestsException = { type = "structure", exception = true, error = { httpStatusCode = 429 }, members = { message = { shape = "ErrorDescription" } } },
    UnauthorizedException = { type = "structure", exception = true, error = { httpStatusCode = 401 }, members = { message = { shape = "ErrorDescription" } } },
  },
}
