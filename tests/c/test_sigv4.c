/*
 * Four requests as botocore's signer signed them, stage by stage, and what the stages must refuse.
 * The keys are the dummies of AWS's documentation. The 76 signatures of AWS's own suite are checked
 * from Lua, tests/lua/conformance/sigv4_spec.lua.
 */
#include <stdio.h>

#include "check.h"
#include "plumb/sigv4.h"

#define WA "wellarchitected.us-west-2.amazonaws.com"
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define CREDENTIAL(region, service)                                                                \
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/" region "/" service "/aws4_request, "

enum { TIME = 1767323045 }; /* 2026-01-02T03:04:05Z */

/* An input with everything that the vectors share. */
static struct plumb_sigv4_input vector(const char *method, const char *path,
                                       const struct plumb_sigv4_header *headers, size_t count)
{
    return (struct plumb_sigv4_input){
        .method = plumb_slice_of(method),
        .path = plumb_slice_of(path),
        .headers = headers,
        .header_count = count,
        .access_key_id = LITERAL("AKIDEXAMPLE"),
        .secret = LITERAL("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        .region = LITERAL("us-west-2"),
        .service = LITERAL("wellarchitected"),
        .time = TIME,
    };
}

/* Runs the stages one by one, so that the first wrong one is named. */
static void assert_stages(const struct plumb_sigv4_input *in, const char *canonical,
                          const char *hash, const char *authorization)
{
    struct plumb_sigv4 s;
    char text[200];

    plumb_sigv4_init(&s);
    assert_true(plumb_sigv4_canonical_request(&s, in, NULL));
    assert_string_equal(s.canonical.p, canonical);
    assert_true(plumb_sigv4_string_to_sign(&s, in, NULL));
    (void)snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n20260102T030405Z\n%s\n%s", s.scope.p,
                   hash);
    assert_string_equal(s.string_to_sign.p, text);
    assert_true(plumb_sigv4_signature(&s, in, NULL));
    assert_true(plumb_sigv4_authorization(&s, in, NULL));
    assert_string_equal(s.result.p, authorization);
    assert_string_equal(s.date, "20260102T030405Z");
    plumb_sigv4_clear(&s);
}

/* On the wire the ARN is encoded once, in the signature twice. */
static void sigv4_encodes_path_twice(void **state)
{
    const struct plumb_sigv4_header headers[] = { { LITERAL("Host"), LITERAL(WA) } };
    struct plumb_sigv4_input in =
        vector("GET",
               "/workloads/0123456789abcdef0123456789abcdef/lensReviews/"
               "arn%3Aaws%3Awellarchitected%3Aus-west-2"
               "%3A123456789012%3Alens%2F0123456789abcdef0123456789abcdef/improvements",
               headers, 1);
    (void)state;
    in.query = LITERAL("MaxResults=100&NextToken=a%2Bb%2Fc%3D%3D");
    assert_stages(
        &in,
        "GET\n"
        "/workloads/0123456789abcdef0123456789abcdef/lensReviews/"
        "arn%253Aaws%253Awellarchitected%253A"
        "us-west-2%253A123456789012%253Alens%252F0123456789abcdef0123456789abcdef/improvements\n"
        "MaxResults=100&NextToken=a%2Bb%2Fc%3D%3D\n"
        "host:" WA "\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\n" EMPTY_HASH,
        "d573e0df3b71a1de6b4ec7e28d08223dc7d316ce2ede1c9a2aa9ddba8886d65b",
        CREDENTIAL(
            "us-west-2",
            "wellarchitected") "SignedHeaders=host;x-amz-date, "
                               "Signature="
                               "b0efba83b1ea8bbed2d926094974148f8823290f0f4d681320d81e074f933acd");
}

static void sigv4_signs_update_answer(void **state)
{
    const struct plumb_sigv4_header headers[] = {
        { LITERAL("host"), LITERAL(WA) },
        { LITERAL("content-type"), LITERAL("application/json") },
    };
    struct plumb_sigv4_input in = vector("PATCH",
                                         "/workloads/0123456789abcdef0123456789abcdef/lensReviews/"
                                         "wellarchitected/answers/priorities",
                                         headers, 2);
    (void)state;
    in.body = LITERAL("{\"ChoiceUpdates\":{\"ops_bp_1\":{\"Status\":\"SELECTED\"}}}");
    assert_stages(
        &in,
        "PATCH\n"
        "/workloads/0123456789abcdef0123456789abcdef/lensReviews/wellarchitected/answers/"
        "priorities\n"
        "\ncontent-type:application/json\nhost:" WA "\nx-amz-date:20260102T030405Z\n\n"
        "content-type;host;x-amz-date\n"
        "96674a7969704ae485d57f600f9b878275acef2c39c16801159578869c5f9603",
        "822660a14323d0a71ed28429e216503a6e5c20df1ccd89e3f2cfb1738220c8bf",
        CREDENTIAL(
            "us-west-2",
            "wellarchitected") "SignedHeaders=content-type;host;x-amz-date, "
                               "Signature="
                               "c3ac0f0961727bc135772ab155b1bf34f762d58730aa7198c0572a7546b55ee0");
}

