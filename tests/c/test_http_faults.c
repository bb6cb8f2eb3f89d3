/* What networks and servers do wrong, case by case: lengths that lie, heads without end, silence,
 * redirects, proxies, names that lead elsewhere. Each comment names the line whose removal makes
 * the case fail. */
#include "http_server.h"

/* ---- a server that says something and closes ---- */

struct misbehaviour {
    const char *reply;
    const char *code; /* NULL: it is a reply after all */
    int status;
    const char *body;
};

static const struct misbehaviour *script; /* the child has its own copy from fork */

static void say_it(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    if (read_request(fd, count_fd))
        say(fd, script->reply);
    close(fd);
}

static void check(struct client *client, const struct misbehaviour *what)
{
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    script = what;
    struct server server = start(say_it);
    struct plumb_http *http = exchange(client, server.port, "POST", "{}",
                                       (struct plumb_http_request){ .fresh = true, .timeout = 5 });
    if (what->code) {
        expect_failure(http, what->code, PLUMB_HTTP_MAYBE);
    } else {
        assert_true(plumb_http_reply(http, &reply, &err));
        assert_int_equal(reply.status, what->status);
        assert_true(plumb_slice_equal(reply.body, plumb_slice_of(what->body)));
    }
    plumb_http_free(http);
    assert_int_equal(stop(&server), 1);
}

#define HEAD "HTTP/1.1 200 OK\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

