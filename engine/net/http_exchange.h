/* The inside of an exchange, for the two files that make one up. */
#ifndef PLUMB_HTTP_EXCHANGE_H
#define PLUMB_HTTP_EXCHANGE_H

#include <curl/curl.h>

#include "plumb/http.h"

#define HTTP_MAX_HEADERS 100

struct plumb_http {
    struct plumb_http *next; /* among the spare ones */
    struct plumb_loop *loop;
    CURL *easy;
    struct curl_slist *header_lines;
    void (*done)(void *arg);
    void *arg;
    bool in_multi, ended;
    bool https, fresh, only_local, not_local, address_refused;
    CURLcode result;
    char message[CURL_ERROR_SIZE];
    size_t body_sent;
    double started, seconds;
    /* The reply. Header slices point into head, whose memory may move while it grows, so they are
     * offsets until the exchange has ended. */
    struct plumb_buf head;
    struct plumb_buf body;
    struct {
        size_t name, name_size, value, value_size;
    } marks[HTTP_MAX_HEADERS];
    struct plumb_http_header headers[HTTP_MAX_HEADERS];
    size_t header_count;
    size_t heads_size; /* bytes of all heads, those of 1xx replies too */
    bool too_large;
};

/* Everything that depends on the request, into the handle. False with err ("BadRequest",
 * "OutOfMemory") when it cannot be sent. */
bool http_set_up(struct plumb_http *http, const struct plumb_http_request *request,
                 struct plumb_err *err);

#endif
