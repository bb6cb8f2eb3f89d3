/* The server, spoken to by our own client over loopback, both on one loop. */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plumb/clock.h"
#include "plumb/http.h"
#include "plumb/listen.h"

struct world {
    struct plumb_loop *loop;
    struct plumb_server *server;
    struct plumb_exchange *kept; /* for answers that come later */
    enum plumb_server_fault fault;
    bool answer_later, done, gone;
    int requests;
    char seen[256]; /* method, target and the x-name header of the last request */
    char body[64];
    size_t body_size;
};

static void answer(struct world *w, struct plumb_exchange *exchange)
{
    struct plumb_http_header header = { plumb_slice_of("x-answer"), plumb_slice_of("yes") };
    struct plumb_server_response response = {
        .status = 201,
        .headers = &header,
        .header_count = 1,
        .body = { "a\0b", 3 },
        .fault = w->fault,
    };
    plumb_exchange_answer(exchange, &response);
}

static void on_gone(void *arg)
{
    ((struct world *)arg)->gone = true;
}

static void on_request(void *arg, struct plumb_exchange *exchange,
                       const struct plumb_server_request *request)
{
    struct world *w = arg;
    const char *name = "";
    w->requests++;
    for (size_t i = 0; i < request->header_count; i++)
        if (plumb_slice_equal(request->headers[i].name, plumb_slice_of("x-name")))
            name = request->headers[i].value.p;
    snprintf(w->seen, sizeof w->seen, "%.*s %.*s %.3s", (int)request->method.n, request->method.p,
             (int)request->target.n, request->target.p, name);
    w->body_size = request->body.n;
    if (request->body.n && request->body.n <= sizeof w->body)
        memcpy(w->body, request->body.p, request->body.n);
    plumb_exchange_on_gone(exchange, on_gone, w);
    if (w->answer_later)
        w->kept = exchange;
    else
        answer(w, exchange);
}

static void on_done(void *arg)
{
    ((struct world *)arg)->done = true;
}

static struct plumb_http *begin(struct world *w, const char *method, struct plumb_slice body)
{
    struct plumb_err err = { 0 };
    char url[96];
    struct plumb_http_header header = { plumb_slice_of("X-Name"), plumb_slice_of("abc") };
    snprintf(url, sizeof url, "http://127.0.0.1:%d/tags/arn%%3Aaws%%2Fx?tagKeys=a+b",
             plumb_server_port(w->server));
    struct plumb_http_request request = { .method = plumb_slice_of(method),
                                          .url = plumb_slice_of(url),
                                          .headers = &header,
                                          .header_count = 1,
                                          .body = body };
    w->done = false;
    struct plumb_http *http = plumb_http_start(w->loop, &request, on_done, w, &err);
    assert_non_null(http);
    return http;
}

static void until_done(struct world *w)
{
    struct plumb_err err = { 0 };
    while (!w->done)
        assert_true(plumb_loop_turn(w->loop, 10, &err));
}

static void listen_gives_target_headers_and_body_undecoded(void **state)
{
    struct world *w = *state;
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct plumb_http *http = begin(w, "PATCH", (struct plumb_slice){ "x\0y", 3 });
    until_done(w);
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_int_equal(reply.status, 201);
    assert_int_equal(reply.body.n, 3);
    assert_memory_equal(reply.body.p, "a\0b", 3);
    assert_string_equal(w->seen, "PATCH /tags/arn%3Aaws%2Fx?tagKeys=a+b abc");
    assert_int_equal(w->body_size, 3);
    assert_memory_equal(w->body, "x\0y", 3);
    plumb_http_free(http);
}

static void listen_waits_for_an_answer_that_comes_later(void **state)
{
    struct world *w = *state;
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    w->answer_later = true;
    struct plumb_http *http = begin(w, "GET", (struct plumb_slice){ "", 0 });
    while (!w->kept)
        assert_true(plumb_loop_turn(w->loop, 10, &err));
    assert_false(w->done);
    answer(w, w->kept);
    until_done(w);
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_int_equal(reply.status, 201);
    assert_false(w->gone);
    plumb_http_free(http);
}

static void listen_refuses_a_body_over_the_limit(void **state)
{
    struct world *w = *state;
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    char large[2048];
    memset(large, 'x', sizeof large);
    struct plumb_http *http = begin(w, "POST", (struct plumb_slice){ large, sizeof large });
    until_done(w);
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_int_equal(reply.status, 413);
    assert_int_equal(w->requests, 0);
    plumb_http_free(http);
}

static void listen_breaks_off_on_order(void **state)
{
    struct world *w = *state;
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    static const enum plumb_server_fault faults[] = { PLUMB_SERVER_RESET, PLUMB_SERVER_SHORT };
    for (size_t i = 0; i < 2; i++) {
        w->fault = faults[i];
        struct plumb_http *http = begin(w, "POST", plumb_slice_of("{}"));
        until_done(w);
        assert_false(plumb_http_reply(http, &reply, &err));
        assert_string_equal(err.code, "ConnectionLost");
        plumb_http_free(http);
    }
}

static void listen_tells_when_it_stops_under_an_exchange(void **state)
{
    struct world *w = *state;
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    w->answer_later = true;
    struct plumb_http *http = begin(w, "GET", (struct plumb_slice){ "", 0 });
    while (!w->kept)
        assert_true(plumb_loop_turn(w->loop, 10, &err));
    plumb_server_stop(w->server);
    w->server = NULL;
    assert_true(w->gone);
    until_done(w);
    assert_false(plumb_http_reply(http, &reply, &err));
    plumb_http_free(http);
}

