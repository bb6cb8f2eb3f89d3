#include "plumb/listen.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "patience.h"
#include "response.h"

#define DEFAULT_MAX_BODY ((size_t)1024 * 1024)
#define DEFAULT_CONNECTIONS 256u
#define DEFAULT_TIMEOUT 15u
#define CONNECTION_MEMORY ((size_t)64 * 1024) /* head and buffers of one connection */
#define MAX_HEADERS 100
#define MAX_HEAD_BYTES ((size_t)32 * 1024)

struct plumb_server {
    struct plumb_loop *loop;
    struct MHD_Daemon *daemon;
    struct plumb_watch watch;
    plumb_server_handler *handler;
    void *arg;
    size_t max_body;
    uint16_t port;
    double head_timeout, body_timeout;
    struct plumb_patience patience;
    bool resumed;                   /* somebody was answered: run without waiting */
    struct plumb_exchange *waiting; /* suspended, not answered yet */
};

struct plumb_exchange {
    struct plumb_server *server;
    struct MHD_Connection *connection;
    struct plumb_exchange *next; /* in server->waiting */
    bool begun, waiting, answered, too_large;
    struct plumb_buf target, body, head;
    struct plumb_http_header headers[MAX_HEADERS];
    size_t header_count;
    char peer[INET6_ADDRSTRLEN];
    struct MHD_Response *response;
    unsigned status;
    enum plumb_server_fault fault;
    void (*gone)(void *arg);
    void *gone_arg;
};

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct plumb_server *server = cls;
    plumb_patience_on_connection(&server->patience, connection, context, what,
                                 server->head_timeout);
}

/* ---- the request ---- */

/* The first thing MHD says about a request, and the only place that gives the target undecoded.
 * What is returned here is the request's con_cls from then on. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct plumb_server *server = cls;
    struct plumb_exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->server = server;
    x->connection = connection;
    plumb_buf_init(&x->target, MAX_HEAD_BYTES);
    plumb_buf_init(&x->head, MAX_HEAD_BYTES);
    plumb_buf_init(&x->body, server->max_body);
    plumb_buf_add_str(&x->target, uri);
    return x;
}

/* Paths stay as they came: %2F in a label is not a slash. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *s)
{
    (void)cls, (void)connection;
    return strlen(s);
}

/* Sizes are collected first and turned into slices when the buffer no longer moves. */
static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
    struct plumb_exchange *x = cls;
    (void)kind;
    if (x->header_count == MAX_HEADERS)
        return MHD_NO;
    struct plumb_http_header *h = &x->headers[x->header_count++];
    h->name.n = strlen(key);
    h->value.n = value ? strlen(value) : 0;
    for (size_t i = 0; i < h->name.n; i++)
        plumb_buf_add_char(&x->head, (char)tolower((unsigned char)key[i]));
    plumb_buf_add(&x->head, value ? value : "", h->value.n);
    return x->head.failed ? MHD_NO : MHD_YES;
}

static void place_headers(struct plumb_exchange *x)
{
    const char *p = x->head.p;
    for (size_t i = 0; i < x->header_count; i++) {
        x->headers[i].name.p = p;
        x->headers[i].value.p = p + x->headers[i].name.n;
        p += x->headers[i].name.n + x->headers[i].value.n;
    }
}

static void name_peer(struct plumb_exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || !info->client_addr)
        return;
    if (info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, info->client_addr, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, x->peer, sizeof x->peer);
    } else if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, info->client_addr, sizeof in);
        inet_ntop(AF_INET6, &in.sin6_addr, x->peer, sizeof x->peer);
    }
}

static void hand_over(struct plumb_exchange *x, const char *method)
{
    struct plumb_server *server = x->server;
    plumb_patience_set(&server->patience, x->connection, 0); /* what takes long now is us */
    name_peer(x);
    x->waiting = true;
    x->next = server->waiting;
    server->waiting = x;
    MHD_suspend_connection(x->connection);
    struct plumb_server_request request = {
        .method = plumb_slice_of(method),
        .target = plumb_buf_slice(&x->target),
        .headers = x->headers,
        .header_count = x->header_count,
        .body = plumb_buf_slice(&x->body),
        .peer = plumb_slice_of(x->peer),
    };
    server->handler(server->arg, x, &request);
}

/* ---- the response ---- */

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_response(struct plumb_exchange *x)
{
    if (x->fault == PLUMB_SERVER_RESET || !x->response)
        return MHD_NO; /* closes the connection */
    plumb_patience_set(&x->server->patience, x->connection, x->server->body_timeout);
    enum MHD_Result result = MHD_queue_response(x->connection, x->status, x->response);
    MHD_destroy_response(x->response);
    x->response = NULL;
    return result;
}

/* Whether two readers could disagree on where the body ends (RFC 9112, 6.3): a proxy in front of us
 * and we must not. */
