#include "check.h"
#include "plumb/gate.h"

#define JSON "application/x-amz-json-1.1"
#define FORM "application/x-www-form-urlencoded; charset=utf-8"

/* --- one request in a few words --- */

static bool passes(const char *method, const char *service, const char *path, const char *target,
                   const char *content_type, const char *body)
{
    struct plumb_gate_request request = {
        .method = plumb_slice_of(method),
        .service = plumb_slice_of(service),
        .path = plumb_slice_of(path),
        .target = plumb_slice_of(target),
        .content_type = plumb_slice_of(content_type),
        .body = plumb_slice_of(body),
    };
    return plumb_gate_passes(&request);
}

static bool wa(const char *method, const char *path)
{
    return passes(method, "wellarchitected", path, NULL, "application/json", "{}");
}

static bool json(const char *target)
{
    return passes("POST", "ssm", "/", target, JSON, "{}");
}

static bool form(const char *service, const char *body)
{
    return passes("POST", service, "/", NULL, FORM, body);
}

/* --- what holds --- */

static void gate_lets_get_and_head_pass(void **state)
{
    (void)state;
    assert_true(wa("GET", "/lenses"));
    assert_true(wa("HEAD", "/lenses"));
    assert_false(wa("get", "/lenses"));
}

static void gate_stops_other_methods(void **state)
{
    static const char *const methods[] = { "PUT", "PATCH", "DELETE", "OPTIONS", "", "GETX" };
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        assert_false(wa(methods[i], "/workloadsSummaries"));
}

static void gate_knows_the_listings_that_are_posts(void **state)
{
    (void)state;
    assert_true(wa("POST", "/workloadsSummaries"));
    assert_true(wa("POST", "/notifications"));
    assert_true(wa("POST", "/workloads/abc/milestonesSummaries"));
    assert_true(wa("POST", "/workloads/abc/checks"));
    assert_true(wa("POST", "/workloads/abc/checkSummaries"));
}

static void gate_stops_every_other_post_of_the_tool(void **state)
{
    static const char *const paths[] = {
        "/workloads",
        "/workloads/abc/milestones",
        "/workloads/abc/shares",
        "/tags/arn",
        "/workloads//checks",
        "/workloads/a/b/checks",
        "/workloads/checks",
        "/workloadsSummaries/",
        "/workloads/abc/checks/x",
        "/workloads/abc/../milestones",
        "/x/workloadsSummaries",
        "",
        "/workloads/",
        "/lenses/x/versions",
        "/profiles",
        "/workloads/abc/updateIntegration",
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (wa("POST", paths[i]))
            fail_msg("%s passes", paths[i]);
    }
    assert_false(passes("POST", "other", "/workloadsSummaries", NULL, "application/json", "{}"));
}

static void gate_knows_reading_targets(void **state)
{
    (void)state;
    assert_true(json("AmazonSSM.DescribeOpsItems"));
    assert_true(json("AmazonSSM.GetOpsItem"));
    assert_true(json("AmazonSSM.ListTagsForResource"));
    assert_true(json("DynamoDB_20120810.Query"));
    assert_true(json("DynamoDB_20120810.Scan"));
    assert_true(json("DynamoDB_20120810.BatchGetItem"));
    assert_true(json("CloudTrail_20131101.LookupEvents"));
}

static void gate_stops_other_targets(void **state)
{
    static const char *const targets[] = {
        "AmazonSSM.CreateOpsItem",
        "AmazonSSM.UpdateOpsItem",
        "AmazonSQS.ReceiveMessage",
        "DynamoDB_20120810.PutItem",
        "DynamoDB_20120810.BatchWriteItem",
        "DynamoDB_20120810.ExecuteStatement",
        "AmazonSSM.Getaway",
        "AmazonSSM.Listen",
        "AmazonSSM.",
        "CreateOpsItem",
        "GetOpsItem",
        ".",
        "AmazonSSM.GetX.CreateOpsItem",
        "AmazonSSM.getOpsItem",
    };
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        if (json(targets[i]))
            fail_msg("%s passes", targets[i]);
    }
    assert_false(json(NULL));
}

static void gate_believes_the_content_type(void **state)
{
    (void)state;
    assert_false(passes("POST", "sqs", "/", "AmazonSQS.GetQueueUrl", FORM, "Action=SendMessage"));
    assert_false(passes("POST", "sqs", "/", "AmazonSQS.GetQueueUrl", FORM, "Action=GetQueueUrl"));
    assert_false(passes("POST", "ssm", "/", "AmazonSSM.GetOpsItem", NULL, "{}"));
    assert_false(passes("POST", "ssm", "/", "AmazonSSM.GetOpsItem", "text/plain", "{}"));
    assert_false(passes("POST", "sts", "/", NULL, JSON, "Action=GetCallerIdentity"));
}

static void gate_reads_actions_of_forms(void **state)
{
    (void)state;
    assert_true(form("sts", "Action=GetCallerIdentity&Version=2011-06-15"));
    assert_true(form("sts", "Version=2011-06-15&Action=AssumeRole&RoleArn=x"));
    assert_true(form("sts", "Action=AssumeRoleWithWebIdentity"));
    assert_true(form("sns", "Action=ListTopics"));
    assert_true(form("sns", "%41ction=List%54opics"));
    assert_false(form("sns", "Action=Publish&Message=x"));
    assert_false(form("iam", "Action=AssumeRole"));
    assert_false(form("sns", "Version=2010-03-31"));
    assert_false(form("sns", ""));
    assert_false(form("sns", "Message=Action=ListTopics"));
}

