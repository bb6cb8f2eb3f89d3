/* One exchange against small servers that misbehave on purpose, each a child process on loopback.
 */
#include "http_server.h"

/* ---- cases ---- */

static void echo_path(int listener, int count_fd)
{
    char text[4096] = { 0 };
    int fd = accept(listener, NULL, NULL);
    ssize_t n = read(fd, text, sizeof text - 1);
    bool as_it_is = n > 0 && strncmp(text, "GET /a%2Fb/../c?x=%20 HTTP/1.1\r\n", 32) == 0;
    bool unasked = strstr(text, "User-Agent") || strstr(text, "Accept") || strstr(text, "Expect");
    say(fd, as_it_is && !unasked
                ? "HTTP/1.1 103 Early Hints\r\nX-A: hint\r\n\r\nHTTP/1.1 200 OK\r\nX-A:  one \r\n"
                  "X-a: two\r\nContent-Length: 3\r\n\r\na\tb"
                : "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
    say(count_fd, "x");
    close(fd);
}

static void http_sends_the_path_as_it_is_and_keeps_headers_in_order(void **state)
{
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct server server = start(echo_path);
    struct plumb_http *http =
        exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 });
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.header_count, 3);
    assert_true(plumb_slice_equal(reply.headers[0].name, plumb_slice_of("x-a")));
    assert_true(plumb_slice_equal(reply.headers[0].value, plumb_slice_of("one")));
    assert_true(plumb_slice_equal(reply.headers[1].value, plumb_slice_of("two")));
    assert_true(plumb_slice_equal(reply.body, plumb_slice_of("a\tb")));
    plumb_http_free(http);
    stop(&server);
}

/* Answers the first request, reads the second on the same connection and closes without a word;
 * answers whatever comes on a new connection. */
static void close_the_second(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    if (read_request(fd, count_fd))
        say(fd, OK_EMPTY);
    struct timeval patience = { .tv_sec = 2 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    read_request(fd, count_fd);
    close(fd);
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    fd = accept(listener, NULL, NULL);
    if (fd >= 0 && read_request(fd, count_fd))
        say(fd, OK_EMPTY);
}

/* libcurl repeats a POST by itself when a reused connection dies: two executions for one call. */
static void http_repeats_a_request_on_a_reused_connection(void **state)
{
    struct server server = start(close_the_second);
    plumb_http_free(exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 }));
    plumb_http_free(exchange(*state, server.port, "POST", "{}", (struct plumb_http_request){ 0 }));
    assert_int_equal(stop(&server), 3);
}

/* Guards CURLOPT_FRESH_CONNECT in http.c: without it a mutation is executed twice. */
static void http_sends_a_fresh_request_once(void **state)
{
    struct server server = start(close_the_second);
    plumb_http_free(exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 }));
    plumb_http_free(
        exchange(*state, server.port, "POST", "{}", (struct plumb_http_request){ .fresh = true }));
    assert_int_equal(stop(&server), 2);
}

static void read_and_close(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    read_request(fd, count_fd);
    close(fd);
}

static void http_says_maybe_when_the_reply_is_lost(void **state)
{
    struct server server = start(read_and_close);
    struct plumb_http *http = exchange(*state, server.port, "POST", "{\"a\":1}",
                                       (struct plumb_http_request){ .fresh = true });
    expect_failure(http, "ConnectionLost", PLUMB_HTTP_MAYBE);
    plumb_http_free(http);
    assert_int_equal(stop(&server), 1);
}

static void http_says_not_sent_when_nobody_listens(void **state)
{
    struct server server = start(read_and_close); /* a port that was free a moment ago */
    kill(server.pid, SIGKILL);
    stop(&server);
    struct plumb_http *http =
        exchange(*state, server.port, "POST", "{}", (struct plumb_http_request){ .fresh = true });
    expect_failure(http, "ConnectionRefused", PLUMB_HTTP_NOT_SENT);
    plumb_http_free(http);
}

static void never_answer(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    read_request(fd, count_fd);
    read_request(fd, count_fd); /* until the client gives up */
    close(fd);
}

static void http_times_out(void **state)
{
    struct server server = start(never_answer);
    struct plumb_http *http =
        exchange(*state, server.port, "POST", "{}",
                 (struct plumb_http_request){ .fresh = true, .timeout = 0.2 });
    expect_failure(http, "Timeout", PLUMB_HTTP_MAYBE);
    plumb_http_free(http);
    stop(&server);
}

static void too_much(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    read_request(fd, count_fd);
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789");
    close(fd);
}

