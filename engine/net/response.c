#include "response.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HEADER_BYTES ((size_t)32 * 1024)
#define PIECE ((size_t)4096) /* bytes of a short body handed over at a time */

struct short_body {
    size_t n;
    char bytes[];
};

static ssize_t give_half(void *cls, uint64_t position, char *out, size_t max)
{
    struct short_body *body = cls;
    size_t half = body->n / 2, at = (size_t)position;
    if (at >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = half - at < max ? half - at : max;
    memcpy(out, body->bytes + at, n);
    return (ssize_t)n;
}

static struct MHD_Response *short_response(struct plumb_slice whole)
{
    struct short_body *body = malloc(sizeof *body + whole.n);
    if (!body)
        return NULL;
    body->n = whole.n;
    if (whole.n)
        memcpy(body->bytes, whole.p, whole.n);
    return MHD_create_response_from_callback(whole.n, PIECE, give_half, body, free);
}

static struct MHD_Response *whole_response(struct plumb_slice body)
{
    /* It is copied, the interface only lacks the const. */
    return MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)(body.n ? body.p : ""),
                                           MHD_RESPMEM_MUST_COPY);
}

static void add_header(struct MHD_Response *response, const struct plumb_http_header *header)
{
    struct plumb_buf text; /* "name\0value": libmicrohttpd wants two C strings */
    plumb_buf_init(&text, MAX_HEADER_BYTES);
    plumb_buf_add_slice(&text, header->name);
    plumb_buf_add_char(&text, '\0');
    plumb_buf_add_slice(&text, header->value);
    if (!text.failed)
        MHD_add_response_header(response, text.p, text.p + header->name.n + 1);
    plumb_buf_clear(&text);
}

struct MHD_Response *plumb_response_new(const struct plumb_server_response *r)
{
    struct MHD_Response *response =
        r->fault == PLUMB_SERVER_SHORT ? short_response(r->body) : whole_response(r->body);
    for (size_t i = 0; response && i < r->header_count; i++)
        add_header(response, &r->headers[i]);
    return response;
}