static bool is_framed_doubtfully(const struct plumb_exchange *x)
{
    size_t lengths = 0, encodings = 0;
    bool chunked = true;
    for (size_t i = 0; i < x->header_count; i++) {
        const struct plumb_http_header *h = &x->headers[i];
        if (plumb_slice_equal(h->name, plumb_slice_of("content-length")))
            lengths++;
        if (plumb_slice_equal(h->name, plumb_slice_of("transfer-encoding"))) {
            encodings++;
            chunked = h->value.n == 7 && strncasecmp(h->value.p, "chunked", 7) == 0;
        }
    }
    return lengths + encodings > 1 || !chunked;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **con_cls)
{
    struct plumb_exchange *x = *con_cls;
    (void)cls, (void)url, (void)version;
    if (!x)
        return MHD_NO;
    if (x->answered)
        return send_response(x);
    if (!x->begun) { /* the head is complete, the body has not come yet */
        x->begun = true;
        plumb_patience_set(&x->server->patience, connection, x->server->body_timeout);
        int n = MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, x);
        if (x->target.failed)
            return refuse(connection, MHD_HTTP_URI_TOO_LONG, "the address is too long\n");
        if (x->head.failed || n != (int)x->header_count)
            return refuse(connection, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                          "too many headers\n");
        place_headers(x);
        if (is_framed_doubtfully(x))
            return refuse(connection, MHD_HTTP_BAD_REQUEST, "where does the body end?\n");
        return MHD_YES;
    }
    if (*upload_size) {
        if (!plumb_buf_add(&x->body, upload, *upload_size))
            x->too_large = true; /* the rest is read and dropped: only then may we answer */
        *upload_size = 0;
        return MHD_YES;
    }
    if (x->too_large)
        return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large\n");
    hand_over(x, method);
    return MHD_YES;
}

static void stop_waiting(struct plumb_exchange *x)
{
    if (!x->waiting)
        return;
    x->waiting = false;
    for (struct plumb_exchange **at = &x->server->waiting; *at; at = &(*at)->next) {
        if (*at == x) {
            *at = x->next;
            return;
        }
    }
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode why)
{
    struct plumb_exchange *x = *con_cls;
    struct plumb_server *server = cls;
    (void)why;
    if (!x)
        return;
    plumb_patience_set(&server->patience, connection,
                       server->head_timeout); /* of the next request */
    stop_waiting(x);
    if (x->gone && !x->answered)
        x->gone(x->gone_arg);
    if (x->response)
        MHD_destroy_response(x->response);
    plumb_buf_clear(&x->target);
    plumb_buf_clear(&x->head);
    plumb_buf_clear(&x->body);
    free(x);
    *con_cls = NULL;
}

void plumb_exchange_answer(struct plumb_exchange *x, const struct plumb_server_response *response)
{
    stop_waiting(x);
    x->status = (unsigned)response->status;
    x->fault = response->fault;
    x->response = plumb_response_new(response);
    x->answered = true;
    x->server->resumed = true;
    MHD_resume_connection(x->connection);
}

void plumb_exchange_on_gone(struct plumb_exchange *x, void (*gone)(void *arg), void *arg)
{
    x->gone = gone;
    x->gone_arg = arg;
}

/* ---- the server ---- */

static double next_run(void *arg)
{
    struct plumb_server *server = arg;
    MHD_UNSIGNED_LONG_LONG ms;
    if (server->resumed)
        return 0;
    double wait = MHD_get_timeout(server->daemon, &ms) == MHD_YES ? (double)ms / 1000.0 : -1;
    double left = plumb_patience_left(&server->patience);
    return left < 0 || (wait >= 0 && wait < left) ? wait : left;
}

static void run(void *arg)
{
    struct plumb_server *server = arg;
    server->resumed = false;
    plumb_patience_end_late(&server->patience);
    MHD_run(server->daemon);
}

static bool read_address(const char *text, uint16_t port, struct sockaddr_storage *out,
                         struct plumb_err *err)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(out, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(out, &v6, sizeof v6);
    else
        return plumb_err_set(err, "BadAddress", 0,
                             "'%s' is not a numeric address such as 127.0.0.1", text);
    return true;
}

static struct MHD_Daemon *start_daemon(struct plumb_server *server,
                                       const struct plumb_server_options *o,
                                       struct sockaddr_storage *address)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (address->ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(
        flags, o->port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)address, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT,
        o->max_connections ? o->max_connections : DEFAULT_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, o->timeout ? o->timeout : DEFAULT_TIMEOUT,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_END);
}

struct plumb_server *plumb_server_start(struct plumb_loop *loop,
                                        const struct plumb_server_options *options,
                                        plumb_server_handler *handler, void *arg,
                                        struct plumb_err *err)
{
    const char *address = options->address ? options->address : "127.0.0.1";
    struct sockaddr_storage where;
    if (!read_address(address, options->port, &where, err))
        return NULL;
    struct plumb_server *server = calloc(1, sizeof *server);
    if (!server) {
        plumb_err_set(err, "OutOfMemory", 0, "out of memory");
        return NULL;
    }
    server->loop = loop;
    server->handler = handler;
    server->arg = arg;
    server->max_body = options->max_body ? options->max_body : DEFAULT_MAX_BODY;
    server->head_timeout = options->head_timeout;
    server->body_timeout = options->body_timeout;
    errno = 0;
    server->daemon = start_daemon(server, options, &where);
    if (!server->daemon) {
        plumb_err_set(err, errno == EADDRINUSE ? "AddressInUse" : "ServerFailed", errno,
                      "could not listen on %s port %u: %s", address, options->port,
                      errno ? strerror(errno) : "the HTTP server did not start");
        free(server);
        return NULL;
    }
    server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    server->watch = (struct plumb_watch){
        .fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
        .timeout = next_run,
        .run = run,
        .arg = server,
    };
    plumb_loop_add_watch(loop, &server->watch);
    return server;
}

uint16_t plumb_server_port(const struct plumb_server *server)
{
    return server->port;
}

void plumb_server_stop(struct plumb_server *server)
{
    if (!server)
        return;
    plumb_loop_remove_watch(server->loop, &server->watch);
    while (server->waiting) { /* MHD wants nobody suspended when it stops */
        struct plumb_exchange *x = server->waiting;
        stop_waiting(x);
        if (x->gone)
            x->gone(x->gone_arg);
        x->gone = NULL;
        x->answered = true; /* without a response: the connection is closed */
        MHD_resume_connection(x->connection);
    }
    MHD_stop_daemon(server->daemon);
    free(server);
}