static void faults_lengths_that_lie_are_no_reply(void **state)
{
    static const struct misbehaviour cases[] = {
        { HEAD "Content-Length: 10\r\n\r\nhalf", "ConnectionLost", 0, NULL },
        { CHUNKED "zz\r\nbody\r\n0\r\n\r\n", "ConnectionLost", 0, NULL },
        { CHUNKED "4\r\nbody\r\n", "ConnectionLost", 0, NULL },
        { CHUNKED "ffffffffffffffffff\r\nbody", "ConnectionLost", 0, NULL },
        { HEAD "Content-Length: -1\r\n\r\n", "BadResponse", 0, NULL },
        { "", "ConnectionLost", 0, NULL },
        { "HTTP/1.1 2", "ConnectionLost", 0, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(*state, &cases[i]);
}

static void faults_odd_replies_are_read_as_they_are(void **state)
{
    static const struct misbehaviour cases[] = {
        { HEAD "\r\nto the end", NULL, 200, "to the end" },
        { HEAD "Content-Length: 4\r\n\r\nbodyand more", NULL, 200, "body" },
        { CHUNKED "4;x=y\r\nbody\r\n0\r\nTrailer: t\r\n\r\n", NULL, 200, "body" },
        /* Nothing is unpacked, so nothing can grow: no CURLOPT_ACCEPT_ENCODING. */
        { HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08x", NULL, 200,
          "\x1f\x8b\x08x" },
        /* CURLOPT_FOLLOWLOCATION in set_limits. */
        { "HTTP/1.1 301 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", NULL, 301,
          "" },
        { "HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", NULL, 302,
          "" },
        { "HTTP/1.1 307 x\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n", NULL, 307, "" },
        { "HTTP/1.1 308 x\r\nLocation: https://e.invalid/\r\nContent-Length: 0\r\n\r\n", NULL, 308,
          "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(*state, &cases[i]);
}

/* ---- heads ---- */

static void hints_without_end(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    if (read_request(fd, count_fd))
        while (write(fd, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", 34) > 0)
            continue;
    close(fd);
}

static void one_long_header(int listener, int count_fd)
{
    static char header[1 << 20];
    int fd = accept(listener, NULL, NULL);
    memset(header, 'x', sizeof header - 1);
    if (read_request(fd, count_fd)) {
        say(fd, HEAD "X-Long: ");
        (void)!write(fd, header, sizeof header - 1);
        (void)!write(fd, "\r\n\r\n", 4);
    }
    close(fd);
}

static void ends_with(struct client *client, behaviour *serve, const char *code,
                      struct plumb_http_request request)
{
    struct server server = start(serve);
    struct plumb_http *http = exchange(client, server.port, "GET", "", request);
    expect_failure(http, code, PLUMB_HTTP_MAYBE);
    plumb_http_free(http);
    stop(&server);
}

/* MAX_HEADS_BYTES in on_header. */
static void faults_heads_without_end_are_refused(void **state)
{
    ends_with(*state, hints_without_end, "BodyTooLarge", (struct plumb_http_request){ 0 });
}

/* MAX_HEADER_BYTES in plumb_http_start; libcurl itself gives up at 100 kB. */
static void faults_a_header_of_a_megabyte_is_refused(void **state)
{
    struct server server = start(one_long_header);
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct plumb_http *http =
        exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 });
    assert_false(plumb_http_reply(http, &reply, &err));
    plumb_http_free(http);
    stop(&server);
}

/* ---- slowness ---- */

static void byte_by_byte(int listener, int count_fd)
{
    static const char reply[] = HEAD "Content-Length: 4\r\n\r\nbody";
    int fd = accept(listener, NULL, NULL);
    if (read_request(fd, count_fd))
        for (size_t i = 0; i + 1 < sizeof reply; i++)
            (void)!write(fd, &reply[i], 1);
    close(fd);
}

static void faults_a_reply_byte_by_byte_is_a_reply(void **state)
{
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct server server = start(byte_by_byte);
    struct plumb_http *http =
        exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 });
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_true(plumb_slice_equal(reply.body, plumb_slice_of("body")));
    plumb_http_free(http);
    stop(&server);
}

static void begin_and_stay_silent(int listener, int count_fd)
{
    char byte;
    int fd = accept(listener, NULL, NULL);
    if (read_request(fd, count_fd)) {
        say(fd, HEAD "Content-Length: 100000\r\n\r\nbegin");
        while (read(fd, &byte, 1) > 0) /* until the client has had enough */
            continue;
    }
    close(fd);
}

/* CURLOPT_LOW_SPEED_TIME in set_limits: without it this takes the 20 s of the server's alarm. */
static void faults_a_silent_server_is_left(void **state)
{
    ends_with(*state, begin_and_stay_silent, "Timeout",
              (struct plumb_http_request){ .read_timeout = 1 });
}

/* ---- the way there ---- */

static void http_to(struct client *client, const char *url, struct plumb_http_request request,
                    struct plumb_http **http)
{
    struct plumb_err err = { 0 };
    request.method = plumb_slice_of("GET");
    request.url = plumb_slice_of(url);
    client->done = 0;
    *http = plumb_http_start(client->loop, &request, on_done, client, &err);
    assert_non_null(*http);
    while (!client->done)
        assert_true(plumb_loop_turn(client->loop, 10, &err));
}

/* not_local in open_socket. */
static void faults_a_public_name_that_leads_home_is_refused(void **state)
{
    static const struct misbehaviour fine = { HEAD "Content-Length: 0\r\n\r\n", NULL, 200, "" };
    struct plumb_http *http;
    char url[64];
    script = &fine;
    struct server server = start(say_it);
    (void)snprintf(url, sizeof url, "http://localhost:%d/", server.port);
    http_to(*state, url, (struct plumb_http_request){ .not_local = true, .fresh = true }, &http);
    expect_failure(http, "AddressRefused", PLUMB_HTTP_NOT_SENT);
    plumb_http_free(http);
    http_to(*state, url, (struct plumb_http_request){ .fresh = true }, &http); /* lets it end */
    plumb_http_free(http);
    assert_int_equal(stop(&server), 1);
}

static void as_a_proxy(int listener, int count_fd)
{
    char text[4096] = { 0 };
    int fd = accept(listener, NULL, NULL);
    ssize_t n = read(fd, text, sizeof text - 1);
    if (n > 0 && strncmp(text, "GET http://aws.invalid/x HTTP/1.1\r\n", 35) == 0)
        say(count_fd, "p");
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
    close(fd);
}

static void faults_a_proxy_is_used_when_it_is_named(void **state)
{
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct plumb_http *http;
    char proxy[64];
    struct server server = start(as_a_proxy);
    (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", server.port);
    http_to(*state, "http://aws.invalid/x",
            (struct plumb_http_request){
                .proxy = proxy, .proxy_not = "other.invalid", .not_local = true },
            &http);
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_true(plumb_slice_equal(reply.body, plumb_slice_of("proxy")));
    plumb_http_free(http);
    assert_int_equal(stop(&server), 1);
}

/* CURLOPT_PROXY "" and CURLOPT_NOPROXY in set_way. */
static void faults_no_proxy_is_used_otherwise(void **state)
{
    static const struct misbehaviour fine = { HEAD "Content-Length: 6\r\n\r\ndirect", NULL, 200,
                                              "direct" };
    const struct plumb_http_request ways[] = {
        { .fresh = true }, /* only the environment names one */
        { .fresh = true, .proxy = "http://127.0.0.1:1", .no_proxy = true },
        { .fresh = true, .proxy = "http://127.0.0.1:1", .only_local = true },
        { .fresh = true, .proxy = "http://127.0.0.1:1", .proxy_not = "example.com,127.0.0.1" },
    };
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    script = &fine;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct plumb_http_reply reply;
        struct plumb_err err = { 0 };
        struct server server = start(say_it);
        struct plumb_http *http = exchange(*state, server.port, "GET", "", ways[i]);
        assert_true(plumb_http_reply(http, &reply, &err));
        assert_true(plumb_slice_equal(reply.body, plumb_slice_of("direct")));
        plumb_http_free(http);
        stop(&server);
    }
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void refuse_the_tunnel(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    if (read_request(fd, count_fd))
        say(fd, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    close(fd);
}

/* A request that never got through the proxy was not executed: appconnect time in plumb_http_sent.
 */
static void faults_a_proxy_that_refuses_has_sent_nothing(void **state)
{
    struct plumb_http *http;
    char proxy[64];
    struct server server = start(refuse_the_tunnel);
    (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", server.port);
    http_to(*state, "https://aws.invalid/x",
            (struct plumb_http_request){ .proxy = proxy, .fresh = true }, &http);
    expect_failure(http, "ConnectionLost", PLUMB_HTTP_NOT_SENT);
    plumb_http_free(http);
    stop(&server);
}

/* ---- handles that are used again ---- */

static void tell_what_came(int listener, int count_fd)
{
    for (int i = 0; i < 2; i++) {
        char text[4096] = { 0 };
        int fd = accept(listener, NULL, NULL);
        ssize_t n = read(fd, text, sizeof text - 1);
        bool clean = n > 0 && !strstr(text, "X-First") && !strstr(text, "first body") &&
                     strncmp(text, "GET ", 4) == 0;
        say(fd, clean ? HEAD "Content-Length: 5\r\n\r\nclean"
                      : HEAD "X-A: b\r\nContent-Length: 5\r\n\r\nfirst");
        close(fd);
    }
    (void)count_fd;
}

/* curl_easy_reset in plumb_http_free, and the new contents in take_spare. */
static void faults_nothing_is_left_of_the_last_exchange(void **state)
{
    const struct plumb_http_header header = { plumb_slice_of("X-First"), plumb_slice_of("one") };
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct server server = start(tell_what_came);
    struct plumb_http *http =
        exchange(*state, server.port, "POST", "first body",
                 (struct plumb_http_request){
                     .headers = &header, .header_count = 1, .max_body = 5, .fresh = true });
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_int_equal(reply.header_count, 2);
    plumb_http_free(http);
    http = exchange(*state, server.port, "GET", "", (struct plumb_http_request){ .fresh = true });
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_true(plumb_slice_equal(reply.body, plumb_slice_of("clean")));
    assert_int_equal(reply.header_count, 1);
    plumb_http_free(http);
    stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(faults_lengths_that_lie_are_no_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_odd_replies_are_read_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_heads_without_end_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_a_header_of_a_megabyte_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_a_reply_byte_by_byte_is_a_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_a_silent_server_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_a_public_name_that_leads_home_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(faults_a_proxy_is_used_when_it_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_no_proxy_is_used_otherwise, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_a_proxy_that_refuses_has_sent_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(faults_nothing_is_left_of_the_last_exchange, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
