/*
 * An HTTP/1.1 server on our loop, over libmicrohttpd: whole requests in, whole responses out, with
 * limits on size and time. A limit in silence alone (`timeout`) lets a client hold a connection for
 * ever with a byte now and then; the other two do not. Used by the simulator, the webhook and the
 * metrics page.
 */
#ifndef PLUMB_LISTEN_H
#define PLUMB_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plumb/buf.h"
#include "plumb/err.h"
#include "plumb/http.h"
#include "plumb/loop.h"

struct plumb_server;
struct plumb_exchange; /* one request waiting for its response; owned by the server */

struct plumb_server_options {
    const char *address;      /* numeric; NULL for 127.0.0.1 */
    uint16_t port;            /* 0 picks one */
    size_t max_body;          /* bytes; 0 for 1 MiB; a larger body is answered 413 */
    unsigned max_connections; /* 0 for 256 */
    unsigned timeout;         /* seconds a connection may be silent; 0 for 15 */
    double head_timeout;      /* seconds from the connection, or the last answer, until a request's
                                 head is complete; 0 for no such limit */
    double body_timeout;      /* seconds from there until its body is; and, once it is answered,
                                 until the answer has been taken; 0 for no such limit */
};

struct plumb_server_request {
    struct plumb_slice method;
    struct plumb_slice target; /* path and query as they came, nothing decoded */
    const struct plumb_http_header *headers;
    size_t header_count;
    struct plumb_slice body;
    struct plumb_slice peer; /* numeric address */
};

/* How to end an exchange badly, for the simulator's faults. */
enum plumb_server_fault {
    PLUMB_SERVER_NO_FAULT,
    PLUMB_SERVER_RESET, /* close without an answer */
    PLUMB_SERVER_SHORT  /* promise the whole body, send half of it, close */
};

struct plumb_server_response {
    int status;
    const struct plumb_http_header *headers;
    size_t header_count;
    struct plumb_slice body;
    enum plumb_server_fault fault;
};

/* Called once per complete request, from plumb_loop_turn. The request is valid until the exchange
 * is answered. The exchange waits, costing nothing, until plumb_exchange_answer. */
typedef void plumb_server_handler(void *arg, struct plumb_exchange *exchange,
                                  const struct plumb_server_request *request);

/* NULL with err ("AddressInUse", "BadAddress", "ServerFailed"). */
struct plumb_server *plumb_server_start(struct plumb_loop *loop,
                                        const struct plumb_server_options *options,
                                        plumb_server_handler *handler, void *arg,
                                        struct plumb_err *err);
uint16_t plumb_server_port(const struct plumb_server *server);

/* Answers and forgets the exchange; everything in response is copied. */
void plumb_exchange_answer(struct plumb_exchange *exchange,
                           const struct plumb_server_response *response);

/* Told when the exchange is gone before it was answered (the server was stopped). */
void plumb_exchange_on_gone(struct plumb_exchange *exchange, void (*gone)(void *arg), void *arg);

/* Stops listening and drops what is open. NULL is fine. */
void plumb_server_stop(struct plumb_server *server);

#endif