/* A socket of our own, for clients worse than ours. */
static int connect_to(struct world *w)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(plumb_server_port(w->server)),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* Sends a text and returns the status of the answer, or 0 when there is none. */
static int status_of(struct world *w, const char *text)
{
    struct plumb_err err = { 0 };
    char in[4096] = "";
    ssize_t n = -1;
    int fd = connect_to(w), status = 0;
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    while (n < 0) {
        assert_true(plumb_loop_turn(w->loop, 0.01, &err));
        n = recv(fd, in, sizeof in - 1, 0);
        assert_true(n >= 0 || errno == EAGAIN);
    }
    close(fd);
    return n > 0 && sscanf(in, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

static void listen_refuses_bodies_without_one_clear_end(void **state)
{
    struct world *w = *state;
    static const char *const heads[] = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "Transfer-Encoding: gzip\r\n\r\nx",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: -1\r\n\r\nx",
        "Content-Length: +1\r\n\r\nx",
        "Content-Length: 0x1\r\n\r\nx",
    };
    char text[512];
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: x\r\n%s", heads[i]);
        assert_int_equal(status_of(w, text), 400);
    }
    assert_int_equal(w->requests, 0);
    assert_int_equal(status_of(w, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "1\r\nx\r\n0\r\n\r\n"),
                     201);
    assert_int_equal(w->body_size, 1);
}

/* Sends a byte of the text at every turn, and spaces behind it, until the server ends it. */
static void drip_until_ended(struct world *w, int fd, const char *text)
{
    struct plumb_err err = { 0 };
    char in[4096];
    ssize_t n = -1;
    while (n < 0) {
        char byte = *text ? *text++ : ' ';
        assert_true(plumb_loop_turn(w->loop, 0.01, &err));
        if (send(fd, &byte, 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            break;
        n = recv(fd, in, sizeof in, 0);
        if (n < 0 && errno != EAGAIN)
            break;
    }
    close(fd);
}

static void listen_ends_clients_that_drip(void **state)
{
    struct world *w = *state;
    struct plumb_err err = { 0 };
    struct plumb_server_options options = { .timeout = 3600,
                                            .head_timeout = 0.05,
                                            .body_timeout = 0.05 };
    plumb_server_stop(w->server);
    w->server = plumb_server_start(w->loop, &options, on_request, w, &err);
    assert_non_null(w->server);
    int others[20];
    for (size_t i = 0; i < 20; i++)
        others[i] = connect_to(w);
    drip_until_ended(w, connect_to(w), "");
    drip_until_ended(w, connect_to(w), "POST / HTTP/1.1\r\nhost: x\r\n");
    int fd = connect_to(w);
    static const char head[] = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
    assert_int_equal(send(fd, head, sizeof head - 1, MSG_NOSIGNAL), sizeof head - 1);
    drip_until_ended(w, fd, "");
    assert_int_equal(w->requests, 0);
    struct plumb_http *http = begin(w, "POST", LITERAL("x")); /* the good ones go on */
    until_done(w);
    assert_int_equal(w->requests, 1);
    plumb_http_free(http);
    for (size_t i = 0; i < 20; i++)
        close(others[i]);
}

static void listen_gives_its_own_handler_all_the_time(void **state)
{
    struct world *w = *state;
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    struct plumb_server_options options = { .head_timeout = 0.01, .body_timeout = 0.01 };
    plumb_server_stop(w->server);
    w->server = plumb_server_start(w->loop, &options, on_request, w, &err);
    assert_non_null(w->server);
    w->answer_later = true;
    struct plumb_http *http = begin(w, "POST", LITERAL("x"));
    double start = plumb_clock_monotonic();
    while (w->requests == 0 || plumb_clock_monotonic() < start + 0.05)
        assert_true(plumb_loop_turn(w->loop, 0.01, &err));
    answer(w, w->kept);
    until_done(w);
    assert_true(plumb_http_reply(http, &reply, &err));
    assert_int_equal(reply.status, 201);
    plumb_http_free(http);
}

static void listen_says_why_it_cannot_start(void **state)
{
    struct world *w = *state;
    struct plumb_err err = { 0 };
    struct plumb_server_options taken = { .port = plumb_server_port(w->server) };
    assert_null(plumb_server_start(w->loop, &taken, on_request, w, &err));
    assert_string_equal(err.code, "AddressInUse");
    struct plumb_server_options odd = { .address = "example.com" };
    assert_null(plumb_server_start(w->loop, &odd, on_request, w, &err));
    assert_string_equal(err.code, "BadAddress");
}

static int setup(void **state)
{
    struct plumb_err err = { 0 };
    struct world *w = calloc(1, sizeof *w);
    struct plumb_server_options options = { .max_body = 1024 };
    w->loop = plumb_loop_new(&err);
    w->server = plumb_server_start(w->loop, &options, on_request, w, &err);
    *state = w;
    return w->server ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;
    plumb_server_stop(w->server);
    plumb_loop_free(w->loop);
    free(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(listen_gives_target_headers_and_body_undecoded),
        CASE(listen_waits_for_an_answer_that_comes_later),
        CASE(listen_refuses_a_body_over_the_limit),
        CASE(listen_breaks_off_on_order),
        CASE(listen_tells_when_it_stops_under_an_exchange),
        CASE(listen_refuses_bodies_without_one_clear_end),
        CASE(listen_ends_clients_that_drip),
        CASE(listen_gives_its_own_handler_all_the_time),
        CASE(listen_says_why_it_cannot_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