static void gate_stops_requests_that_say_two_things(void **state)
{
    (void)state;
    assert_false(form("sns", "Action=ListTopics&Action=Publish"));
    assert_false(form("sns", "Action=ListTopics&%41ction=Publish"));
    assert_false(form("sns", "Action=ListTopics&action=Publish"));
    assert_false(form("sns", "Action=ListTopics&Action"));
    assert_false(form("sns", "Action=Publish&Action=ListTopics"));
}

static void gate_reads_the_query_too(void **state)
{
    struct plumb_gate_request request = {
        .method = LITERAL("GET"),
        .service = LITERAL("sns"),
        .path = LITERAL("/"),
        .query = LITERAL("Message=x&Action=Publish"),
    };
    (void)state;
    assert_false(plumb_gate_passes(&request));
    request.query = LITERAL("Action=ListTopics");
    assert_true(plumb_gate_passes(&request));
    request.method = LITERAL("POST");
    request.query = LITERAL("Action=Publish");
    request.content_type = LITERAL(FORM);
    request.body = LITERAL("Action=ListTopics");
    assert_false(plumb_gate_passes(&request));
}

/* An unsigned request. */
static bool unsigned_passes(const char *method, const char *path, const char *target,
                            const char *content_type, const char *body)
{
    return passes(method, "", path, target, content_type, body);
}

static void gate_lets_credentials_be_handed_out(void **state)
{
    const char *renewal = "{\"grantType\":\"refresh_token\"}", *json = "application/json";
    (void)state;
    assert_true(unsigned_passes("PUT", "/latest/api/token", NULL, NULL, ""));
    assert_true(unsigned_passes("POST", "/token", NULL, json, renewal));
    assert_true(unsigned_passes("POST", "/", NULL, FORM, "Action=AssumeRoleWithSAML"));
    assert_false(unsigned_passes("POST", "/", NULL, FORM, "Action=AssumeRole"));
    assert_false(unsigned_passes("PUT", "/latest/api/token", NULL, NULL, "x"));
    assert_false(unsigned_passes("PUT", "/latest/meta-data", NULL, NULL, ""));
    assert_false(unsigned_passes("POST", "/tickets", NULL, json, renewal));
    assert_false(unsigned_passes("POST", "/token", NULL, json, "{}"));
    assert_false(unsigned_passes("POST", "/token", "A.Put", json, renewal));
    assert_false(passes("PUT", "s3", "/latest/api/token", NULL, NULL, ""));
    assert_false(passes("POST", "sns", "/token", NULL, json, renewal));
}

static bool is_signed_for(const char *authorization, const char *service)
{
    struct plumb_slice found = plumb_gate_signed_service(plumb_slice_of(authorization));
    return plumb_slice_equal(found, plumb_slice_of(service));
}

static void gate_finds_the_service_a_request_was_signed_for(void **state)
{
    (void)state;
    assert_true(is_signed_for("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/ssm/"
                              "aws4_request, SignedHeaders=host, Signature=00",
                              "ssm"));
    assert_true(is_signed_for("", ""));
    assert_true(is_signed_for("Bearer abc", ""));
    assert_true(
        is_signed_for("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/ssm", ""));
    assert_true(is_signed_for("AWS4-HMAC-SHA256 Credential=", ""));
}

static void gate_is_opened_by_a_typed_line_alone(void **state)
{
    (void)state;
    assert_int_equal(PLUMB_GATE_OPEN, plumb_gate_hear(PLUMB_GATE_HELD, LITERAL(".write on")));
    assert_int_equal(PLUMB_GATE_OPEN,
                     plumb_gate_hear(PLUMB_GATE_HELD, LITERAL("  .write \t on \n")));
    assert_int_equal(PLUMB_GATE_HELD, plumb_gate_hear(PLUMB_GATE_OPEN, LITERAL(".write off")));
}

static void gate_stays_shut_for_good(void **state)
{
    (void)state;
    assert_int_equal(PLUMB_GATE_SHUT, plumb_gate_hear(PLUMB_GATE_SHUT, LITERAL(".write on")));
    assert_int_equal(PLUMB_GATE_SHUT, plumb_gate_hear(PLUMB_GATE_SHUT, LITERAL(".write off")));
}

static void gate_does_not_mishear(void **state)
{
    static const char *const lines[] = {
        "",         ".write",       ".writeon",       ".write only", ".write on off", "x .write on",
        "write on", ".write\non x", ".write on\nf()", ".WRITE ON",   ".write off",    ".write o n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(PLUMB_GATE_HELD,
                         plumb_gate_hear(PLUMB_GATE_HELD, plumb_slice_of(lines[i])));
    assert_int_equal(PLUMB_GATE_OPEN, plumb_gate_hear(PLUMB_GATE_OPEN, LITERAL(".write on")));
    assert_int_equal(PLUMB_GATE_OPEN, plumb_gate_hear(PLUMB_GATE_OPEN, LITERAL("off")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gate_lets_get_and_head_pass),
        cmocka_unit_test(gate_stops_other_methods),
        cmocka_unit_test(gate_knows_the_listings_that_are_posts),
        cmocka_unit_test(gate_stops_every_other_post_of_the_tool),
        cmocka_unit_test(gate_knows_reading_targets),
        cmocka_unit_test(gate_stops_other_targets),
        cmocka_unit_test(gate_believes_the_content_type),
        cmocka_unit_test(gate_reads_actions_of_forms),
        cmocka_unit_test(gate_stops_requests_that_say_two_things),
        cmocka_unit_test(gate_reads_the_query_too),
        cmocka_unit_test(gate_lets_credentials_be_handed_out),
        cmocka_unit_test(gate_finds_the_service_a_request_was_signed_for),
        cmocka_unit_test(gate_is_opened_by_a_typed_line_alone),
        cmocka_unit_test(gate_stays_shut_for_good),
        cmocka_unit_test(gate_does_not_mishear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
