/*
 * One HTTP exchange: start, be told when it ended, read the reply, free. No AWS in here: the path
 * goes out as it was given, redirects are never followed, and no header is added that was not
 * asked for except Host and what HTTP/1.1 itself needs.
 *
 * The request's slices are only read by plumb_http_start, but the body: it is sent from where it is
 * and must stay valid until the exchange is freed. The reply is owned by the exchange.
 */
#ifndef PLUMB_HTTP_H
#define PLUMB_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "plumb/buf.h"
#include "plumb/err.h"
#include "plumb/loop.h"

struct plumb_http;

struct plumb_http_header {
    struct plumb_slice name;
    struct plumb_slice value;
};

struct plumb_http_request {
    struct plumb_slice method;
    struct plumb_slice url; /* http or https only */
    const struct plumb_http_header *headers;
    size_t header_count;
    struct plumb_slice body;
    bool fresh;      /* its own new connection: a mutation must never be sent twice by a retry
                        inside libcurl on a reused connection */
    bool no_proxy;   /* metadata, container and loopback addresses never go through a proxy */
    bool only_local; /* to loopback and the addresses where AWS hands out credentials, checked when
                        the name has been resolved; implies fresh and no_proxy */
    bool not_local;  /* never to those, nor to others of this link: a public name that leads there
                        has been tampered with */
    double connect_timeout; /* seconds; 0 for 5 */
    double read_timeout;    /* seconds in which nearly nothing may arrive; 0 for 30 */
    double timeout;         /* seconds for the whole exchange; 0 for 60 */
    size_t max_body;        /* bytes; 0 for 16 MiB */
    const char *ca_bundle;  /* file of trusted certificates; NULL for the system's */
    const char *proxy;      /* URL; NULL for none: libcurl's own look at the environment is off */
    const char *proxy_not;  /* hosts that are reached without it, as in NO_PROXY; NULL for none */
};

struct plumb_http_reply {
    int status;
    const struct plumb_http_header *headers; /* names in lower case, in the order of arrival */
    size_t header_count;
    struct plumb_slice body;
    double seconds; /* from start to end */
};

/* Whether the server may have acted on a request that failed. */
enum plumb_http_sent {
    PLUMB_HTTP_NOT_SENT, /* some part of the request certainly never left: safe to repeat */
    PLUMB_HTTP_MAYBE     /* it may have been executed */
};

/* Starts an exchange; done(arg) is called once from plumb_loop_turn when it has ended. NULL with
 * err ("BadRequest", "OutOfMemory") when it cannot be started. */
struct plumb_http *plumb_http_start(struct plumb_loop *loop,
                                    const struct plumb_http_request *request,
                                    void (*done)(void *arg), void *arg, struct plumb_err *err);

/* The reply of an ended exchange; valid until it is freed. False with err when there is none:
 * "ConnectionRefused", "NameNotResolved", "TlsFailed", "Timeout", "ConnectionLost",
 * "BodyTooLarge", "BadResponse", "AddressRefused". */
bool plumb_http_reply(const struct plumb_http *http, struct plumb_http_reply *reply,
                      struct plumb_err *err);

/* After a failure: may the server have acted on it? */
enum plumb_http_sent plumb_http_sent(const struct plumb_http *http);

/* Frees an exchange, calling it off when it is still under way. NULL is fine. */
void plumb_http_free(struct plumb_http *http);

#endif
