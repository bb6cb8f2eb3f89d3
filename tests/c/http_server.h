/* Small servers that misbehave on purpose, each a child process on loopback, and one exchange with
 * them. For the programs that include it; everything is static. */
#ifndef TEST_HTTP_SERVER_H
#define TEST_HTTP_SERVER_H

#include "check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plumb/http.h"
#include "plumb/loop.h"

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

struct server {
    pid_t pid;
    int count_fd; /* one byte arrives for each request that was read whole */
    int port;
};

/* What a server does with its connections; returns when it has done it. */
typedef void behaviour(int listener, int count_fd);

static struct server start(behaviour *serve)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    struct server server;
    int pipes[2], listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pipe(pipes), 0);
    server.port = ntohs(address.sin_port);
    server.count_fd = pipes[0];
    server.pid = fork();
    if (server.pid == 0) {
        alarm(20);
        close(pipes[0]);
        serve(listener, pipes[1]);
        _exit(0);
    }
    close(pipes[1]);
    close(listener);
    return server;
}

static int stop(struct server *server)
{
    char byte;
    int count = 0;
    waitpid(server->pid, NULL, 0);
    while (read(server->count_fd, &byte, 1) == 1)
        count++;
    close(server->count_fd);
    return count;
}

/* Reads one request with its body of Content-Length bytes. False at the end of the connection. */
static bool read_request(int fd, int count_fd)
{
    char text[8192] = { 0 };
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        const char *end = strstr(text, "\r\n\r\n");
        const char *length = strstr(text, "Content-Length: ");
        if (end && n >= (size_t)(end + 4 - text) + (length ? (size_t)atoi(length + 16) : 0))
            break;
    }
    return write(count_fd, "x", 1) == 1;
}

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        _exit(1);
}

/* ---- the client ---- */

struct client {
    struct plumb_loop *loop;
    int done;
};

static void on_done(void *arg)
{
    ((struct client *)arg)->done++;
}

static struct plumb_http *exchange(struct client *client, int port, const char *method,
                                   const char *body, struct plumb_http_request request)
{
    struct plumb_err err = { 0 };
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/a%%2Fb/../c?x=%%20", port);
    request.method = plumb_slice_of(method);
    request.url = plumb_slice_of(url);
    request.body = plumb_slice_of(body);
    client->done = 0;
    struct plumb_http *http = plumb_http_start(client->loop, &request, on_done, client, &err);
    assert_non_null(http);
    while (!client->done)
        assert_true(plumb_loop_turn(client->loop, 10, &err));
    assert_int_equal(client->done, 1);
    return http;
}

static void expect_failure(const struct plumb_http *http, const char *code,
                           enum plumb_http_sent sent)
{
    struct plumb_http_reply reply;
    struct plumb_err err = { 0 };
    assert_false(plumb_http_reply(http, &reply, &err));
    assert_string_equal(err.code, code);
    assert_true(err.message[0] != '\0');
    assert_int_equal(plumb_http_sent(http), sent);
}

static int setup(void **state)
{
    struct client *client = calloc(1, sizeof *client);
    client->loop = plumb_loop_new(NULL);
    *state = client;
    return client->loop ? 0 : -1;
}

static int teardown(void **state)
{
    struct client *client = *state;
    plumb_loop_free(client->loop);
    free(client);
    return 0;
}

#endif