static void http_refuses_a_body_over_the_limit(void **state)
{
    struct server server = start(too_much);
    struct plumb_http *http =
        exchange(*state, server.port, "GET", "", (struct plumb_http_request){ .max_body = 8 });
    expect_failure(http, "BodyTooLarge", PLUMB_HTTP_MAYBE);
    plumb_http_free(http);
    stop(&server);
}

static void many_headers(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    read_request(fd, count_fd);
    say(fd, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 200; i++)
        say(fd, "X-Many: y\r\n");
    say(fd, "Content-Length: 0\r\n\r\n");
    close(fd);
}

static void http_refuses_too_many_headers(void **state)
{
    struct server server = start(many_headers);
    struct plumb_http *http =
        exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 });
    expect_failure(http, "BodyTooLarge", PLUMB_HTTP_MAYBE);
    plumb_http_free(http);
    stop(&server);
}

static void not_http(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    read_request(fd, count_fd);
    say(fd, "SSH-2.0-OpenSSH_9.2\r\n");
    close(fd);
}

static void http_names_a_reply_that_is_not_http(void **state)
{
    struct server server = start(not_http);
    struct plumb_http *http =
        exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 });
    expect_failure(http, "BadResponse", PLUMB_HTTP_MAYBE);
    plumb_http_free(http);
    stop(&server);
}

static void elsewhere(int listener, int count_fd)
{
    int fd = accept(listener, NULL, NULL);
    read_request(fd, count_fd);
    say(fd, "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    close(fd);
}

static void http_never_follows_a_redirect(void **state)
{
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct server server = start(elsewhere);
    struct plumb_http *http =
        exchange(*state, server.port, "GET", "", (struct plumb_http_request){ 0 });
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_int_equal(reply.status, 307);
    plumb_http_free(http);
    stop(&server);
}

static void http_refuses_what_would_split_a_header(void **state)
{
    struct client *client = *state;
    static const struct {
        const char *name, *value;
    } bad[] = {
        { "x-a", "one\r\nx-b: two" },
        { "x-a", "one\nx-b: two" },
        { "x-a:", "b" },
        { "", "b" },
        { "x\r\n", "b" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct plumb_err err = { 0 };
        struct plumb_http_header header = { plumb_slice_of(bad[i].name),
                                            plumb_slice_of(bad[i].value) };
        struct plumb_http_request request = { .method = plumb_slice_of("GET"),
                                              .url = plumb_slice_of("http://127.0.0.1:1/"),
                                              .headers = &header,
                                              .header_count = 1 };
        assert_null(plumb_http_start(client->loop, &request, on_done, client, &err));
        assert_string_equal(err.code, "BadRequest");
    }
}

static void http_refuses_other_schemes(void **state)
{
    struct client *client = *state;
    static const char *const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/", "", "//x" };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct plumb_err err = { 0 };
        struct plumb_http_request request = { .method = plumb_slice_of("GET"),
                                              .url = plumb_slice_of(urls[i]) };
        assert_null(plumb_http_start(client->loop, &request, on_done, client, &err));
        assert_string_equal(err.code, "BadRequest");
    }
}

static void http_can_be_called_off(void **state)
{
    struct client *client = *state;
    struct plumb_err err = { 0 };
    struct server server = start(never_answer);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    struct plumb_http_request request = { .method = plumb_slice_of("GET"),
                                          .url = plumb_slice_of(url) };
    client->done = 0;
    struct plumb_http *http = plumb_http_start(client->loop, &request, on_done, client, &err);
    assert_non_null(http);
    assert_true(plumb_loop_busy(client->loop));
    assert_true(plumb_loop_turn(client->loop, 0.05, &err));
    plumb_http_free(http);
    assert_false(plumb_loop_busy(client->loop));
    assert_int_equal(client->done, 0);
    plumb_http_free(NULL);
    stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(http_sends_the_path_as_it_is_and_keeps_headers_in_order),
        CASE(http_repeats_a_request_on_a_reused_connection),
        CASE(http_sends_a_fresh_request_once),
        CASE(http_says_maybe_when_the_reply_is_lost),
        CASE(http_says_not_sent_when_nobody_listens),
        CASE(http_times_out),
        CASE(http_refuses_a_body_over_the_limit),
        CASE(http_refuses_too_many_headers),
        CASE(http_names_a_reply_that_is_not_http),
        CASE(http_never_follows_a_redirect),
        CASE(http_refuses_what_would_split_a_header),
        CASE(http_refuses_other_schemes),
        CASE(http_can_be_called_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
