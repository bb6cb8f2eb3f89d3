/* Which addresses an exchange that has to stay local may reach, and that it is kept there. */
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../engine/net/address.h"
#include "plumb/http.h"
#include "plumb/loop.h"

static bool ask(const char *text, bool (*question)(const struct sockaddr *, socklen_t))
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return question((const struct sockaddr *)&v4, sizeof v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return question((const struct sockaddr *)&v6, sizeof v6);
}

static void address_knows_this_machine_and_the_metadata_services(void **state)
{
    static const char *const local[] = {
        "127.0.0.1",        "127.255.255.254",
        "169.254.169.254",  "169.254.170.2",
        "169.254.170.23",   "::1",
        "fd00:ec2::254",    "fd00:ec2::23",
        "::ffff:127.0.0.1", "::ffff:169.254.170.2",
    };
    (void)state;
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        assert_true(ask(local[i], address_is_local) && ask(local[i], address_is_near));
}

static void address_refuses_every_other_one(void **state)
{
    static const char *const other[] = {
        "0.0.0.0",     "10.0.0.1",      "126.255.255.255", "128.0.0.1",
        "169.254.0.1", "192.0.2.1",     "169.254.170.3",   "::",
        "fe80::1",     "fd00:ec2::255", "2001:db8::1",     "::ffff:10.0.0.1",
        "::127.0.0.1",
    };
    struct unknown {
        sa_family_t family;
        char rest[30];
    } odd = { .family = AF_UNIX };
    struct sockaddr_in cut = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    (void)state;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(ask(other[i], address_is_local));
    assert_false(address_is_local((const struct sockaddr *)(const void *)&odd, sizeof odd));
    assert_false(address_is_local((const struct sockaddr *)&cut, sizeof cut - 1));
}

/* Linux takes a connection to the unspecified address for one to itself. */
static void address_knows_what_no_public_host_has(void **state)
{
    static const char *const near[] = { "0.0.0.0", "0.1.2.3",        "169.254.0.1",       "::",
                                        "fe80::1", "::ffff:0.0.0.0", "::ffff:169.254.7.7" };
    static const char *const far[] = { "10.0.0.1",    "172.16.0.1",     "192.168.0.1",
                                       "169.253.0.1", "169.255.0.1",    "1.0.0.0",
                                       "192.0.2.1",   "fd00:ec2::255",  "fec0::1",
                                       "2001:db8::1", "::ffff:10.0.0.1" };
    (void)state;
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        assert_true(ask(near[i], address_is_near));
    for (size_t i = 0; i < sizeof far / sizeof *far; i++)
        assert_false(ask(far[i], address_is_near));
}

/* ---- exchanges ---- */

static void on_done(void *arg)
{
    *(bool *)arg = true;
}

static void expect_code(const char *url, const char *proxy, const char *code)
{
    struct plumb_http_request request = { .method = LITERAL("GET"),
                                          .url = plumb_slice_of(url),
                                          .proxy = proxy,
                                          .only_local = true,
                                          .timeout = 5 };
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    bool done = false;
    struct plumb_loop *loop = plumb_loop_new(&err);
    struct plumb_http *http = plumb_http_start(loop, &request, on_done, &done, &err);
    assert_non_null(http);
    while (!done)
        assert_true(plumb_loop_turn(loop, 10, &err));
    assert_false(plumb_http_reply(http, &reply, &err));
    assert_string_equal(err.code, code);
    assert_int_equal(plumb_http_sent(http), PLUMB_HTTP_NOT_SENT);
    plumb_http_free(http);
    plumb_loop_free(loop);
}

/* Guards CURLOPT_OPENSOCKETFUNCTION in http.c. 192.0.2.0/24 is set aside for documentation; no
 * packet is sent in any case. */
static void http_kept_local_opens_no_socket_elsewhere(void **state)
{
    (void)state;
    expect_code("http://192.0.2.1/", NULL, "AddressRefused");
    expect_code("http://[2001:db8::1]/", NULL, "AddressRefused");
}

/* A proxy would do the connecting where nobody checks. The port is one that was free a moment ago,
 * so that without a proxy the connection is refused. */
static void http_kept_local_never_uses_a_proxy(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    char url[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    expect_code(url, "http://192.0.2.1:3128", "ConnectionRefused");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_knows_this_machine_and_the_metadata_services),
        cmocka_unit_test(address_refuses_every_other_one),
        cmocka_unit_test(address_knows_what_no_public_host_has),
        cmocka_unit_test(http_kept_local_opens_no_socket_elsewhere),
        cmocka_unit_test(http_kept_local_never_uses_a_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