static void sigv4_signs_the_session_token(void **state)
{
    const struct plumb_sigv4_header headers[] = {
        { LITERAL("X-Amz-Target"), LITERAL("AmazonSSM.GetOpsItem") },
        { LITERAL("Host"), LITERAL("ssm.eu-west-1.amazonaws.com") },
        { LITERAL("Content-Type"), LITERAL("application/x-amz-json-1.1") },
        { LITERAL("amz-sdk-request"), LITERAL("attempt=1") },
        { LITERAL("User-Agent"), LITERAL("plumb") },
    };
    struct plumb_sigv4_input in = vector("POST", "/", headers, 5);
    (void)state;
    in.region = LITERAL("eu-west-1");
    in.service = LITERAL("ssm");
    in.session_token = LITERAL("TOKENEXAMPLE");
    in.body = LITERAL("{\"OpsItemId\":\"oi-0123456789ab\"}");
    assert_stages(
        &in,
        "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:ssm.eu-west-1.amazonaws.com\n"
        "x-amz-date:20260102T030405Z\nx-amz-security-token:TOKENEXAMPLE\n"
        "x-amz-target:AmazonSSM.GetOpsItem\n\n"
        "content-type;host;x-amz-date;x-amz-security-token;x-amz-target\n"
        "92b10e9ff3e4f14e6de1d6039bfccd0f3600789afc8d21440f584eb5847c93e7",
        "bb7902c95d1f2483942c10c000c748ae9f94a87070443a63660209a5656bc6a1",
        CREDENTIAL(
            "eu-west-1",
            "ssm") "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
                   "Signature=0a8dc49c1ce8b6694688cfd2aaf8ae2cdc90767c019f7d1b6d6dbc931eb19ed1");
}

static void sigv4_sorts_repeated_parameters(void **state)
{
    const struct plumb_sigv4_header headers[] = { { LITERAL("host"), LITERAL(WA) } };
    struct plumb_sigv4_input in =
        vector("DELETE",
               "/tags/arn%3Aaws%3Awellarchitected%3Aus-west-2%3A123456789012%3Aworkload"
               "%2F0123456789abcdef0123456789abcdef",
               headers, 1);
    (void)state;
    in.query = LITERAL("tagKeys=b&tagKeys=a");
    assert_stages(
        &in,
        "DELETE\n"
        "/tags/arn%253Aaws%253Awellarchitected%253Aus-west-2%253A123456789012%253Aworkload"
        "%252F0123456789abcdef0123456789abcdef\n"
        "tagKeys=a&tagKeys=b\nhost:" WA
        "\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\n" EMPTY_HASH,
        "498e1822bccba220dde961cc0511721a1c00c16c03ad94c0a1c3ac5ebca3c20f",
        CREDENTIAL(
            "us-west-2",
            "wellarchitected") "SignedHeaders=host;x-amz-date, "
                               "Signature="
                               "c5b4e1f8b9aaacf1f5c8495719977346c95aa144f5369a7763eb5461db080d55");
}

/* Signs with these headers besides host and gives the canonical request, to be freed. */
static char *canonical_with(struct plumb_sigv4_header a, struct plumb_sigv4_header b)
{
    const struct plumb_sigv4_header headers[] = { a, { LITERAL("host"), LITERAL("h") }, b };
    struct plumb_sigv4_input in = vector("GET", "/", headers, 3);
    struct plumb_sigv4 s;

    plumb_sigv4_init(&s);
    assert_true(plumb_sigv4_canonical_request(&s, &in, NULL));
    char *text = strdup(s.canonical.p);
    plumb_sigv4_clear(&s);
    return text;
}

static void sigv4_joins_repeated_headers_in_their_order(void **state)
{
    (void)state;
    char *text =
        canonical_with((struct plumb_sigv4_header){ LITERAL("X-B"), LITERAL("  2  \t 3 ") },
                       (struct plumb_sigv4_header){ LITERAL("x-b"), LITERAL("1\r\n  4") });
    assert_non_null(strstr(text, "\nx-b:2 3,1 4\n"));
    assert_non_null(strstr(text, "\nhost;x-amz-date;x-b\n"));
    free(text);
}

static void sigv4_replaces_headers_that_are_its_own(void **state)
{
    (void)state;
    char *text = canonical_with(
        (struct plumb_sigv4_header){ LITERAL("X-Amz-Date"), LITERAL("20150830T123600Z") },
        (struct plumb_sigv4_header){ LITERAL("Authorization"), LITERAL("old") });
    assert_null(strstr(text, "20150830"));
    assert_null(strstr(text, "authorization"));
    assert_non_null(strstr(text, "\nx-amz-date:20260102T030405Z\n"));
    free(text);
}

static void sigv4_hashes_a_body_with_a_nul(void **state)
{
    const struct plumb_sigv4_header headers[] = { { LITERAL("host"), LITERAL("h") } };
    struct plumb_sigv4_input in = vector("POST", "/", headers, 1);
    struct plumb_sigv4 s;
    (void)state;
    in.body = LITERAL("a\0b");
    plumb_sigv4_init(&s);
    assert_true(plumb_sigv4_canonical_request(&s, &in, NULL));
    assert_string_equal(s.payload_hash,
                        "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138");
    plumb_sigv4_clear(&s);
}

static void sigv4_presigns_a_query(void **state)
{
    const struct plumb_sigv4_header headers[] = { { LITERAL("host"), LITERAL("h") } };
    struct plumb_sigv4_input in = vector("GET", "/", headers, 1);
    struct plumb_sigv4 s;
    (void)state;
    in.query = LITERAL("b=2");
    in.presign_expires = 60;
    in.session_token = LITERAL("T/=");
    plumb_sigv4_init(&s);
    assert_true(plumb_sigv4_sign(&s, &in, NULL));
    assert_non_null(strstr(s.canonical.p, "\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="));
    assert_non_null(strstr(s.canonical.p, "&X-Amz-Security-Token=T%2F%3D&"));
    assert_non_null(strstr(s.canonical.p, "&b=2\nhost:h\n\nhost\n"));
    assert_int_equal(strncmp(s.result.p, "b=2&X-Amz-Algorithm=", 20), 0);
    assert_non_null(strstr(s.result.p, "&X-Amz-Expires=60&"));
    assert_string_equal(strrchr(s.result.p, '=') + 1, s.signature);
    plumb_sigv4_clear(&s);
}

static void assert_refused(const struct plumb_sigv4_input *in, const char *word)
{
    struct plumb_sigv4 s;
    struct plumb_err err = { 0 };

    plumb_sigv4_init(&s);
    assert_false(plumb_sigv4_sign(&s, in, &err));
    assert_string_equal(err.code, "BadSigningInput");
    if (!strstr(err.message, word))
        fail_msg("'%s' does not name '%s'", err.message, word);
    assert_null(strstr(err.message, "wJalr"));
    plumb_sigv4_clear(&s);
}

static void sigv4_refuses_what_cannot_be_signed(void **state)
{
    const struct plumb_sigv4_header headers[] = { { LITERAL("host"), LITERAL("h") } };
    const struct plumb_sigv4_input good = vector("GET", "/", headers, 1);
    struct plumb_sigv4_input in = good;
    (void)state;
    in.access_key_id = LITERAL("AKID\r\nX: y");
    assert_refused(&in, "access key id");
    in = good, in.secret = LITERAL("");
    assert_refused(&in, "secret");
    in = good, in.region = LITERAL("us/west");
    assert_refused(&in, "Region");
    in = good, in.region = LITERAL("");
    assert_refused(&in, "Region");
    in = good, in.service = LITERAL("s\0m");
    assert_refused(&in, "service");
    in = good, in.session_token = LITERAL("a b");
    assert_refused(&in, "session token");
    in = good, in.time = -1;
    assert_refused(&in, "time");
    in = good, in.time = INT64_MAX;
    assert_refused(&in, "time");
    in = good, in.presign_expires = 604801;
    assert_refused(&in, "presigned");
    in = good, in.header_count = 0;
    assert_refused(&in, "host");
    in = good, in.header_count = PLUMB_SIGV4_MAX_HEADERS + 1;
    assert_refused(&in, "headers");
}

static void sigv4_refuses_an_endless_path(void **state)
{
    const struct plumb_sigv4_header headers[] = { { LITERAL("host"), LITERAL("h") } };
    struct plumb_sigv4_input in = vector("GET", "/", headers, 1);
    struct plumb_sigv4 s;
    struct plumb_err err = { 0 };
    char *path = malloc(1 << 20);
    (void)state;
    assert_non_null(path);
    memset(path, ':', 1 << 20);
    in.path = (struct plumb_slice){ path, 1 << 20 };
    plumb_sigv4_init(&s);
    assert_false(plumb_sigv4_sign(&s, &in, &err));
    assert_string_equal(err.code, "OutOfMemory");
    plumb_sigv4_clear(&s);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigv4_encodes_path_twice),
        cmocka_unit_test(sigv4_signs_update_answer),
        cmocka_unit_test(sigv4_signs_the_session_token),
        cmocka_unit_test(sigv4_sorts_repeated_parameters),
        cmocka_unit_test(sigv4_joins_repeated_headers_in_their_order),
        cmocka_unit_test(sigv4_replaces_headers_that_are_its_own),
        cmocka_unit_test(sigv4_hashes_a_body_with_a_nul),
        cmocka_unit_test(sigv4_presigns_a_query),
        cmocka_unit_test(sigv4_refuses_what_cannot_be_signed),
        cmocka_unit_test(sigv4_refuses_an_endless_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
